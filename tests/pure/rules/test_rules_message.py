"""The saveMMS rules for a whole message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from helpers.sight import SINCH

from preflight.judging import judge_message
from preflight.message import Message, Slide, SlideMedia
from preflight.profile import Profile
from preflight.target import Target
from preflight.verdict import Media, Outcome, Severity, Verdict


def slide(*kinds: str, text: str | None = None) -> Slide:
    return Slide(
        text=text,
        media=tuple(
            SlideMedia(kind=kind, url=f"{kind}-{number}") for number, kind in enumerate(kinds)
        ),
    )


def message(*slides: Slide, subject: str | None = "Sale") -> Message:
    return Message(mms_id="1", subject=subject, slides=slides)


_TYPES = {
    "image": "image/jpeg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "vcard": "text/vcard",
    "pdf": "application/pdf",
}


def verdicts(
    one: Message, length: int = 1000, types: Mapping[str, str] | None = None
) -> list[Verdict]:
    known = {**_TYPES, **(types or {})}
    return [
        Verdict(
            target=Target(url=media.url), outcome=Outcome.ACCEPT, profile="sinch",
            media=Media(declared_type=known.get(media.url, known.get(media.kind)), length=length),
        )
        for each in one.slides for media in each.media
    ]  # fmt: skip


def rules_of(
    one: Message, judged: list[Verdict] | None = None, profile: Profile = SINCH
) -> list[str]:
    found = judge_message(one, verdicts(one) if judged is None else judged, profile)
    return [finding.rule for finding in found.findings]


GOOD = [
    message(slide("image")),
    message(slide("image", "audio", text="20% off")),
    message(slide("video", text="look")),
    message(slide("vcard", text="call us")),
    message(slide(text="only words")),
    message(*[slide("image")] * 8),
    message(slide("image"), subject="x" * 40),
    message(slide(text="x" * 5000)),
]


@pytest.mark.parametrize("one", GOOD)
def test_good_messages(one: Message) -> None:
    assert rules_of(one) == []


@pytest.mark.parametrize(
    ("one", "rule"),
    [
        (message(), "too-many-slides"),
        (message(*[slide("image")] * 9), "too-many-slides"),
        (message(slide()), "empty-slide"),
        (message(slide(text="  ")), "empty-slide"),
        (message(slide("image"), slide("audio", "video")), "conflicting-slide-media"),
        (message(slide("image", "video")), "conflicting-slide-media"),
        (message(slide("vcard", "pdf")), "conflicting-slide-media"),
        (message(slide("vcard", "image")), "conflicting-slide-media"),
        (message(slide("image", "image")), "repeated-media-type"),
        (message(slide("image"), subject="x" * 81), "subject-too-long"),
        (message(slide(text="x" * 5001)), "text-too-long"),
        (message(slide("image"), subject="S\N{LATIN SMALL LETTER E WITH ACUTE}l"), "non-ascii-subject"),
        (message(slide("image"), subject="Sale \N{PARTY POPPER}"), "non-ascii-subject"),
        (message(slide("image"), subject="a\tb"), "non-ascii-subject"),
        (message(slide("image"), subject=None), "missing-subject"),
        (message(slide("image"), subject="  "), "missing-subject"),
    ],
)  # fmt: skip
def test_faults(one: Message, rule: str) -> None:
    found = judge_message(one, verdicts(one), SINCH)
    assert [finding.rule for finding in found.findings] == [rule]
    assert found.outcome is Outcome.REJECT
    assert found.findings[0].message.split()[0] in ("The", "Slide")


def test_a_long_subject_is_a_warning_before_it_is_an_error() -> None:
    one = message(slide("image"), subject="x" * 41)
    found = judge_message(one, verdicts(one), SINCH)
    assert [(finding.rule, finding.severity) for finding in found.findings] == [
        ("subject-too-long", Severity.WARNING)
    ]
    assert found.outcome is Outcome.ACCEPT


def test_two_images_of_different_types_may_share_a_slide() -> None:
    one = message(slide("image", "image"))
    assert rules_of(one, verdicts(one, types={"image-1": "image/gif"})) == []


def test_aliases_are_one_type() -> None:
    one = message(slide("image", "image"))
    assert rules_of(one, verdicts(one, types={"image-1": "image/jpg"})) == ["repeated-media-type"]


@pytest.mark.parametrize(("length", "rules"), [(1_021_303, []), (1_021_305, ["message-too-large"])])
def test_the_wire_size(length: int, rules: list[str]) -> None:
    """1.37 x bytes + 814 against 1,400,000."""
    one = message(slide("image"))
    assert rules_of(one, verdicts(one, length=length)) == rules


def test_other_limits_of_a_message() -> None:
    limits = replace(
        SINCH.message,
        files=1,
        raw_bytes=1500,
        wire_bytes=None,
        subject_required=False,
        subject_ascii=False,
    )
    profile = replace(SINCH, message=limits)
    one = message(slide("image"), slide("audio"), subject=None)
    assert rules_of(one, profile=profile) == ["too-many-files", "message-too-large"]
    assert (
        rules_of(
            message(slide("image"), subject="S\N{LATIN SMALL LETTER E WITH ACUTE}l"),
            profile=profile,
        )
        == []
    )


def test_a_source_that_cannot_carry_a_subject_needs_none() -> None:
    assert rules_of(replace(message(slide("image"), subject=None), subject_required=False)) == []


def test_what_was_seen_counts_before_what_was_declared() -> None:
    one = message(slide("image", "image"))
    judged = verdicts(one, types={"image-1": "image/gif"})
    seen = [
        replace(verdict, media=replace(verdict.media, detected_type="image/png"))
        for verdict in judged
    ]
    assert rules_of(one, seen) == ["repeated-media-type"]


def test_a_file_without_a_verdict_goes_by_its_element() -> None:
    one = message(slide("audio", "image"))
    assert rules_of(one, verdicts(one)[1:]) == []
