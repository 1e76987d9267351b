"""The verdict on a whole body that came with a Content-Type, as if it had been fetched without a fault."""

from __future__ import annotations

from helpers.sight import SINCH, exchange, seen

from preflight.judging import judge
from preflight.media.examine import examine
from preflight.mediatype import declared
from preflight.verdict import Verdict

PATH = "https://cdn.example.com/media"


def judged(data: bytes, content_type: str) -> Verdict:
    """What the sinch profile says of these bytes under this Content-Type; the path has no extension."""
    media_type, _ = declared([content_type])
    found = examine(data, whole=True, length=len(data), declared=media_type, extension=None)
    answer = exchange(
        f"Content-Type: {content_type}",
        f"Content-Length: {len(data)}",
        received=len(data),
        url=PATH,
    )
    observation = seen(
        answer, content=found.content, image=found.image, audio=found.audio, video=found.video
    )
    return judge(observation, SINCH)


def errors(data: bytes, content_type: str) -> list[str]:
    """The rules that find an error, by name."""
    findings = judged(data, content_type).findings
    return sorted(finding.rule for finding in findings if finding.severity.value == "error")
