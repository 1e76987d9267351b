"""From objections to findings: one for all variants in which a rule objected, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ..observation import Exchange, Observation, Purpose
from ..rules import Objection, Rule, servers
from ..rules.evidence import Declared, Size
from ..verdict import Finding, Media, Severity, Skipped
from .docket import PER_EXCHANGE, PLACE, Seen, Values


def finding_of(rule: Rule, base: Severity, seen: Seen, observation: Observation) -> Finding:
    """One finding for all variants in which a rule objected."""
    exchange, objection = seen[0]
    finding = plain_finding(rule, base, objection, exchange.url)
    message = finding.message
    if any(kind in PER_EXCHANGE for kind in rule.evidence) and len(observation.exchanges) > 1:
        message = f"{message[:-1]}{_variants([one for one, _ in seen], observation.exchanges)}."
    setting = servers.setting(rule.id, exchange.head) if exchange.head else None
    return Finding(
        rule=rule.id, severity=finding.severity, message=message, fix=setting or finding.fix, url=exchange.url,
        unknown=all(one.unknown for _, one in seen),
    )  # fmt: skip


def plain_finding(rule: Rule, base: Severity, objection: Objection, url: str) -> Finding:
    """The finding of one objection."""
    return Finding(
        rule=rule.id, severity=objection.severity or base, message=_sentence(objection.message),
        fix=_sentence(objection.fix or rule.fix), url=url, unknown=objection.unknown,
    )  # fmt: skip


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith(".") else f"{text}."


_WORDS = {
    Purpose.IDENTITY: "identity", Purpose.GZIP: "gzip", Purpose.SECOND: "a second identity", Purpose.WEBP: "a browser's Accept",
}  # fmt: skip


def _variants(seen: Sequence[Exchange], made: Sequence[Exchange]) -> str:
    """In which of the answers it was seen; the one without the query is judged by a rule of its own."""
    answered = any(one.head is not None for one in seen)
    purposes = dict.fromkeys(one.purpose for one in seen)
    others = {one.purpose for one in made} - {Purpose.BARE}
    if others <= purposes.keys():
        return ", in every answer" if answered and len(others) > 1 else ""
    asked = "in the answer to the request" if answered else "when asked"
    return f", {asked} for {' and '.join(_WORDS[purpose] for purpose in purposes)}"


def undecoded(observation: Observation) -> tuple[Skipped, ...]:
    """A deep check that could not be made, in one sentence."""
    content = observation.content
    if content is None or content.decode is None or content.decode.skipped is None:
        return ()
    return (Skipped(rule="corrupt-media", reason=content.decode.skipped),)


def media_of(observation: Observation, values: Values) -> Media:
    """The media in short."""
    content = observation.content
    declared: Declared | None = values[PLACE[Declared]]
    size: Size | None = values[PLACE[Size]]
    picture = observation.image or observation.video
    timed = observation.video or observation.audio or observation.image
    return Media(
        declared_type=declared.type if declared else None,
        detected_type=content.detected_type if content else None,
        length=size.octets if size else None,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        duration_s=timed.duration_s if timed else None,
    )
