"""Image headers and structure: one walker a format, and Pillow's second opinion on a header that they cannot read."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from io import BytesIO

from ..late import Late
from ..observation import Image
from .walk import Walk

Walker = Callable[[bytes, bool], Walk]
"""A pure function of the bytes and of whether they are the whole file."""

WALKERS: Late[Walker] = Late(
    __package__,
    {
        "image/jpeg": "jpeg:walk_jpeg",
        "image/png": "png:walk_png",
        "image/gif": "gif:walk_gif",
        "image/webp": "webp:walk_webp",
        "image/bmp": "bmp:walk_bmp",
        "image/tiff": "tiff:walk_tiff",
        "image/heic": "heif:walk_heic",
        "image/heif": "heif:walk_heic",
        "image/avif": "heif:walk_avif",
        "image/vnd.wap.wbmp": "wbmp:walk_wbmp",
    },
)
"""The walkers by canonical media type."""

_PILLOW_MAX = 65_536
_MODES = {
    "1": "gray",
    "L": "gray",
    "LA": "gray",
    "I": "gray",
    "F": "gray",
    "P": "palette",
    "PA": "palette",
    "CMYK": "cmyk",
}


_READERS = {
    "image/jpeg": ("JpegImagePlugin", "JpegImageFile"),
    "image/png": ("PngImagePlugin", "PngImageFile"),
    "image/gif": ("GifImagePlugin", "GifImageFile"),
    "image/bmp": ("BmpImagePlugin", "BmpImageFile"),
    "image/webp": ("WebPImagePlugin", "WebPImageFile"),
    "image/tiff": ("TiffImagePlugin", "TiffImageFile"),
}


def pillow_header(data: bytes, media_type: str) -> Image | None:
    """The header facts as Pillow reads them, without decoding, or None where it cannot either. Never raises.

    The format's own reader is called, not ``Image.open``: that one warns about sizes through the process-wide warnings, and
    sizes are judged elsewhere. At most 64 KiB are shown to it: some of its readers go byte by byte.
    """
    try:
        opened = _pillow_open(BytesIO(data[:_PILLOW_MAX]), media_type)
        if opened is None:
            return None
        name, width, height, mode = opened
    except (
        Exception
    ):  # also RecursionError and MemoryError: whatever the reader does, the header is unreadable
        return None
    if width < 1 or height < 1:
        return None
    family = _MODES.get(mode) or ("gray" if mode.startswith("I;") else "rgb")
    return Image(
        format=name,
        width=width,
        height=height,
        mode=family,
        transparent=mode in ("RGBA", "LA", "PA"),
    )


def _pillow_open(file: BytesIO, media_type: str) -> tuple[str, int, int, str] | None:
    """(format, width, height, mode) by the reader of one of the allowed formats."""
    if media_type not in _READERS:
        return None
    module, name = _READERS[media_type]
    reader = getattr(importlib.import_module(f"PIL.{module}"), name)
    with reader(file) as picture:
        return media_type.partition("/")[2], picture.width, picture.height, picture.mode


def pillow_version() -> str:
    """The version of Pillow that is installed."""
    import PIL

    return PIL.__version__
