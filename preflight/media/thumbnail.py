"""A small picture of an image, for a report: at most 96 pixels a side and 4 KB, as a data URI.

The size is read by our own walkers before Pillow sees a byte: some of its readers (WebP's) take memory for the whole canvas
when they open a file.
"""

from __future__ import annotations

import base64
import importlib
from io import BytesIO
from typing import TYPE_CHECKING

from .image import WALKERS
from .signature import match

if TYPE_CHECKING:
    from PIL import Image

SIDE = 96
"""The longer side in pixels, at most."""

LIMIT = 4096
"""Characters of the whole data URI, at most; ``Observation.thumbnail`` holds no more."""

_PIXELS = (
    25_000_000  # as many as the profile assumes that a gateway takes; about 100 MB when unpacked
)
_READERS = {
    "image/jpeg": ("JpegImagePlugin", "JpegImageFile"),
    "image/png": ("PngImagePlugin", "PngImageFile"),
    "image/gif": ("GifImagePlugin", "GifImageFile"),
    "image/webp": ("WebPImagePlugin", "WebPImageFile"),
    "image/bmp": ("BmpImagePlugin", "BmpImageFile"),
}
_STEPS = ((SIDE, 70), (SIDE, 45), (64, 45), (48, 30))  # side and quality, until the result fits


def draw(data: bytes) -> str | None:
    """A data URI (WebP, or JPEG where Pillow lacks WebP) of a JPEG, PNG, GIF, WebP or BMP, its first frame.

    None for other formats, over 25 megapixels, and wherever the picture cannot be decoded. Never raises.
    """
    try:
        media_type = match(data)
        if media_type not in _READERS or not _within_bounds(data, media_type):
            return None
        return _draw(data, media_type)
    except Exception:  # whatever a decoder does, there is just no picture
        return None


def _within_bounds(data: bytes, media_type: str) -> bool:
    seen = WALKERS[media_type](data, True).image
    return seen is not None and 0 < (seen.width or 0) * (seen.height or 0) <= _PIXELS


def _draw(data: bytes, media_type: str) -> str | None:
    module, name = _READERS[media_type]
    reader = getattr(importlib.import_module(f"PIL.{module}"), name)
    with reader(BytesIO(data)) as opened:
        if opened.width * opened.height > _PIXELS:  # a GIF's frame may be larger than its screen
            return None
        opened.draft("RGB", (SIDE, SIDE))
        opened.thumbnail((SIDE, SIDE), reducing_gap=2.0)
        picture: Image.Image = opened.convert("RGBA" if _has_alpha(opened) else "RGB")
    for side, quality in _STEPS:
        picture.thumbnail((side, side))
        uri = _encoded(picture, quality)
        if len(uri) <= LIMIT:
            return uri
    return None


def _has_alpha(picture: Image.Image) -> bool:
    return "A" in picture.getbands() or "transparency" in picture.info


def _encoded(picture: Image.Image, quality: int) -> str:
    from PIL import Image, features

    out = BytesIO()
    if features.check("webp"):
        kind = "webp"
    else:
        kind = "jpeg"
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    importlib.import_module("PIL.WebPImagePlugin" if kind == "webp" else "PIL.JpegImagePlugin")
    picture.save(out, kind, quality=quality)
    return f"data:image/{kind};base64,{base64.b64encode(out.getvalue()).decode('ascii')}"
