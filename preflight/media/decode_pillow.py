"""Decode an image with Pillow, every frame of it."""

from __future__ import annotations

import io

from .decode_answer import (
    ERRORS,
    FINE,
    MAX_FRAMES,
    MAX_PIXELS,
    MEMORY,
    TOO_LARGE,
    UNKNOWN,
    Answer,
    said,
)
from .jpeg import has_late_height

_MANY_PIXELS = f"it has over {MAX_PIXELS // 1_000_000} megapixels"
_SHOWN = frozenset({b"tRNS", b"acTL", b"fcTL", b"fdAT"})


def decode_image(data: bytes, name: str) -> Answer:
    """Load every frame with Pillow."""
    from PIL import Image

    try:
        picture = Image.open(
            io.BytesIO(picture_of_png(data) if name == "PNG" else data), formats=[name]
        )
    except Image.DecompressionBombError:
        return TOO_LARGE, _MANY_PIXELS
    except MemoryError:
        return MEMORY, ""
    except Exception:
        # There are valid bitmaps that Pillow does not read, and JPEGs; their headers are judged elsewhere.
        unread = name == "BMP" or (name == "JPEG" and has_late_height(data))
        return (UNKNOWN if unread else ERRORS), f"it is not recognised as {name}"
    # The pictures behind the first one of a JPEG file (MPO) are no part of what is shown.
    most = 1 if name == "JPEG" else MAX_FRAMES
    frame = 1
    try:
        with picture:
            picture.load()
            for frame in range(2, most + 1):
                picture.seek(frame - 1)
                picture.load()
    except EOFError:
        if frame == 1:
            return ERRORS, "frame 1 is missing"
        return FINE, ""
    except Image.DecompressionBombError:
        return TOO_LARGE, _MANY_PIXELS
    except MemoryError:
        return MEMORY, ""
    except Exception as error:  # OSError, SyntaxError, ValueError, struct.error, ...
        return ERRORS, f"frame {frame}: {said(error)}"
    return (FINE, "") if most == 1 else (TOO_LARGE, f"it has {MAX_FRAMES:,} frames or more")


def picture_of_png(data: bytes) -> bytes:
    """The chunks of a PNG that make its picture: texts, profiles and the rest are not unpacked, so they cannot be bombs."""
    kept = [data[:8]]
    place, kind = 8, b""
    while kind != b"IEND" and place + 12 <= len(data):
        kind = data[place + 4 : place + 8]
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        if end > len(data):
            break
        if kind[:1].isupper() or kind in _SHOWN:
            kept.append(data[place:end])
        place = end
    if kind != b"IEND" or place < 12:
        kept.append(data[place:])
    return b"".join(kept)
