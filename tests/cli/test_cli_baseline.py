"""Baselines: what they excuse, what prune takes out, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.command import LOCAL, Stage, preflight

OFFLINE = "https://cdn.example.com/a.jpg"


def test_a_baseline_lets_only_new_findings_fail(stage: Stage, tmp_path: Path) -> None:
    old = [stage.url(path) for path in ("/chunked.jpg", "/redirect/once?sig=1", "/503.jpg")]
    (tmp_path / "media.txt").write_text("\n".join(old))
    words = (*LOCAL, "--quick", "--retries", "0")
    made = preflight("baseline", "create", "base.jsonl", "media.txt", *words, cwd=tmp_path)
    assert made.code == 0 and made.out == "base.jsonl: 2 findings\n"
    assert "1 could not be told" in made.err
    first = (tmp_path / "base.jsonl").read_text()
    entries = [json.loads(line) for line in first.splitlines()]
    assert [(one["rule"], one["url"]) for one in entries] == [
        ("chunked-transfer-encoding", old[0]), ("redirected", stage.url("/redirect/once?sig=***")),
    ]  # fmt: skip
    (tmp_path / "media.txt").write_text("\n".join([stage.url("/redirect/once?sig=2"), *old[:1]]))
    same = preflight("check", "media.txt", *words, "--baseline", "base.jsonl", "-f", "json", "--fail-on", "warning", cwd=tmp_path)  # fmt: skip
    assert same.code == 0
    ignored = [item for one in same.json()["verdicts"] for item in one["ignored"]]
    assert {item["reason"] for item in ignored} == {"in the baseline"} and len(ignored) == 2
    new = preflight("check", stage.url("/chunked.mp3"), *words, "--baseline", "base.jsonl", cwd=tmp_path)  # fmt: skip
    assert new.code == 1
    assert (
        "holds what was not found now: chunked-transfer-encoding" in new.out
        and "and 1 more" in new.out
    )


def test_a_baseline_tells_urls_apart_that_only_look_like_secrets(
    stage: Stage, tmp_path: Path
) -> None:
    """A date after two slashes, and a name with a colon and an @, were masked: any other such file was excused."""
    old = [stage.url("//2024-01-01T10:20:30/x.jpg"), stage.url("/File:a@2x.jpg")]
    new = [stage.url("//2024-06-06T11:22:33/other.jpg"), stage.url("/File:b@2x.jpg")]
    words = (*LOCAL, "--retries", "0")
    made = preflight("baseline", "create", "base.jsonl", *old, *words, cwd=tmp_path)
    assert (made.code, made.out) == (0, "base.jsonl: 2 findings\n")
    against = (*words, "--baseline", "base.jsonl", "-f", "json")
    assert preflight("check", *old, *against, cwd=tmp_path).code == 0
    done = preflight("check", *new, *against, cwd=tmp_path)
    assert done.code == 1
    assert [one["url"] for one in done.json()["verdicts"]] == new


def test_a_baseline_excuses_nothing_that_could_not_be_told(stage: Stage, tmp_path: Path) -> None:
    from preflight.cli.baseline_file import Entry, write

    url = stage.url("/503.jpg")
    write(str(tmp_path / "base.jsonl"), [Entry(url, "unexpected-status")])
    done = preflight(
        "check", url, *LOCAL, "--retries", "0", "--baseline", "base.jsonl", cwd=tmp_path
    )
    assert done.code == 3


def test_prune_takes_out_what_is_gone_and_keeps_what_cannot_be_told(
    stage: Stage, tmp_path: Path
) -> None:
    from preflight.cli.baseline_file import Entry, read, write

    urls = [stage.url(path) for path in ("/chunked.jpg", "/good.jpg", "/503.jpg")]
    path = str(tmp_path / "base.jsonl")
    write(path, [Entry(url, "chunked-transfer-encoding") for url in urls])
    done = preflight(
        "baseline", "prune", "base.jsonl", *urls, *LOCAL, "--retries", "0", "--quick", cwd=tmp_path
    )
    assert (done.code, done.out) == (0, "base.jsonl: 1 finding taken out, 2 left\n")
    assert {entry.place for entry in read(path).entries} == {urls[0], urls[2]}


def test_prune_keeps_what_is_said_of_a_message_whose_media_cannot_be_told(
    stage: Stage, tmp_path: Path
) -> None:
    """One that is rejected for another of its media is no better known."""
    from preflight.cli.baseline_file import Entry, read, write

    slides = [("told", "/good.jpg", "/good.jpg"), ("open", "/good.jpg", "/503.jpg"), ("both", "/chunked.jpg", "/503.jpg")]  # fmt: skip
    text = ""
    for name, *paths in slides:
        text += f'[[message]]\nmms-id = "{name}"\nsubject = "Sale"\n'
        text += "".join(f'[[message.slide]]\nimage = "{stage.url(path)}"\n' for path in paths)
    nameless = [stage.url("/chunked.mp3"), stage.url("/503.jpg?sig=1")]
    text += '[[message]]\nsubject = "Sale"\n[[message.slide]]\n'
    text += f'image = "{nameless[1]}"\naudio = "{nameless[0]}"\n'
    (tmp_path / "messages.toml").write_text(text)
    masked = f"message {nameless[1].replace('sig=1', 'sig=***')} {nameless[0]}"
    places = ["message told", "message open", "message both", masked]
    path = str(tmp_path / "base.jsonl")
    write(path, [Entry(place, "message-too-large") for place in places])
    done = preflight(
        "baseline", "prune", "base.jsonl", "messages.toml", *LOCAL, "--retries", "0", "--quick", cwd=tmp_path
    )  # fmt: skip
    assert (done.code, done.out) == (0, "base.jsonl: 1 finding taken out, 3 left\n")
    assert {entry.place for entry in read(path).entries} == set(places[1:])


@pytest.mark.parametrize(
    "text",
    ["no json", '{"rule": "redirected"}', '{"fingerprint": "0", "rule": "a", "url": "b"}', "[]"],
)
def test_a_broken_baseline_is_named_by_its_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "base.jsonl").write_text(f"\n{text}\n")
    done = preflight("check", OFFLINE, "--offline", "--baseline", "base.jsonl", cwd=tmp_path)
    assert done.code == 2 and "base.jsonl, line 2, is no entry of a baseline" in done.err
