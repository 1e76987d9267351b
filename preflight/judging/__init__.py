"""Observation and profile to verdict: pure, total, the same today and next year.

A rule runs when the evidence that its annotations ask for is there; otherwise it is listed as skipped, with the reason. That one
mechanism carries the whole of "what applies when": a final status other than 200 leaves only the reach rules anything to
look at, a body that was not wholly received leaves nothing to those that need the whole of it.

Some evidence exists once (the content, the image), some once an exchange (the head, the body, the exchange itself). A rule that
asks for the latter looks at each exchange and reports once, naming the variants in which it was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..message import Message
from ..observation import Observation
from ..profile import Profile
from ..rules import MESSAGE_RULES, RULES, Rule
from ..rules.message import MessageMedia
from ..verdict import Ignore, MessageVerdict, Outcome, Verdict, outcome_of, sort_out, worst
from .docket import Plan, Raised, Values, docket, evidence_of, in_order, objections
from .findings import finding_of, media_of, plain_finding, undecoded

__all__ = ["Ignore", "judge", "judge_all", "judge_message"]


def judge(
    observation: Observation,
    profile: Profile,
    rules: Sequence[Rule] = RULES,
    ignore: Ignore | None = None,
) -> Verdict:
    """The verdict on one observation under one profile. Never raises for anything that a remote host did."""
    return judge_all([observation], profile, rules, lambda _: ignore)[0]


def judge_all(
    observations: Sequence[Observation],
    profile: Profile,
    rules: Sequence[Rule] = RULES,
    ignoring: Callable[[Observation], Ignore | None] | None = None,
) -> list[Verdict]:
    """The verdicts on many, rule by rule: while one rule looks at all of them, the processor has it at hand."""
    chosen = docket(profile, rules)
    evidence = [evidence_of(observation, profile) for observation in observations]
    by_plan: dict[Plan, list[int]] = {}
    for number, exchanges in enumerate(evidence):
        by_plan.setdefault(chosen.plan(exchanges), []).append(number)
    verdicts: dict[int, Verdict] = {}
    for plan, numbers in by_plan.items():
        raised = objections(plan, [evidence[number] for number in numbers])
        for place, number in enumerate(numbers):
            observation = observations[number]
            ignore = ignoring(observation) if ignoring is not None else None
            verdicts[number] = _verdict(
                observation, evidence[number][0], plan, raised.get(place, {}), profile, ignore
            )
    return [verdicts[number] for number in range(len(observations))]


def _verdict(
    observation: Observation, first: Values, plan: Plan, raised: Raised, profile: Profile, ignore: Ignore | None,
) -> Verdict:  # fmt: skip
    findings = [
        finding_of(case.rule, case.severity, raised[case], observation) for case in in_order(raised)
    ]
    kept, ignored = sort_out(findings, ignore)
    return Verdict(
        target=observation.target,
        outcome=outcome_of(kept) if kept else Outcome.ACCEPT,
        profile=profile.name,
        findings=kept,
        ignored=ignored,
        skipped=plan.skipped + undecoded(observation) if observation.content else plan.skipped,
        media=media_of(observation, first),
        attempts=len(observation.attempts) + 1,
        elapsed_s=sum([one.elapsed_s for one in observation.attempts], observation.elapsed_s),
    )


def judge_message(
    message: Message, verdicts: Sequence[Verdict], profile: Profile, rules: Sequence[Rule] = MESSAGE_RULES,
    ignore: Ignore | None = None,
) -> MessageVerdict:  # fmt: skip
    """The verdict on a whole message; ``verdicts`` are those of ``message.urls()``, found by URL.

    A medium without a verdict makes the message unknown; of several on one URL the worst counts, and of equals the last.
    """
    by_url: dict[str, Verdict] = {}
    for verdict in verdicts:
        known = by_url.get(verdict.url)
        if known is None or worst([known.outcome, verdict.outcome]) is verdict.outcome:
            by_url[verdict.url] = verdict
    media = tuple(by_url[url] for url in message.urls() if url in by_url)
    evidence = {Message: message, MessageMedia: media, Profile: profile}
    findings = []
    for rule in rules:
        base = profile.severities.get(rule.id, rule.severity)
        objection = rule.check(*(evidence[kind] for kind in rule.evidence)) if base else None
        if base and objection:
            findings.append(plain_finding(rule, base, objection, ""))
    kept, ignored = sort_out(findings, ignore)
    outcomes = [outcome_of(kept), *(verdict.outcome for verdict in media)]
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
