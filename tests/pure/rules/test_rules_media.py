"""Every image, audio, video, size and source rule: what makes it speak, and what does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.sight import SINCH, exchange, finding_of, rules_of, seen, with_limits

from preflight.observation import Audio, BodyEnd, Content, Decode, Image, Observation, Video
from preflight.profile import Profile
from preflight.target import Target
from preflight.verdict import Severity

GOOD = Content(length=1000, detected_type="image/jpeg", detected_by="signature table")
JPEG = Image(format="jpeg", width=320, height=240, mode="rgb", frames=1)
SOUND = Audio(format="mp3", codec="mp3", duration_s=10.0)
FILM = Video(format="mp4", codec="h264", width=320, height=240, duration_s=10.0, audio_codec="aac")


def picture(**facts: object) -> Observation:
    return seen(image=replace(JPEG, **facts))  # type: ignore[arg-type]


def sound(**facts: object) -> Observation:
    return seen(audio=replace(SOUND, **facts))  # type: ignore[arg-type]


def film(**facts: object) -> Observation:
    return seen(video=replace(FILM, **facts))  # type: ignore[arg-type]


def sized(octets: int, media_type: str = "image/jpeg") -> Observation:
    return seen(
        exchange(f"Content-Type: {media_type}", f"Content-Length: {octets}", end=BodyEnd.LIMIT),
        content=Content(length=octets, whole=False, detected_type=media_type),
    )


STRICT = with_limits(
    audio_codecs=("amr",), video_codecs=("h263",), frame_pixels=50_000, width=160, height=120
)

SPEAKS: list[tuple[str, Observation, Profile, Severity]] = [
    ("unreadable-image", picture(problem="it has no frame header"), SINCH, Severity.ERROR),
    ("truncated-media", seen(content=replace(GOOD, truncated="it ends early")), SINCH, Severity.ERROR),
    ("corrupt-media", seen(content=replace(GOOD, corrupt="a checksum is wrong")), SINCH, Severity.ERROR),
    ("corrupt-media", seen(content=replace(GOOD, decode=Decode(decoder="Pillow", errors="bad data"))), SINCH, Severity.ERROR),
    ("not-checked", seen(content=replace(GOOD, overrun="it has over 100,000 chunks")), SINCH, Severity.ERROR),
    ("not-checked", seen(content=replace(GOOD, decode=Decode(decoder="Pillow", stopped="too slow"))), SINCH, Severity.ERROR),
    ("too-many-pixels", picture(width=6000, height=5000), SINCH, Severity.ERROR),
    ("too-many-pixels", picture(width=121, height=161), STRICT, Severity.ERROR),
    ("cmyk-image", picture(mode="cmyk"), SINCH, Severity.WARNING),
    ("progressive-jpeg", picture(progressive=True), SINCH, Severity.INFO),
    ("transparent-image", picture(format="png", transparent=True), SINCH, Severity.INFO),
    ("animated-image", picture(format="gif", frames=2, duration_s=1.5), SINCH, Severity.INFO),
    ("animated-image", picture(format="png", frames=3), SINCH, Severity.INFO),
    ("rotated-by-exif", picture(orientation=6), SINCH, Severity.WARNING),
    ("location-metadata", picture(gps=True), SINCH, Severity.WARNING),
    ("unreadable-audio", sound(problem="no frame was found"), SINCH, Severity.ERROR),
    ("unaccepted-audio-codec", sound(), STRICT, Severity.ERROR),
    ("audio-too-long", sound(duration_s=30.5), SINCH, Severity.WARNING),
    ("audio-too-long", sound(duration_s=30.5), replace(SINCH, severities={}), Severity.ERROR),
    ("unreadable-video", film(problem="there is no movie header"), SINCH, Severity.ERROR),
    ("unaccepted-video-codec", film(), STRICT, Severity.ERROR),
    ("unaccepted-video-codec", film(codec="h263"), STRICT, Severity.ERROR),  # by its sound
    ("too-many-frame-pixels", film(), STRICT, Severity.ERROR),
    ("video-too-long", film(duration_s=31.0), SINCH, Severity.WARNING),
    ("late-movie-header", film(late_header=True), SINCH, Severity.WARNING),
    ("content-too-large", sized(1_000_001), SINCH, Severity.ERROR),
    ("content-too-large", sized(2_048_001, "application/pdf"), SINCH, Severity.ERROR),
    ("oversized-for-carriers", sized(600_001), SINCH, Severity.WARNING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "observation", "profile", "severity"),
    SPEAKS,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_speaks(
    rule: str, observation: Observation, profile: Profile, severity: Severity
) -> None:
    finding = finding_of(rule, observation, profile)
    assert finding.severity is severity
    assert finding.message.endswith(".") and finding.fix.endswith(".")
    if rule not in ("truncated-media", "corrupt-media", "not-checked"):  # in the reader's own words
        assert finding.message.split()[0] in ("The", "A"), finding.message


SILENT: list[tuple[str, Observation, Profile]] = [
    ("unreadable-image", picture(), SINCH),
    (
        "truncated-media",
        seen(
            content=replace(GOOD, truncated="it ends early"),
            image=replace(JPEG, problem="no header"),
        ),
        SINCH,
    ),
    (
        "corrupt-media",
        seen(
            content=replace(
                GOOD, truncated="early", decode=Decode(decoder="Pillow", errors="early")
            )
        ),
        SINCH,
    ),
    ("corrupt-media", seen(content=replace(GOOD, decode=Decode(decoder="Pillow"))), SINCH),
    ("too-many-pixels", picture(width=5000, height=5000), SINCH),
    ("too-many-pixels", picture(width=None, height=None), SINCH),
    ("too-many-pixels", picture(width=120, height=160), STRICT),
    ("cmyk-image", picture(), SINCH),
    ("progressive-jpeg", picture(format="png", progressive=True), SINCH),
    ("transparent-image", picture(format="gif", transparent=True, frames=3), SINCH),
    ("animated-image", picture(frames=None), SINCH),
    ("rotated-by-exif", picture(orientation=1), SINCH),
    ("location-metadata", picture(), SINCH),
    ("unaccepted-audio-codec", sound(codec=None), STRICT),
    ("unaccepted-audio-codec", sound(codec="amr"), STRICT),
    ("audio-too-long", sound(duration_s=30.0), SINCH),
    ("audio-too-long", sound(duration_s=99.0), with_limits(audio_seconds=None)),
    ("unaccepted-video-codec", film(codec="h263", audio_codec="amr"), STRICT),
    ("too-many-frame-pixels", film(), SINCH),
    ("video-too-long", film(duration_s=None), SINCH),
    ("late-movie-header", film(), SINCH),
    ("content-too-large", sized(1_000_000), SINCH),
    ("content-too-large", sized(9_000_000), with_limits(image_bytes=None)),
    ("oversized-for-carriers", sized(600_000), SINCH),
    ("oversized-for-carriers", sized(1_000_001), SINCH),  # one fault, one finding
]


@pytest.mark.parametrize(
    ("rule", "observation", "profile"),
    SILENT,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_it_is_silent(rule: str, observation: Observation, profile: Profile) -> None:
    assert rule not in rules_of(observation, profile)


def test_the_limit_is_that_of_the_kind_that_the_bytes_show() -> None:
    hidden = seen(
        exchange("Content-Type: application/octet-stream", "Content-Length: 1500000"),
        content=Content(length=1_500_000, detected_type="image/jpeg"),
    )
    assert (
        finding_of("content-too-large", hidden).message
        == "The file is 1.50 MB; the limit for an image is 1.00 MB."
    )


def test_a_gif_may_have_a_limit_of_its_own() -> None:
    assert "content-too-large" in rules_of(sized(2_000, "image/gif"), with_limits(gif_bytes=1_000))


@pytest.mark.parametrize(
    ("limits", "size", "said"),
    [
        ({"width": 1}, (2, 2), "The image has 2 x 2 pixels; the limit for the shorter side is 1."),
        ({"height": 1080}, (1081, 5000), "The image has 1,081 x 5,000 pixels; the limit for the shorter side is 1,080."),
        ({"width": 640}, (640, 5000), None),
        ({"width": 640}, (4999, 640), None),
        ({"height": 640}, (5000, 640), None),
        ({"width": 640, "height": 480}, (640, 481), "The image has 640 x 481 pixels; the limit is 640 x 480."),
        ({"width": 640, "height": 480}, (480, 640), None),
    ],
)  # fmt: skip
def test_a_width_or_a_height_alone_is_a_limit(
    limits: dict[str, int], size: tuple[int, int], said: str | None
) -> None:
    """Either way round: alone it bounds the shorter side. It did nothing without the other."""
    image, profile = picture(width=size[0], height=size[1]), with_limits(**limits)
    if said is None:
        assert "too-many-pixels" not in rules_of(image, profile)
    else:
        assert finding_of("too-many-pixels", image, profile).message == said


def test_text_has_a_limit_of_characters() -> None:
    text = Content(length=9_000, detected_type="text/plain", utf8=True, characters=5_001)
    answer = exchange("Content-Type: text/plain", "Content-Length: 9000")
    assert "5,001 characters" in finding_of("content-too-large", seen(answer, content=text)).message
    assert "content-too-large" not in rules_of(
        seen(answer, content=replace(text, characters=5_000))
    )


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Target(url="https://cdn.example.com/a.jpg", declared_length=999), "999 bytes"),
        (Target(url="https://cdn.example.com/a.jpg", declared_type="image/png"), "image/png"),
        (
            Target(
                url="https://cdn.example.com/a.jpg", declared_length=1000, declared_type="image/jpg"
            ),
            None,
        ),
        (Target(url="https://cdn.example.com/a.jpg", declared_type="binary/octet-stream"), None),
        (Target(url="https://cdn.example.com/a.jpg", declared_type="nonsense"), None),
        (Target(url="https://cdn.example.com/a.jpg"), None),
    ],
)
def test_what_the_source_states(target: Target, words: str | None) -> None:
    observation = seen(target=target)
    if words is None:
        assert "outdated-source" not in rules_of(observation)
    else:
        assert words in finding_of("outdated-source", observation).message


def test_every_rule_of_these_families_is_tried_both_ways() -> None:
    from preflight.rules import FAMILIES

    tried = {rule for rule, *_ in SPEAKS}
    wanted = {
        rule.id
        for family in ("size", "damage", "image", "audio", "video")
        for rule in FAMILIES[family]
    }
    assert wanted <= tried
    assert wanted - {rule for rule, *_ in SILENT} <= {"unreadable-audio", "unreadable-video"}


def test_a_stated_type_is_held_against_what_was_declared_where_nothing_was_seen() -> None:
    target = Target(url="https://cdn.example.com/a.jpg", declared_type="image/png")
    unknown = seen(content=Content(length=1000, detected_type=None), target=target)
    assert "image/jpeg" in finding_of("outdated-source", unknown).message
