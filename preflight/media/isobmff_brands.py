"""File type brands: which family an ISO base media file says it belongs to (mp4ra.org, 3GPP TS 26.244, 3GPP2 C.S0050)."""

from __future__ import annotations

from .isobmff_boxes import Box

_IMAGES = {
    b"avif": "image/avif", b"avis": "image/avif", b"avio": "image/avif", b"heic": "image/heic", b"heix": "image/heic",
    b"heim": "image/heic", b"heis": "image/heic", b"hevc": "image/heic", b"hevx": "image/heic", b"hevm": "image/heic",
    b"hevs": "image/heic", b"crx ": "image/x-canon-cr3", b"mjp2": "video/mj2", b"mj2s": "video/mj2",
}  # fmt: skip
_ANY_IMAGE = frozenset({b"mif1", b"mif2", b"msf1", b"miaf"})
_AUDIO = frozenset({b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B "})
_VIDEO = frozenset(
    {b"MSNV", b"f4v ", b"F4V ", b"F4P ", b"M4V ", b"M4VH", b"M4VP", b"mmp4", b"MP4 ", b"XAVC", b"CAEP", b"tmia",
     b"sdv ", b"SDV ", b"wmf "}
)  # fmt: skip
_BASE = frozenset(
    {b"avc1", b"avc2", b"dash", b"msdh", b"msix", b"risx", b"sims", b"cmfc", b"cmff", b"cmf2", b"cmfl", b"cmfs",
     b"hlsf", b"ccff", b"piff", b"isml", b"dby1", b"av01", b"hvc1", b"hev1"}
)  # fmt: skip
"""Brands of the base format, beside iso2 and its like: any family may list them, so that alone they say MP4, and beside another
brand nothing."""
_MOVIES = frozenset({"video/mp4", "audio/mp4", "video/3gpp", "video/3gpp2", "video/quicktime"})


def brands_of(data: bytes, box: Box) -> tuple[bytes, ...]:
    """The major brand and the compatible brands, without repetition, at most 32."""
    end = min(box.end, box.start + 8 + 4 * 32)
    compatible = (data[at : at + 4] for at in range(box.start + 8, end - 3, 4))
    major = data[box.start : box.start + 4]
    return tuple(dict.fromkeys([major, *(brand for brand in compatible if brand != bytes(4))]))


def family(brands: tuple[bytes, ...]) -> str | None:
    """The canonical type that brands stand for: by the major brand, else by the first compatible one that is known."""
    if brands and brands[0] in _ANY_IMAGE:
        special = (_IMAGES[brand] for brand in brands if brand in _IMAGES)
        return next(special, "image/heif")
    return next((known for brand in brands if (known := _one(brand))), None)


def named_families(brands: tuple[bytes, ...]) -> tuple[str, ...]:
    """All types of movies that the brands stand for, the one of ``family`` first: a file is of each kind that it lists as
    compatible (ISO/IEC 14496-12 section 4.3)."""
    first = family(brands)
    if first is None or first not in _MOVIES:
        return ()
    others = (_one(brand) for brand in brands if not _is_base(brand))
    return tuple(dict.fromkeys([first, *(one for one in others if one in _MOVIES)]))


def _is_base(brand: bytes) -> bool:
    return brand[:3] == b"iso" or brand in _BASE


def _one(brand: bytes) -> str | None:
    if brand in _IMAGES:
        return _IMAGES[brand]
    if brand in _ANY_IMAGE:
        return "image/heif"
    if brand[:3] in (b"3g2", b"3G2") or brand.lower() == b"kddi":
        return "video/3gpp2"
    if brand[:2] in (b"3g", b"3G"):
        return "video/3gpp"
    if brand == b"qt  ":
        return "video/quicktime"
    if brand in _AUDIO:
        return "audio/mp4"
    generic = brand[:3] in (b"mp4", b"mp7") or brand[:2] == b"ND"
    return "video/mp4" if generic or brand in _VIDEO or _is_base(brand) else None
