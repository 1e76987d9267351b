"""What the decoding child does with a file: Pillow for images, PyAV for sound and video, every answer a code and a text.

Imported by the parent for its tables only: the libraries are loaded in the child, by ``prepare``.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import pkgutil
import sys
import warnings

from .decode_answer import ERRORS, FINE, MAX_PIXELS, MEMORY, SECOND_ERRORS, Answer
from .decode_pillow import decode_image
from .decode_pyav import decode_jpeg, decode_stream

IMAGES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
}
"""What Pillow decodes, by canonical type. Its other readers, where its security faults have been, are never asked."""

_ISO = "mov,mp4,m4a,3gp,3g2,mj2"
STREAMS = {
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": _ISO,
    "audio/3gpp": _ISO,
    "audio/3gpp2": _ISO,
    "audio/webm": "matroska,webm",
    "audio/x-ms-wma": "asf",
    "video/mp4": _ISO,
    "video/3gpp": _ISO,
    "video/3gpp2": _ISO,
    "video/quicktime": _ISO,
    "video/ogg": "ogg",
    "video/webm": "matroska,webm",
    "video/mpeg": "mpeg,mpegvideo,mpegts",
    "video/x-msvideo": "avi",
    "video/x-ms-wmv": "asf",
    "video/x-ms-asf": "asf",
}
"""The containers that PyAV may take a type for. Playlists and session descriptions, which open other files, are not among them."""


def decode(data: bytes, media_type: str) -> Answer:
    """Decode one file of a canonical type to its end, or to the first error. Never raises."""
    if media_type in STREAMS:
        return decode_stream(data, STREAMS[media_type])
    answer = decode_image(data, IMAGES[media_type])
    if media_type == "image/jpeg" and answer[0] == FINE:
        # libjpeg mends damaged data and warns; Pillow drops the warnings. FFmpeg's reader reports most of them.
        second = decode_jpeg(data)
        if second[0] == ERRORS:
            return SECOND_ERRORS, second[1]
        return second if second[0] == MEMORY else answer
    return answer


def prepare() -> str:
    """Load the libraries and let each of them work once, so that no file has to be opened later. The versions, as JSON."""
    warnings.simplefilter("ignore")
    import PIL
    from PIL import Image

    # Pillow raises at twice this, at every place where a size turns up.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2
    with contextlib.suppress(Exception):
        import av
        import av.logging

        av.logging.set_level(av.logging.ERROR)
        av.logging.set_skip_repeated(False)
        # Some of its modules are otherwise imported when the first stream of a kind turns up.
        for module in pkgutil.walk_packages(av.__path__, "av."):
            if module.name != "av.__main__":
                with contextlib.suppress(Exception):
                    importlib.import_module(module.name)
    for media_type, name in IMAGES.items():
        sample = io.BytesIO()
        with contextlib.suppress(Exception):  # a Pillow that was built without one of them
            Image.new("RGB", (16, 16)).save(sample, name)
            decode(sample.getvalue(), media_type)
    found = {"Pillow": PIL.__version__}
    if "av.logging" in sys.modules:
        found["PyAV"] = sys.modules["av"].__version__
    return json.dumps(found)
