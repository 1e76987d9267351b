"""Observation and profile to verdict: pure, total, the same today and next year.

A rule runs when the evidence that its annotations ask for is there; otherwise it is listed as skipped, with the reason. That one
mechanism carries the whole of "what applies when": a final status other than 200 leaves only the reach rules anything to
look at, a body that was not wholly received leaves nothing to those that need the whole of it.

Some evidence exists once (the content, the image), some once an exchange (the head, the body, the exchange itself). A rule that
asks for the latter looks at each exchange and reports once, naming the variants in which it was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from .message import Message
from .observation import (
    Audio,
    Body,
    Content,
    Exchange,
    Failure,
    Head,
    Image,
    Observation,
    Purpose,
    Video,
)  # fmt: skip
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

_PER_EXCHANGE = (Exchange, Failure, Head, Body)
_QUIET = frozenset({Failure})  # that an exchange did not fail is nothing to report

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

_NOTHING = "there was nothing to look at"


def judge(
    observation: Observation,
    profile: Profile,
    rules: Sequence[Rule] = RULES,
    ignore: Ignore | None = None,
) -> Verdict:
    """The verdict on one observation under one profile. Never raises for anything that a remote host did."""
    values = _evidence(observation, profile)
    exchanges = [(exchange, _with_exchange(values, exchange)) for exchange in observation.exchanges]
    plan = _docket(profile, rules).plan(values, [mine for _, mine in exchanges])
    findings = [
        _finding(rule, base, seen, observation)
        for rule, base, seen in _objections(plan, values, exchanges)
    ]
    kept, ignored = _sort_out(findings, ignore)
    return Verdict(
        target=observation.target,
        outcome=_outcome(kept) if kept else Outcome.ACCEPT,
        profile=profile.name,
        findings=kept,
        ignored=ignored,
        skipped=plan.skipped + _undecoded(observation) if observation.content else plan.skipped,
        media=_media(observation, values),
        attempts=len(observation.attempts) + 1,
        elapsed_s=observation.elapsed_s
        + sum([attempt.elapsed_s for attempt in observation.attempts]),
    )


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
        message=message,
    )


# Evidence: one list for a URL, one more for each exchange, a place in them for each kind

_KINDS: tuple[Any, ...] = (
    Observation, Profile, Target, MaybeContent, Image, Audio, Video, Content, WholeContent, Declared, Size, Exchanges,
    *_PER_EXCHANGE,
)  # fmt: skip
_PLACE = {kind: place for place, kind in enumerate(_KINDS)}
_OPTIONAL = _PLACE[MaybeContent]
_EXCHANGE, _FAILURE, _HEAD, _BODY = (_PLACE[kind] for kind in _PER_EXCHANGE)

_Values = list[Any]


def _evidence(observation: Observation, profile: Profile) -> _Values:
    """What exists once, in the order of _KINDS. None where there is nothing to look at."""
    first, content = observation.exchanges[0], observation.content
    declared = size = exchanges = None
    if first.head is not None and first.head.status == 200:
        declared = declared_of(first, first.head)
        size = size_of(observation)
        exchanges = observation.exchanges if len(observation.exchanges) > 1 else None
    return [
        observation, profile, observation.target, content, observation.image, observation.audio, observation.video,
        content, content if content is not None and content.whole else None, declared, size, exchanges, None, None, None, None,
    ]  # fmt: skip


def _with_exchange(values: _Values, exchange: Exchange) -> _Values:
    """The same with one exchange, its head and its body, where rules may judge them."""
    mine = values[:_EXCHANGE]
    if answered(exchange) and exchange.purpose is not Purpose.BARE:
        return [*mine, exchange, exchange.failure, exchange.head, exchange.body]
    return [*mine, exchange, exchange.failure, None, None]


# Which rules run: worked out once for each combination of evidence that comes up


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One rule made ready: its severity here, where its arguments stand, and what picks them out."""

    number: int
    rule: Rule
    severity: Severity
    places: tuple[int, ...]
    check: Callable[..., Objection | None]
    pick: Callable[[_Values], Iterable[Any]]


def _case(number: int, rule: Rule, severity: Severity) -> _Case:
    places = tuple(_PLACE[kind] for kind in rule.evidence)
    pick = itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))
    return _Case(number, rule, severity, places, rule.check, pick)


