"""What the source of a URL states about the file, against what was seen."""

from __future__ import annotations

from ..mediatype import agree, canonical, essence, is_generic
from ..target import Target
from ..text import quoted
from ..verdict import Severity
from .evidence import Declared, MaybeContent, Size
from .rule import Objection, rule


@rule(Severity.WARNING)
def outdated_source(
    target: Target, declared: Declared, size: Size, content: MaybeContent
) -> Objection | None:
    """The source that names the URL states another length or type than the server sends.

    Why: a feed or an inventory describes the file as it was when the list was made; if the two differ, one of them is out of date, and the wrong file may be about to go out.

    Fix: make the list again, or upload the file that it describes.
    """
    length = target.declared_length
    if length is not None and not size.least and length != size.octets:
        return Objection(
            f"the source states {length:,} bytes, and the server sends {size.octets:,}"
        )
    stated = essence(target.declared_type) if target.declared_type else None
    if stated is None or is_generic(stated):
        return None
    seen = [declared.type] if declared.type and not declared.generic else []
    if content is not None and content.detected_type:
        seen.append(content.detected_type)
    stated = canonical(stated)
    if not seen or any(agree(stated, one) or agree(one, stated) for one in seen):
        return None
    return Objection(f"the source states the type {quoted(stated)}, and the server sends {seen[0]}")
