"""Which rules run on which evidence: worked out once for each combination of evidence that comes up, then only looked up.

Evidence stands in one list for a URL, and in one more for each exchange, with a fixed place for each kind; None where there is nothing
to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any

from ..observation import (
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
)
from ..profile import Profile
from ..rules import Objection, Rule
from ..rules.evidence import (
    Declared,
    Exchanges,
    MaybeContent,
    Size,
    WholeContent,
    answered,
    declared_of,
    size_of,
)
from ..target import Target
from ..values import dataclass
from ..verdict import Severity, Skipped

PER_EXCHANGE = (Exchange, Failure, Head, Body)
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


_KINDS: tuple[Any, ...] = (
    Observation, Profile, Target, MaybeContent, Image, Audio, Video, Content, WholeContent, Declared, Size, Exchanges,
    *PER_EXCHANGE,
)  # fmt: skip
PLACE = {kind: place for place, kind in enumerate(_KINDS)}
_OPTIONAL = PLACE[MaybeContent]
_EXCHANGE, _FAILURE, _HEAD, _BODY = (PLACE[kind] for kind in PER_EXCHANGE)

Values = list[Any]


def evidence_of(observation: Observation, profile: Profile) -> list[Values]:
    """What there is to look at for each exchange, in the order of _KINDS: what exists once, and then its own. None where there is nothing."""
    first, content = observation.exchanges[0], observation.content
    declared = size = exchanges = None
    if first.head is not None and first.head.status == 200:
        declared = declared_of(first, first.head)
        size = size_of(observation, first.head)
        exchanges = observation.exchanges if len(observation.exchanges) > 1 else None
    once = (
        observation, profile, observation.target, content, observation.image, observation.audio, observation.video,
        content, content if content is not None and content.whole else None, declared, size, exchanges,
    )  # fmt: skip
    return [[*once, *_evidence_in(exchange)] for exchange in observation.exchanges]


def _evidence_in(
    exchange: Exchange,
) -> tuple[Exchange, Failure | None, Head | None, Body | None]:
    """One exchange, and its head and its body where rules may judge them."""
    if answered(exchange) and exchange.purpose is not Purpose.BARE:
        return exchange, exchange.failure, exchange.head, exchange.body
    return exchange, exchange.failure, None, None


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One rule made ready: its severity here, and where its evidence stands."""

    number: int
    rule: Rule
    severity: Severity
    places: tuple[int, ...]


Pick = Callable[[Values], tuple[Any, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """For each exchange what is picked of its evidence, and the checks that take just that; rules that are asked once are asked with
    the first. ``skipped`` are the rules that have nothing to look at."""

    calls: tuple[tuple[tuple[Pick, tuple[_Case, ...]], ...], ...]
    skipped: tuple[Skipped, ...]


def _calls(cases: Iterable[_Case]) -> tuple[tuple[Pick, tuple[_Case, ...]], ...]:
    by_places: dict[tuple[int, ...], list[_Case]] = {}
    for case in cases:
        by_places.setdefault(case.places, []).append(case)
    return tuple((_pick(places), tuple(cases)) for places, cases in by_places.items())


def _pick(places: tuple[int, ...]) -> Pick:
    return itemgetter(*places) if len(places) > 1 else itemgetter(slice(places[0], places[0] + 1))


class Docket:
    """All rules under one profile, and the plans that were made of them."""

    def __init__(self, profile: Profile, rules: Sequence[Rule]) -> None:
        self.profile = profile  # kept alive with the docket, which is found by their identity
        self.rules = rules
        self._plans: dict[tuple[Any, ...], Plan] = {}
        severities = [(rule, profile.severities.get(rule.id, rule.severity)) for rule in rules]
        self._cases = [
            _Case(number, rule, severity, tuple(PLACE[kind] for kind in rule.evidence))
            for number, (rule, severity) in enumerate(severities)
            if severity is not None
        ]

    def plan(self, exchanges: Sequence[Values]) -> Plan:
        """The plan for this combination of evidence: the values of each exchange, the first one's first."""
        key = _combination(exchanges)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = self._make(exchanges)
        return plan

    def _make(self, exchanges: Sequence[Values]) -> Plan:
        by_exchange: list[list[_Case]] = [[] for _ in exchanges]
        skipped = []
        for case in self._cases:
            if not any(_KINDS[place] in PER_EXCHANGE for place in case.places):
                lacking = _lacking(case, exchanges[0])
                if lacking is None:
                    by_exchange[0].append(case)
            else:
                lacks = [_lacking(case, mine) for mine in exchanges]
                for cases, mine, missing in zip(by_exchange, exchanges, lacks, strict=True):
                    # the bare URL is another one; query-dependent-media speaks of it
                    if missing is None and mine[_EXCHANGE].purpose is not Purpose.BARE:
                        cases.append(case)
                lacking = None if None in lacks else lacks[0]
            if lacking is not None and lacking not in _QUIET:
                skipped.append(Skipped(rule=case.rule.id, reason=_REASONS.get(lacking, _NOTHING)))
        return Plan(tuple(_calls(cases) for cases in by_exchange), tuple(skipped))


def _combination(exchanges: Sequence[Values]) -> tuple[bool, ...]:
    """What of the evidence there is; all that a plan depends on. The first exchange is never the bare URL's."""
    lacking = [value is None for mine in exchanges for value in mine]
    if len(exchanges) > 1:
        lacking += [mine[_EXCHANGE].purpose is Purpose.BARE for mine in exchanges]
    return tuple(lacking)


def _lacking(case: _Case, values: Values) -> Any | None:
    return next(
        (_KINDS[place] for place in case.places if values[place] is None and place != _OPTIONAL),
        None,
    )


_dockets: dict[tuple[int, int], Docket] = {}


def docket(profile: Profile, rules: Sequence[Rule]) -> Docket:
    """The docket of these rules under this profile; made once."""
    key = (id(profile), id(rules))
    found = _dockets.get(key)
    if found is None:
        if len(_dockets) >= 64:
            _dockets.clear()
        found = _dockets[key] = Docket(profile, rules)
    return found


Seen = list[tuple[Exchange, Objection]]
Raised = dict[_Case, Seen]
"""The rules that objected to one observation, each with all the exchanges in which it did."""


def objections(plan: Plan, many: Sequence[Sequence[Values]]) -> dict[int, Raised]:
    """Run the plan on the evidence of observations that it is made for: what was raised against which of them, by their places in ``many``."""
    raised: dict[int, Raised] = {}
    for number, calls in enumerate(plan.calls):
        rows = [exchanges[number] for exchanges in many]
        for pick, cases in calls:
            columns = tuple(zip(*map(pick, rows), strict=True))
            for case in cases:
                answers = list(map(case.rule.check, *columns))
                if answers.count(None) == len(rows):
                    continue
                for place, objection in enumerate(answers):
                    if objection is not None:
                        seen = raised.setdefault(place, {}).setdefault(case, [])
                        seen.append((rows[place][_EXCHANGE], objection))
    return raised


def in_order(raised: Raised) -> list[_Case]:
    """The rules that objected, in the order of all rules."""
    return sorted(raised, key=lambda case: case.number)
