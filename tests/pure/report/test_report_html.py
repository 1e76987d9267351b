"""The HTML report as text: its structure, its policy, what is in it and what is not. Browsers judge it in tests/browser."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from preflight.message import Message, Slide, SlideMedia
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
from preflight.report import Look, Run, html_data
from preflight.target import Source
from preflight.verdict import Finding, Ignored, Media, MessageVerdict, Outcome, Severity, Verdict

Rendered = Callable[..., str]
VerdictOf = Callable[..., Verdict]
ObservationOf = Callable[..., Observation]
PICTURE = "data:image/webp;base64,AAAA"


class Page(HTMLParser):
    """The elements of a page, with their attributes and their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self._inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), ""))
        self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            tag, attributes, text = self.elements[-1]
            self.elements[-1] = tag, attributes, text + data

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, text) for name, attributes, text in self.elements if name == tag]

    def island(self, name: str) -> Any:
        return next(
            json.loads(text)
            for found, text in self.all("script")
            if found.get("id") == f"data-{name}"
        )

    def detail(self, number: int) -> Any:
        return self.island(f"details-{number // html_data.CHUNK}")[number % html_data.CHUNK]


def _sha(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_one_file_that_loads_nothing(rendered: Rendered, verdict_of: VerdictOf) -> None:
    text = rendered("html", [verdict_of()])
    page = Page(text)
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert text.endswith("</html>\n")
    assert "{{" not in text
    loads = [
        value
        for _, attributes, _ in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "action", "data", "poster")
        and value
        and value[0] != "#"
    ]
    assert loads == ["data:,"]
    styles = [style for _, style in page.all("style")]
    assert not re.search(r"url\(|@import|expression", styles[0])
    assert not [
        name for _, attributes, _ in page.elements for name in attributes if name.startswith("on")
    ]
    assert len(text) < 70_000


def test_the_policy_names_the_hashes_and_nothing_else(
    rendered: Rendered, verdict_of: VerdictOf
) -> None:
    page = Page(rendered("html", [verdict_of()]))
    metas = [
        found
        for found, _ in page.all("meta")
        if found.get("http-equiv") == "Content-Security-Policy"
    ]
    policy = dict(
        part.strip().partition(" ")[::2] for part in (metas[0]["content"] or "").split(";")
    )
    scripts = [text for found, text in page.all("script") if "type" not in found]
    styles = [text for _, text in page.all("style")]
    assert len(scripts) == len(styles) == 1
    assert policy == {
        "default-src": "'none'",
        "img-src": "data:",
        "script-src": f"'{_sha(scripts[0])}'",
        "style-src": f"'{_sha(styles[0])}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }


def test_the_script_writes_text_and_no_markup(rendered: Rendered) -> None:
    script = Page(rendered("html", [])).all("script")[-1][1]
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttp",
    ):
        assert sink not in script


def test_what_a_screen_reader_needs(rendered: Rendered, verdict_of: VerdictOf) -> None:
    page = Page(rendered("html", [verdict_of()]))
    tags = {tag for tag, _, _ in page.elements}
    assert {"header", "main", "footer", "h1", "h2", "title", "noscript"} <= tags
    fields = {found.get("id") for tag in ("input", "select") for found, _ in page.all(tag)}
    assert fields == {found.get("for") for found, _ in page.all("label")}
    assert [found["aria-live"] for found, _ in page.all("span") if found.get("id") == "found"] == [
        "polite"
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        "</script><script>alert(1)</script>",
        "<!--",
        "--></title>",
        "{{script}}",
        "a\u2028b",
        "]]>",
        "&lt;",
    ],
)
def test_data_cannot_leave_its_island(
    hostile: str, rendered: Rendered, verdict_of: VerdictOf, chunked: Finding
) -> None:
    finding = replace(chunked, message=hostile, fix=hostile)
    message = MessageVerdict(
        mms_id=hostile, outcome=Outcome.REJECT, profile="sinch", findings=(finding,)
    )
    run = Run(profile=hostile, started_at=0, elapsed_s=0, notes=(hostile,), messages=(message,))
    text = rendered("html", [verdict_of(f"https://cdn.example.com/{hostile}", finding)], run=run)
    plain = rendered("html", [verdict_of()])
    assert [tag for tag, _, _ in Page(text).elements] == [tag for tag, _, _ in Page(plain).elements]
    page = Page(text)
    assert page.detail(0)["findings"][0][1].encode().decode("unicode_escape") == hostile
    assert page.island("run")["fixes"][0].encode().decode("unicode_escape") == hostile


