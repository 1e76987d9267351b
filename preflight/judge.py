"""Observation and profile to verdict: pure, total, the same today and next year.

A rule runs when the evidence that its annotations ask for is there; otherwise it is listed as skipped, with the reason. That one
mechanism carries the whole of "what applies when": a final status other than 200 leaves only the reach rules anything to
look at, a body that was not wholly received leaves nothing to those that need the whole of it.

Some evidence exists once (the content, the image), some once an exchange (the head, the body, the exchange itself). A rule that
asks for the latter looks at each exchange and reports once, naming the variants in which it was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .message import Message
from .observation import Audio, Body, Content, Exchange, Head, Image, Observation, Purpose, Video
from .profile import Profile
from .rules import MESSAGE_RULES, RULES, Objection, Rule, servers
from .rules.evidence import (
    Declared,
    Exchanges,
    MaybeContent,
    Size,
    WholeContent,
    answered,
    declared_of,
    size_of,
)  # fmt: skip
from .rules.message import MessageMedia
from .target import Target
from .verdict import (
    Finding,
    Ignored,
    Media,
    MessageVerdict,
    Outcome,
    Severity,
    Skipped,
    Verdict,
    worst,
)

Ignore = Callable[[Finding], str | None]
"""Whether the settings ignore a finding: the reason, or None."""

_PER_EXCHANGE = (Exchange, Head, Body)

_REASONS: dict[Any, str] = {
    Head: "there was no answer with status 200",
    Body: "there was no body to read",
    Exchanges: "only one request was answered",
    Declared: "there was no answer with status 200",
    Size: "no length is known",
    Content: "no content was received",
    WholeContent: "the body was not wholly received",
    Image: "no image was seen",
    Audio: "no audio was seen",
    Video: "no video was seen",
}

_Evidence = Mapping[Any, Any]


def judge(
    observation: Observation,
    profile: Profile,
    rules: Sequence[Rule] = RULES,
    ignore: Ignore | None = None,
) -> Verdict:
    """The verdict on one observation under one profile. Never raises for anything that a remote host did."""
    once = _evidence(observation, profile)
    per_exchange = [
        (exchange, {**once, **_exchange_evidence(exchange)}) for exchange in observation.exchanges
    ]
    findings: list[Finding] = []
    missing: list[tuple[Rule, Any]] = []
    for rule in rules:
        base = profile.severities.get(rule.id, rule.severity)
        if base is None:
            continue
        seen, lacking = _apply(rule, once, per_exchange)
        if lacking is not None:
            missing.append((rule, lacking))
        elif seen:
            findings.append(_finding(rule, base, seen, observation))
    kept, ignored = _sort_out(findings, ignore)
    return Verdict(
        target=observation.target, outcome=_outcome(kept), profile=profile.name, findings=kept, ignored=ignored,
        skipped=_skipped(tuple((rule.id, lacking) for rule, lacking in missing)) + _undecoded(observation),
        media=_media(observation), attempts=len(observation.attempts) + 1,
        elapsed_s=observation.elapsed_s + sum(attempt.elapsed_s for attempt in observation.attempts),
    )  # fmt: skip


def judge_message(
    message: Message, verdicts: Sequence[Verdict], profile: Profile, rules: Sequence[Rule] = MESSAGE_RULES,
    ignore: Ignore | None = None,
) -> MessageVerdict:  # fmt: skip
    """The verdict on a whole message; ``verdicts`` are those of ``message.urls()``, found by URL.

    A medium without a verdict makes the message unknown.
    """
    by_url = {verdict.url: verdict for verdict in verdicts}
    media = tuple(by_url[url] for url in message.urls() if url in by_url)
    evidence = {Message: message, MessageMedia: media, Profile: profile}
    findings = []
    for rule in rules:
        base = profile.severities.get(rule.id, rule.severity)
        objection = rule.check(*(evidence[kind] for kind in rule.evidence)) if base else None
        if base and objection:
            findings.append(_plain_finding(rule, base, objection, ""))
    kept, ignored = _sort_out(findings, ignore)
    outcomes = [_outcome(kept), *(verdict.outcome for verdict in media)]
    if len(media) < len(message.urls()):
        outcomes.append(Outcome.UNKNOWN)
    return MessageVerdict(
        mms_id=message.mms_id,
        outcome=worst(outcomes),
        profile=profile.name,
        findings=kept,
        ignored=ignored,
        media=media,
    )


# Evidence


def _evidence(observation: Observation, profile: Profile) -> dict[Any, Any]:
    """What exists once. A key is left out where there is nothing to look at."""
    first = observation.identity
    content = observation.content
    found: dict[Any, Any] = {
        Observation: observation, Profile: profile, Target: observation.target, MaybeContent: content,
    }  # fmt: skip
    for kind, value in (
        (Image, observation.image),
        (Audio, observation.audio),
        (Video, observation.video),
        (Content, content),
    ):
        if value is not None:
            found[kind] = value
    if content is not None and content.whole:
        found[WholeContent] = content
    if answered(first) and first.head is not None:
        found[Declared] = declared_of(first, first.head)
        size = size_of(observation)
        if size is not None:
            found[Size] = size
        if len(observation.exchanges) > 1:
            found[Exchanges] = observation.exchanges
    return found


def _exchange_evidence(exchange: Exchange) -> dict[Any, Any]:
    found: dict[Any, Any] = {Exchange: exchange}
    if answered(exchange) and exchange.purpose is not Purpose.BARE:
        found[Head] = exchange.head
        if exchange.body is not None:
            found[Body] = exchange.body
    return found


_Seen = list[tuple[Exchange, Objection]]


def _apply(
    rule: Rule, once: _Evidence, per_exchange: Sequence[tuple[Exchange, _Evidence]]
) -> tuple[_Seen, Any | None]:
    """Run one rule on all there is: (objections, None), or (nothing, the evidence that is lacking)."""
    places = (
        per_exchange
        if any(kind in _PER_EXCHANGE for kind in rule.evidence)
        else [(per_exchange[0][0], once)]
    )
    seen: _Seen = []
    lacking: Any | None = None
    ran = False
    for exchange, evidence in places:
        absent = next((kind for kind in rule.evidence if kind not in evidence), None)
        if absent is not None:
            lacking = absent
            continue
        ran = True
        if exchange.purpose is Purpose.BARE and Exchange in rule.evidence:
            continue  # the bare URL is another one; query-dependent-media speaks of it
        objection = rule.check(*[evidence[kind] for kind in rule.evidence])
        if objection is not None:
            seen.append((exchange, objection))
    return seen, None if ran else lacking


# Findings


def _finding(rule: Rule, base: Severity, seen: _Seen, observation: Observation) -> Finding:
    """One finding for all variants in which a rule objected."""
    exchange, objection = seen[0]
    finding = _plain_finding(rule, base, objection, exchange.url)
    made = [one.purpose for one in observation.exchanges if one.purpose is not Purpose.BARE]
    message = finding.message
    if any(kind in _PER_EXCHANGE for kind in rule.evidence) and len(made) > 1:
        message = f"{message[:-1]}, {_variants([one.purpose for one, _ in seen], made)}."
    setting = servers.setting(rule.id, exchange.head) if exchange.head else None
    return Finding(
        rule=rule.id, severity=finding.severity, message=message, fix=setting or finding.fix, url=exchange.url,
        unknown=all(one.unknown for _, one in seen),
    )  # fmt: skip


def _plain_finding(rule: Rule, base: Severity, objection: Objection, url: str) -> Finding:
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


def _variants(seen: Iterable[Purpose], made: Sequence[Purpose]) -> str:
    names = [_WORDS[purpose] for purpose in seen if purpose in _WORDS]
    if len(names) == len(made):
        return "in every answer"
    return f"in the answer to the request for {' and '.join(names)}"


def _sort_out(
    findings: Iterable[Finding], ignore: Ignore | None
) -> tuple[tuple[Finding, ...], tuple[Ignored, ...]]:
    if ignore is None:
        return tuple(findings), ()
    kept: list[Finding] = []
    ignored: list[Ignored] = []
    for finding in findings:
        reason = ignore(finding)
        if reason is None:
            kept.append(finding)
        else:
            ignored.append(Ignored(finding=finding, reason=reason))
    return tuple(kept), tuple(ignored)


def _outcome(findings: Iterable[Finding]) -> Outcome:
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return worst([Outcome.UNKNOWN if error.unknown else Outcome.REJECT for error in errors])


@lru_cache(maxsize=1024)
def _skipped(missing: tuple[tuple[str, Any], ...]) -> tuple[Skipped, ...]:
    """The same few lists come up for nearly every URL, so each is made once."""
    return tuple(
        Skipped(rule=rule, reason=_REASONS.get(lacking, "there was nothing to look at"))
        for rule, lacking in missing
    )


def _undecoded(observation: Observation) -> tuple[Skipped, ...]:
    """A deep check that could not be made, in one sentence."""
    content = observation.content
    if content is None or content.decode is None or content.decode.skipped is None:
        return ()
    return (Skipped(rule="corrupt-media", reason=content.decode.skipped),)


def _media(observation: Observation) -> Media:
    first, content = observation.identity, observation.content
    declared = declared_of(first, first.head).type if answered(first) and first.head else None
    size = size_of(observation) if answered(first) else None
    picture = observation.image or observation.video
    timed = observation.video or observation.audio or observation.image
    return Media(
        declared_type=declared, detected_type=content.detected_type if content else None,
        length=size.octets if size else None, width=picture.width if picture else None,
        height=picture.height if picture else None, duration_s=timed.duration_s if timed else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules run: those selected (all, where none is named) but the ignored ones."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def of(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """The rules that are left, in their order."""
        return tuple(self._left(rules))

    def _left(self, rules: Sequence[Rule]) -> Iterator[Rule]:
        for rule in rules:
            if (not self.select or rule.id in self.select) and rule.id not in self.ignore:
                yield rule
