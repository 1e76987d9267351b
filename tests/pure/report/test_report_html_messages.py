"""Messages in the HTML report: slide by slide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from helpers.html_page import Page, Rendered, VerdictOf

from preflight.message import Message, Slide, SlideMedia
from preflight.report import FORMATS, Look, Run
from preflight.target import Source
from preflight.verdict import Finding, MessageVerdict, Outcome


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


def test_a_url_in_the_text_of_a_message_has_no_secret(
    rendered: Rendered, verdict_of: VerdictOf, run_of: Callable[..., Run]
) -> None:
    text = "See https://a.example/x?token=SECRET"
    media = [verdict_of("https://a.example/0.jpg")]
    slides = (Slide(text=text, media=(SlideMedia(kind="image", url=media[0].url),)),)
    message = Message(mms_id=text, name=text, subject=text, slides=slides)
    verdict = MessageVerdict(
        mms_id=text, outcome=Outcome.ACCEPT, profile="sinch", media=tuple(media), message=message
    )
    run = run_of(media, (verdict,))
    page = Page(rendered("html", media, run=run))
    (drawn,) = page.island("run")["messages"]
    shown = "See https://a.example/x?token=***"
    assert [drawn[key] for key in ("id", "name", "subject")] == [shown, shown, shown]
    assert drawn["slides"][0]["text"] == [shown]
    page = Page(rendered("html", media, look=Look(show_secrets=True), run=run))
    (drawn,) = page.island("run")["messages"]
    assert (drawn["subject"], drawn["slides"][0]["text"]) == (text, [text])


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_format_shows_a_secret_in_what_a_message_is_called(
    name: str, rendered: Rendered, verdict_of: VerdictOf, run_of: Callable[..., Run], chunked: Finding
) -> None:  # fmt: skip
    media = [verdict_of("https://a.example/0.jpg")]
    verdict = MessageVerdict(
        mms_id="https://u:SECRET@a.example/?k=SECRET", outcome=Outcome.REJECT, profile="sinch",
        findings=(chunked,), media=tuple(media),
    )  # fmt: skip
    assert "SECRET" not in rendered(name, media, run=run_of(media, (verdict,)))


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


def test_good_media_in_a_bad_message(
    rendered: Rendered, verdict_of: VerdictOf, run_of: Callable[..., Run]
) -> None:
    message = MessageVerdict(mms_id="1", outcome=Outcome.REJECT, profile="sinch")
    page = Page(rendered("html", [verdict_of()], run=run_of([verdict_of()], (message,))))
    assert page.all("h1")[0][1].strip() == "The media are good, but not every message is"
    assert page.all("body")[0][0]["data-outcome"] == "reject"