def test_rows_come_failed_first(
    rendered: Rendered, verdict_of: VerdictOf, chunked: Finding
) -> None:
    unclear = replace(chunked, rule="timeout", unknown=True)
    verdicts = [
        verdict_of("https://a.example/1", line=1),
        verdict_of("https://a.example/2", unclear, line=2),
        verdict_of("https://b.example/4", chunked, line=4),
        verdict_of("https://a.example/3", chunked, line=3),
    ]
    page = Page(rendered("html", verdicts))
    run, rows = page.island("run"), page.island("rows")
    assert [row[:2] for row in rows] == [
        [0, "https://a.example/3"],
        [0, "https://b.example/4"],
        [1, "https://a.example/2"],
        [2, "https://a.example/1"],
    ]
    assert [run["hosts"][row[3]][0] for row in rows] == [
        "a.example",
        "b.example",
        "a.example",
        "a.example",
    ]
    assert [rule[:3] for rule in run["rules"]] == [
        ["chunked-transfer-encoding", "error", 2],
        ["timeout", "unknown", 1],
    ]
    assert sorted(host[:4] for host in run["hosts"]) == [
        ["a.example", 1, 1, 1],
        ["b.example", 1, 0, 0],
    ]
    assert rows[0][4:] == ["media.txt:3", "image/jpeg \u00b7 26.2 KB \u00b7 320 \u00d7 240"]


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


def test_a_message_is_drawn_slide_by_slide(
    rendered: Rendered, verdict_of: VerdictOf, chunked: Finding, run_of: Callable[..., Run]
) -> None:
    media = [
        verdict_of(f"https://a.example/{n}.jpg?k=SECRET", *([chunked] if n else [])) for n in (0, 1)
    ]
    slides = (
        Slide(text="One\nTwo\x07", media=(SlideMedia(kind="image", url=media[1].url),)),
        Slide(
            media=(
                SlideMedia(kind="audio", url="https://a.example/never"),
                SlideMedia(kind="image", url=media[0].url),
            )
        ),
    )
    message = Message(mms_id="7", name="n", subject="s", slides=slides)
    verdict = MessageVerdict(
        mms_id="7", outcome=Outcome.REJECT, profile="sinch", media=tuple(media), message=message
    )
    drawn = Page(rendered("html", media, run=run_of(media, (verdict,)))).island("run")["messages"][
        0
    ]
    assert [drawn[key] for key in ("id", "name", "subject", "outcome")] == ["7", "n", "s", "reject"]
    first, second = drawn["slides"]
    assert first["text"] == ["One", "Two\\x07"]
    shown = "https://a.example/1.jpg?k=***"
    says = "image/jpeg \u00b7 26.2 KB \u00b7 320 \u00d7 240"
    assert first["media"] == [
        {"kind": "image", "url": shown, "outcome": "reject", "says": says, "row": 0}
    ]
    assert [(each["outcome"], each["says"], each["row"]) for each in second["media"]] == [
        ("unknown", "not checked", None),
        ("accept", says, 1),
    ]