@dataclass(frozen=True, slots=True)
class _Plan:
    """The rules that have something to look at: once, or in which exchange; and those that have not."""

    once: tuple[_Case, ...]
    by_exchange: tuple[tuple[_Case, ...], ...]
    skipped: tuple[Skipped, ...]


class _Docket:
    """All rules under one profile, and the plans that were made of them."""

    def __init__(self, profile: Profile, rules: Sequence[Rule]) -> None:
        self.profile = profile  # kept alive with the docket, which is found by their identity
        self.rules = rules
        self._plans: dict[tuple[Any, ...], _Plan] = {}
        severities = [(rule, profile.severities.get(rule.id, rule.severity)) for rule in rules]
        self._cases = [
            _case(number, rule, severity)
            for number, (rule, severity) in enumerate(severities)
            if severity is not None
        ]

    def plan(self, values: _Values, exchanges: Sequence[_Values]) -> _Plan:
        """The plan for this combination of evidence."""
        key = (
            *[value is None for value in values],
            *[
                (
                    mine[_FAILURE] is None,
                    mine[_HEAD] is None,
                    mine[_BODY] is None,
                    mine[_EXCHANGE].purpose,
                )
                for mine in exchanges
            ],
        )
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._make(values, exchanges)
        return plan

    def _make(self, values: _Values, exchanges: Sequence[_Values]) -> _Plan:
        once: list[_Case] = []
        by_exchange: list[list[_Case]] = [[] for _ in exchanges]
        skipped = []
        for case in self._cases:
            if not any(_KINDS[place] in _PER_EXCHANGE for place in case.places):
                lacking = _lacking(case, values)
                if lacking is None:
                    once.append(case)
                    continue
            else:
                lacks = [_lacking(case, mine) for mine in exchanges]
                for cases, mine, missing in zip(by_exchange, exchanges, lacks, strict=True):
                    # the bare URL is another one; query-dependent-media speaks of it
                    if missing is None and mine[_EXCHANGE].purpose is not Purpose.BARE:
                        cases.append(case)
                lacking = None if None in lacks else lacks[0]
            if lacking is not None and lacking not in _QUIET:
                skipped.append(Skipped(rule=case.rule.id, reason=_REASONS.get(lacking, _NOTHING)))
        return _Plan(tuple(once), tuple(tuple(cases) for cases in by_exchange), tuple(skipped))


def _lacking(case: _Case, values: _Values) -> Any | None:
    return next(
        (_KINDS[place] for place in case.places if values[place] is None and place != _OPTIONAL),
        None,
    )


_dockets: dict[tuple[int, int], _Docket] = {}


def _docket(profile: Profile, rules: Sequence[Rule]) -> _Docket:
    key = (id(profile), id(rules))
    docket = _dockets.get(key)
    if docket is None:
        if len(_dockets) >= 64:
            _dockets.clear()
        docket = _dockets[key] = _Docket(profile, rules)
    return docket


_Seen = list[tuple[Exchange, Objection]]


def _objections(
    plan: _Plan, values: _Values, exchanges: Sequence[tuple[Exchange, _Values]]
) -> list[tuple[Rule, Severity, _Seen]]:
    """Run the plan: each rule that objected, with all the exchanges in which it did, in the order of the rules."""
    seen: dict[_Case, _Seen] = {}
    first = exchanges[0][0]
    for case in plan.once:
        objection = case.check(*case.pick(values))
        if objection is not None:
            seen[case] = [(first, objection)]
    for (exchange, mine), cases in zip(exchanges, plan.by_exchange, strict=True):
        for case in cases:
            objection = case.check(*case.pick(mine))
            if objection is not None:
                seen.setdefault(case, []).append((exchange, objection))
    ordered = sorted(seen, key=lambda case: case.number) if len(seen) > 1 else seen
    return [(case.rule, case.severity, seen[case]) for case in ordered]


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


def _undecoded(observation: Observation) -> tuple[Skipped, ...]:
    """A deep check that could not be made, in one sentence."""
    content = observation.content
    if content is None or content.decode is None or content.decode.skipped is None:
        return ()
    return (Skipped(rule="corrupt-media", reason=content.decode.skipped),)


def _media(observation: Observation, values: _Values) -> Media:
    content = observation.content
    declared: Declared | None = values[_PLACE[Declared]]
    size: Size | None = values[_PLACE[Size]]
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
