"""Observation and profile to verdict: pure, total, the same today and next year.

A rule runs when the evidence that its annotations ask for is there; otherwise it is listed as skipped, with the reason. That one
mechanism carries the whole of "what applies when": a final status other than 200 leaves only the reach rules anything to
look at, a body that was not wholly received leaves nothing to those that need the whole of it.

Some evidence exists once (the content, the image), some once an exchange (the head, the body, the exchange itself). A rule that
asks for the latter looks at each exchange and reports once, naming the variants in which it was seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..message import Message
from ..observation import Observation
from ..profile import Profile
from ..rules import MESSAGE_RULES, RULES, Rule
from ..rules.message import MessageMedia
from ..verdict import MessageVerdict, Outcome, Verdict, worst
from .docket import docket, evidence_of, objections
from .findings import Ignore, finding_of, media_of, outcome_of, plain_finding, sort_out, undecoded

__all__ = ["Ignore", "judge", "judge_message"]


def judge(
    observation: Observation,
    profile: Profile,
    rules: Sequence[Rule] = RULES,
    ignore: Ignore | None = None,
) -> Verdict:
    """The verdict on one observation under one profile. Never raises for anything that a remote host did."""
    exchanges = evidence_of(observation, profile)
    plan = docket(profile, rules).plan(exchanges)
    findings = [
        finding_of(rule, base, seen, observation)
        for rule, base, seen in objections(plan, exchanges)
    ]
    kept, ignored = sort_out(findings, ignore)
    return Verdict(
        target=observation.target,
        outcome=outcome_of(kept) if kept else Outcome.ACCEPT,
        profile=profile.name,
        findings=kept,
        ignored=ignored,
        skipped=plan.skipped + undecoded(observation) if observation.content else plan.skipped,
        media=media_of(observation, exchanges[0]),
        attempts=len(observation.attempts) + 1,
        elapsed_s=sum([one.elapsed_s for one in observation.attempts], observation.elapsed_s),
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