def test_without_its_message_the_places_tell_the_slides(
    rendered: Rendered, verdict_of: VerdictOf, run_of: Callable[..., Run]
) -> None:
    pointers = (
        "message[1].slide[1].image",
        "message[1].slide[1].audio",
        "message[1].slide[2].image",
        None,
    )
    media = []
    for number, pointer in enumerate(pointers):
        verdict = verdict_of(f"https://a.example/{number}")
        media.append(
            replace(
                verdict,
                target=replace(verdict.target, source=Source(file="m.toml", pointer=pointer)),
            )
        )
    message = MessageVerdict(
        mms_id=None, outcome=Outcome.ACCEPT, profile="sinch", media=tuple(media)
    )
    drawn = Page(rendered("html", media, run=run_of(media, (message,)))).island("run")["messages"][
        0
    ]
    assert [[medium["url"][-1] for medium in slide["media"]] for slide in drawn["slides"]] == [
        ["0", "1"],
        ["2"],
        ["3"],
    ]


@pytest.mark.parametrize(
    ("outcomes", "headline"),
    [
        ("", "Nothing was checked"),
        ("a", "The media URL is good to send"),
        ("aa", "All 2 media URLs are good to send"),
        ("au", "1 of 2 media URLs could not be told"),
        ("aru", "1 of 3 media URLs would be refused"),
    ],
)
def test_the_headline(
    outcomes: str, headline: str, rendered: Rendered, verdict_of: VerdictOf
) -> None:
    by_letter = {"a": Outcome.ACCEPT, "r": Outcome.REJECT, "u": Outcome.UNKNOWN}
    verdicts = [
        verdict_of(f"https://a.example/{n}", outcome=by_letter[each])
        for n, each in enumerate(outcomes)
    ]
    page = Page(rendered("html", verdicts))
    assert page.all("h1")[0][1].strip() == headline
    assert page.all("title")[0][1] == f"{headline} - preflight"


def test_good_media_in_a_bad_message(
    rendered: Rendered, verdict_of: VerdictOf, run_of: Callable[..., Run]
) -> None:
    message = MessageVerdict(mms_id="1", outcome=Outcome.REJECT, profile="sinch")
    page = Page(rendered("html", [verdict_of()], run=run_of([verdict_of()], (message,))))
    assert page.all("h1")[0][1].strip() == "The media are good, but not every message is"
    assert page.all("body")[0][0]["data-outcome"] == "reject"


def test_an_interrupted_run_says_so(
    rendered: Rendered, verdict_of: VerdictOf, run_of: Callable[..., Run]
) -> None:
    page = Page(rendered("html", [verdict_of()], run=run_of([verdict_of()], complete=False)))
    assert "(interrupted)" in page.all("title")[0][1]
    assert page.island("run")["complete"] is False


def test_over_the_limit_the_accepted_are_only_counted(
    rendered: Rendered, verdict_of: VerdictOf, chunked: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_data, "MOST_ROWS", 10)
    verdicts = [
        verdict_of(f"https://a.example/{n}", *([chunked] if n % 5 == 0 else [])) for n in range(40)
    ]
    page = Page(rendered("html", verdicts))
    run = page.island("run")
    assert [row[1][-2:] for row in page.island("rows")] == [
        "/0",
        "/5",
        "10",
        "15",
        "20",
        "25",
        "30",
        "35",
    ]
    assert run["unlisted"] == 32
    assert run["hosts"][0][1:4] == [8, 0, 32]
    worse = Page(
        rendered("html", [verdict_of(f"https://a.example/{n}", chunked) for n in range(25)])
    )
    assert len(worse.island("rows")) == 10
    assert worse.island("run")["unlisted"] == 15


def test_over_the_budget_exchanges_are_left_out(
    rendered: Rendered,
    verdict_of: VerdictOf,
    observation_of: ObservationOf,
    chunked: Finding,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(html_data, "_BUDGET", {"found": 9_000, "clean": 1})
    verdicts = [
        verdict_of(f"https://a.example/{n}", *([chunked] if n < 3 else [])) for n in range(6)
    ]
    page = Page(rendered("html", [(each, observation_of(each)) for each in verdicts]))
    assert ["asked" in page.detail(number) for number in range(6)] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]
    assert page.detail(5)["cut"] is True
    assert page.island("run")["cut"] == 2
