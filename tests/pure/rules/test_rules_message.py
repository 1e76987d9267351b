"""The saveMMS rules for a whole message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from helpers.sight import SINCH

from preflight.cli.offline import message_rules
from preflight.judging import judge_message
from preflight.message import Message, Slide, SlideMedia
from preflight.profile import Profile
from preflight.rules import MESSAGE_RULES
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


@pytest.mark.parametrize("kind", ["image", "audio"])
@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.ACCEPT])
def test_two_files_that_nobody_has_seen_need_not_be_of_one_type(
    kind: str, outcome: Outcome
) -> None:
    """A JPEG and a PNG of a host that is busy: what may go away by itself is no reason to reject the message."""
    one = message(slide(kind, kind))
    unseen = [replace(each, media=Media(), outcome=outcome) for each in verdicts(one)]
    for judged in ([], unseen, unseen[1:], [unseen[0], verdicts(one)[1]]):
        assert rules_of(one, judged) == []
    assert judge_message(one, unseen, SINCH).outcome is outcome
    assert judge_message(one, [], SINCH).outcome is Outcome.UNKNOWN


def test_beside_a_video_only_text_may_stand() -> None:
    one = message(slide("video", "video", text="look"))
    for judged in ([], verdicts(one, types={"video-1": "video/3gpp"})):
        assert rules_of(one, judged) == ["conflicting-slide-media"]
    assert rules_of(one) == ["repeated-media-type", "conflicting-slide-media"]


def test_without_the_media_all_is_judged_that_needs_none() -> None:
    """As with --offline."""
    assert {one.id for one in MESSAGE_RULES} - {one.id for one in message_rules(MESSAGE_RULES)} == {
        "repeated-media-type", "message-too-large"
    }  # fmt: skip


def test_a_type_that_says_nothing_is_no_type() -> None:
    one = message(slide("image", "image"))
    for generic in ("application/octet-stream", "application/download"):
        types = {"image-0": generic, "image-1": generic}
        assert rules_of(one, verdicts(one, types=types)) == []


def test_an_object_is_of_the_type_that_its_element_names() -> None:
    one = message(slide("vcard", "vcard"))
    assert rules_of(one, []) == ["repeated-media-type", "conflicting-slide-media"]
    found = judge_message(one, [], SINCH)
    assert found.findings[0].message == "Slide 1 has 2 files of text/vcard."
    assert found.outcome is Outcome.REJECT


def test_half_of_a_surrogate_pair_is_a_text_as_long_as_any() -> None:
    one = message(slide("image", text="\ud83d"))
    assert judge_message(one, verdicts(one), SINCH).outcome is Outcome.ACCEPT
    limits = replace(SINCH.message, raw_bytes=1002, wire_bytes=None)
    assert rules_of(one, profile=replace(SINCH, message=limits)) == ["message-too-large"]


@pytest.mark.parametrize("worse", [Outcome.REJECT, Outcome.UNKNOWN])
def test_of_two_verdicts_on_one_file_the_worse_counts(worse: Outcome) -> None:
    one = message(slide("image"))
    (good,) = verdicts(one)
    bad = replace(good, outcome=worse)
    for judged in ([good, bad], [bad, good], [good, bad, good]):
        found = judge_message(one, judged, SINCH)
        assert (found.outcome, found.media) == (worse, (bad,))
    unclear, wrong = replace(good, outcome=Outcome.UNKNOWN), replace(good, outcome=Outcome.REJECT)
    assert judge_message(one, [wrong, unclear], SINCH).media == (wrong,)
    newer = replace(good, attempts=2)
    assert judge_message(one, [good, newer], SINCH).media == (newer,)
