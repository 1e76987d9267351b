"""A verdict as it is kept: masked, without its target, and as the rules made it; ignores are applied when it is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import msgspec

from ..rules import BY_ID
from ..target import Target
from ..text import mask_text, mask_url
from ..values import dataclass, decoder
from ..verdict import Finding, Ignore, Media, Outcome, Skipped, Verdict, outcome_of, sort_out

_HERE = "\x00"  # stands for the target's own URL, masked, in a kept text
_WITH_HOST = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*+:)?//[^/?#]")
_RANK = {rule: number for number, rule in enumerate(BY_ID)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A verdict without its target, its skipped rules (which are few, and kept once for all) and its age."""

    profile: str
    findings: tuple[Finding, ...]
    media: Media
    attempts: int
    elapsed_s: float


encode = msgspec.json.Encoder().encode
decode: Callable[[bytes], Kept] = decoder(msgspec.json, Kept)
decode_skipped: Callable[[bytes], tuple[Skipped, ...]] = decoder(msgspec.json, tuple[Skipped, ...])


def kept_of(verdict: Verdict) -> tuple[Outcome, Kept]:
    """A verdict without ignores and secrets, and its outcome then."""
    findings = [*verdict.findings, *(one.finding for one in verdict.ignored)]
    findings.sort(key=lambda finding: _RANK.get(finding.rule, len(_RANK)))
    return outcome_of(findings), Kept(
        profile=verdict.profile, findings=tuple(_masked(one, verdict.url) for one in findings), media=verdict.media,
        attempts=verdict.attempts, elapsed_s=verdict.elapsed_s,
    )  # fmt: skip


def _masked(finding: Finding, url: str) -> Finding:
    """A finding as it is kept: no secrets, and a placeholder for the URL that it is about."""
    where = _HERE if finding.url == url else mask_url(finding.url)
    message, fix = _hidden(finding.message, url), _hidden(finding.fix, url)
    return replace(finding, url=where, message=message, fix=fix)


def _hidden(text: str, url: str) -> str:
    # What does not begin as a URL may stand in any sentence: "" is between all its letters, "t" is one of them, "//" is in https://.
    if _WITH_HOST.match(url):
        text = text.replace(url, _HERE).replace(mask_url(url), _HERE)
    return mask_text(text)


def restored(
    target: Target, kept: Kept, skipped: tuple[Skipped, ...], age: float, ignore: Ignore | None
) -> Verdict:
    """The verdict on a target, made of what was kept ``age`` seconds ago."""
    shown = mask_url(target.url) if kept.findings else ""
    made = [
        replace(
            one, url=target.url if one.url == _HERE else one.url, message=one.message.replace(_HERE, shown),
            fix=one.fix.replace(_HERE, shown),
        )
        for one in kept.findings
    ]  # fmt: skip
    findings, ignored = sort_out(made, ignore)
    return Verdict(
        target=target, outcome=outcome_of(findings), profile=kept.profile, findings=findings, ignored=ignored,
        skipped=skipped, media=kept.media, attempts=kept.attempts, elapsed_s=kept.elapsed_s, from_cache_s=age,
    )  # fmt: skip
