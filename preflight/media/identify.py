"""Which media type the bytes are: our own signature table first, libmagic where that is not enough, structure last. Pure but
for libmagic.

The table confirms a declared type in a few microseconds. libmagic is asked where the declared type is generic, missing or
disputed, or the table is silent. Where the two differ, the table is right: it holds only what leaves no doubt, and looks
into the containers that libmagic names by their wrapping (a pass in a ZIP, sound in an MP4).
"""

from __future__ import annotations

from ..mediatype import agree, canonical, extension_types, is_generic
from ..values import dataclass
from . import signature

TABLE = "signature table"
STRUCTURE = "structure"

_MAGIC_NAMES = {
    "application/x-qcp": "audio/qcelp", "audio/x-qcp": "audio/qcelp", "audio/x-aifc": "audio/aiff",
    "audio/x-unknown": None, "application/x-empty": None, "inode/x-empty": None, "application/x-data": None,
    "text/plain": None, "video/mp2t": "video/mp2t", "video/x-m4v": "video/mp4",
}  # fmt: skip
_TEXTS = frozenset({"text/html", "text/xml", "text/vcard", "text/calendar", "text/csv", "text/rtf"})
_LOOSE = frozenset(
    {"application/zip", "text/plain", "text/xml", "application/gzip", "video/x-matroska"}
)
"""Types of the table that stand for many: a more special answer of libmagic's is taken instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """``media_type`` is canonical, None where nobody knows. ``by`` says who spoke last, with its version: "signature table",
    "libmagic 5.44", "structure"."""

    media_type: str | None
    by: str


def identify(
    data: bytes, declared: str | None = None, extension: str | None = None, whole: bool = True
) -> Identified:
    """The type of some bytes.

    ``declared`` is canonical or None; it and ``extension`` (no dot) never make a type, but say when a second opinion is needed.
    Plain text is the exception: its bytes do not tell its charset, so what our own table and structures do not claim and what may be a text is one
    where it is declared as such. ``whole`` False means that ``data`` is only the beginning.
    """
    if declared is not None and data.startswith(signature.PLAIN.get(declared, ())):
        return _CONFIRMED[declared]
    found = signature.match(data)
    if found is not None and found == declared:
        return Identified(media_type=found, by=TABLE)
    if found is None and data:
        from . import structure

        found = structure.text_or_sound(data, whole=whole)
        if found is None and declared == "text/plain":
            found = structure.declared_text(data, whole=whole)
    if (
        found is not None
        and declared is not None
        and not is_generic(declared)
        and agree(declared, found)
    ):
        return Identified(media_type=found, by=TABLE)
    if not data:
        return Identified(media_type=None, by=TABLE)
    return _second_opinion(data, found, declared, extension)


def _second_opinion(
    data: bytes, found: str | None, declared: str | None, extension: str | None
) -> Identified:
    from . import (  # with what they load; a type that the table confirms needs neither
        libmagic,
        structure,
    )

    said = _canonical_answer(libmagic.ask(data))
    if found is not None and said is not None and (found == said or agree(said, found)):
        return Identified(media_type=found, by=libmagic.version())
    if found is not None and not (found in _LOOSE and _may_replace(found, said)):
        return Identified(media_type=found, by=TABLE)
    if said is not None and (found is not None or not said.startswith("text/") or said in _TEXTS):
        return Identified(media_type=said, by=libmagic.version())
    resolved = structure.resolve(data, _hint(declared, extension))
    if resolved is not None:
        return Identified(media_type=resolved, by=STRUCTURE)
    return Identified(media_type=None, by=TABLE if libmagic.usable() else libmagic.version())


def _may_replace(found: str, said: str | None) -> bool:
    """Whether libmagic's answer is a special kind of what the table found: a text by name, an Office file in a ZIP."""
    if said is None:
        return False
    if found.startswith("text/"):
        return said in _TEXTS
    return not said.startswith("text/")


def _canonical_answer(said: str | None) -> str | None:
    if said is None or said in _MAGIC_NAMES:
        return _MAGIC_NAMES.get(said) if said else None
    return canonical(said)


def _hint(declared: str | None, extension: str | None) -> str | None:
    if declared is not None and not is_generic(declared):
        return declared
    return next(iter(sorted(extension_types(extension))), None) if extension else None


_CONFIRMED = {
    media_type: Identified(media_type=media_type, by=TABLE) for media_type in signature.PLAIN
}
