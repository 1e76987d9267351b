"""Files that were damaged on their way to the host, whatever they are."""

from __future__ import annotations

from ..observation import Observation
from ..verdict import Severity
from .evidence import WholeContent
from .rule import Objection, rule


@rule(Severity.ERROR)
def truncated_media(content: WholeContent, observation: Observation) -> Objection | None:
    """The server sent all it has, and that is only the first part of an image, audio or video file.

    Why: handsets show half a picture or nothing, and the gateway's encoder fails (codes E341, E002, E003).

    Fix: upload the whole file again, and compare its size with the original.
    """
    media = observation.image or observation.audio or observation.video
    if content.truncated is None or (media is not None and media.problem):
        return None  # an unreadable header is reported as that
    return Objection(content.truncated)


@rule(Severity.ERROR)
def corrupt_media(content: WholeContent) -> Objection | None:
    """The file is damaged: a checksum or an inner structure is wrong, or a decoder reports errors.

    Why: the gateway's encoder and handsets refuse damaged files (codes E341, E002, E003).

    Fix: export the file again, and upload it in binary mode (not as text).
    """
    if content.corrupt:
        fix = _CODING_FIX if content.undecoded is not None else None
        return Objection(content.corrupt, fix=fix)
    decode = content.decode
    if decode is not None and decode.errors is not None and not content.truncated:
        return Objection(f"{decode.decoder} cannot decode it to its end: {decode.errors}")
    return None


_CODING_FIX = (
    "upload the file again as it is, without compressing it, and send no Content-Encoding with it"
)
