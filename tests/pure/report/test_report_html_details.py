"""What the HTML report tells of one place: exchanges, facts, pictures, failures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.html_page import PICTURE, ObservationOf, Page, Rendered, VerdictOf

from preflight.observation import (
    Attempt,
    Audio,
    Content,
    Decode,
    Exchange,
    Failure,
    FailureKind,
    Image,
    Observation,
    Purpose,
    Signed,
    Video,
)
from preflight.report import Look
from preflight.verdict import Finding, Ignored, Media, Severity


def test_the_details_of_one_place(
    rendered: Rendered, verdict_of: VerdictOf, observation_of: ObservationOf, chunked: Finding
) -> None:
    verdict = verdict_of(
        chunked.url, chunked, ignored=(Ignored(finding=chunked, reason="ticket 1"),), attempts=2
    )
    tries = (Attempt(detail="no answer from https://cdn.example.com/?a=SECRET", elapsed_s=2.0),)
    page = Page(
        rendered(
            "html", [(verdict, replace(observation_of(verdict), attempts=tries, thumbnail=PICTURE))]
        )
    )
    run, detail = page.island("run"), page.detail(0)
    assert run["kinds"][detail["findings"][0][0]] == ["chunked-transfer-encoding", "error", False]
    assert detail["ignored"][0][-1] == "ticket 1"
    assert len(run["skips"][detail["skips"]]) == 30
    assert detail["tries"] == [["no answer from https://cdn.example.com/?a=***", 2000.0]]
    assert detail["chain"] == [
        ["http://cdn.example.com/a.jpg?old=***", 301, "https://cdn.example.com/a.jpg"]
    ]
    plain, gzip = detail["asked"]
    assert [plain["title"], gzip["title"]] == ["Asked plainly", "Asked with compression allowed"]
    assert plain["request"][0] == "GET /a.jpg?sig=*** HTTP/1.1"
    assert plain["request"][-1] == "Authorization: ***"
    assert plain["head"] == [
        "HTTP/1.1 200 OK",
        "Server: nginx/1.22",
        "Content-Type: image/jpeg",
        "Content-Length: 26221",
    ]
    assert plain["times"] == [0, 1.0, 10.0, 20.0, 30.0, 40.0]
    assert plain["notes"] == []
    assert gzip["notes"] == [[3, 0]]
    assert gzip["head"][3] == "Transfer-Encoding: chunked"
    assert page.island("pictures") == {"0": PICTURE}
    assert ["Took", "120 ms, 2 tries"] in detail["facts"]


@pytest.mark.parametrize(
    "thumbnail",
    ["https://evil.example/p.png", "data:image/svg+xml;base64,AAAA", PICTURE + "A" * 9000],
)
def test_only_small_pictures_are_taken(
    thumbnail: str, rendered: Rendered, verdict_of: VerdictOf, observation_of: ObservationOf
) -> None:
    verdict = verdict_of()
    pair = (verdict, replace(observation_of(verdict), thumbnail=thumbnail))
    assert Page(rendered("html", [pair])).island("pictures") == {}


def test_no_thumbnails_where_none_are_wanted(
    rendered: Rendered, verdict_of: VerdictOf, observation_of: ObservationOf
) -> None:
    verdict = verdict_of()
    pair = (verdict, replace(observation_of(verdict), thumbnail=PICTURE))
    assert PICTURE not in rendered("html", [pair], Look(thumbnails=False))


def test_secrets_are_shown_only_when_asked_for(
    rendered: Rendered, verdict_of: VerdictOf, observation_of: ObservationOf
) -> None:
    verdict = verdict_of("https://cdn.example.com/a.jpg?sig=SECRET")
    pair = (verdict, observation_of(verdict))
    assert "SECRET" not in rendered("html", [pair])
    assert "Bearer SECRET" in rendered("html", [pair], Look(show_secrets=True))


def test_what_an_error_document_says_is_masked(
    rendered: Rendered, verdict_of: VerdictOf, observation_of: ObservationOf
) -> None:
    verdict = verdict_of()
    said = 'a JSON document, "no file /a.jpg?token=SECRET"'
    seen = replace(
        observation_of(verdict),
        content=Content(length=9, document=said, decode=Decode(decoder="Pillow", errors=said)),
        image=Image(format="jpeg", problem=said),
    )
    page = rendered("html", [(verdict, seen)])
    assert "SECRET" not in page
    facts = [value for _, value in Page(page).detail(0)["facts"]]
    shown = 'a JSON document, "no file /a.jpg?token=***"'
    assert [value for value in facts if "token" in value] == [shown, f"Pillow: {shown}", shown]
    assert "SECRET" in rendered("html", [(verdict, seen)], look=Look(show_secrets=True))


def test_a_failure_stands_where_an_answer_would(rendered: Rendered, verdict_of: VerdictOf) -> None:
    url = "https://a.example/x.jpg"
    finding = Finding(
        rule="timeout", severity=Severity.ERROR, message="m", fix="f", url=url, unknown=True
    )
    failure = Failure(kind=FailureKind.TIMEOUT, detail="no answer within 20 s")
    exchange = Exchange(purpose=Purpose.IDENTITY, url=url, failure=failure)
    verdict = verdict_of(url, finding, media=Media())
    page = Page(
        rendered(
            "html",
            [(verdict, Observation(target=verdict.target, observed_at=0, exchanges=(exchange,)))],
        )
    )
    asked = page.detail(0)["asked"][0]
    assert asked["failure"] == "timeout: no answer within 20 s"
    assert asked["about"] == [0]
    assert asked["head"] == asked["request"] == []
    assert page.island("rows")[0][5] == ""


def test_a_huge_head_is_cut(
    rendered: Rendered, verdict_of: VerdictOf, observation_of: ObservationOf
) -> None:
    verdict = verdict_of()
    fields = [(f"X-{number}", "y" * 600) for number in range(300)]
    head = Page(rendered("html", [(verdict, observation_of(verdict, fields=fields))])).detail(0)[
        "asked"
    ][0]["head"]
    assert len(head) == 121
    assert head[-1].endswith("more lines")
    assert max(map(len, head)) == 400


def test_media_facts(
    rendered: Rendered, verdict_of: VerdictOf, observation_of: ObservationOf
) -> None:
    verdict = verdict_of(
        media=Media(
            declared_type="video/mp4", length=1_234_567, duration_s=125.0, width=640, height=360
        )
    )
    verdict = replace(
        verdict, target=replace(verdict.target, declared_type="video/mp4", declared_length=5)
    )
    observation = replace(
        observation_of(verdict),
        content=Content(
            length=5, detected_by="libmagic 5.47", truncated="cut", corrupt="crc", trailing=9, characters=7,
            decode=Decode(decoder="av", errors="bad frame"), document="a page", overrun="over", undecoded="br",
        ),
        image=Image(format="jpeg", mode="cmyk", progressive=True, transparent=True, frames=3, orientation=6, gps=True),
        audio=Audio(format="mp3", codec="mp3", sample_rate=44_100, channels=2, bitrate=128_000, problem="odd"),
        video=Video(
            format="mp4", codec="avc1", profile="High", level="3.1", fps=29.97, brand="isom", late_header=True,
            fragmented=True, audio_codec="mp4a", problem="odd",
        ),
        signed=Signed(scheme="S3", ends_at=1e18),
    )  # fmt: skip
    facts = dict(map(tuple, Page(rendered("html", [(verdict, observation)])).detail(0)["facts"]))
    assert facts["Length"] == "1.23 MB (1,234,567 bytes)"
    assert facts["Duration"] == "2:05 min"
    assert facts["Dimensions"] == "640 \u00d7 360"
    assert (
        facts["Picture"]
        == "jpeg, CMYK, progressive, transparent, 3 frames, turned by EXIF (6), holds a GPS position"
    )
    assert facts["Audio"] == "mp3, 44,100 Hz, stereo, 128 kbit/s"
    assert facts["Video"] == "avc1 High 3.1, 29.97 frames a second"
    assert facts["Container"] == "mp4, brand isom, audio mp4a"
    assert facts["Layout"] == "header at the end of the file, fragmented"
    assert facts["Decoded to the end"] == "av: bad frame"
    assert facts["Signed"] == "S3, until 1000000000000000000 s after 1970"
