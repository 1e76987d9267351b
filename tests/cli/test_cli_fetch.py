"""What a check asks of a server, by that server's own log; and what it never tells anyone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from helpers.command import LOCAL, Stage, preflight, together

from preflight.sandbox import Hosting
from preflight.sandbox.answers import redirect
from preflight.sandbox.paths import Case

CANARY = "c4n4ry-7f3a91"


@pytest.mark.parametrize(
    ("options", "encodings"),
    [(("--quick",), ["identity"]), ((), ["identity", "gzip"]), (("--no-quick",), ["identity", "gzip"])],
)  # fmt: skip
def test_how_often_it_asks(stage: Stage, options: tuple[str, ...], encodings: list[str]) -> None:
    assert preflight("check", stage.url("/good.jpg"), *LOCAL, *options).code == 0
    assert [one.value("accept-encoding") for one in stage.hosting.requests] == encodings
    assert {one.method for one in stage.hosting.requests} == {"GET"}


def test_retries_are_counted(stage: Stage) -> None:
    done = preflight("check", stage.url("/flapping.jpg"), *LOCAL, "-f", "json", "--quick")
    assert done.code == 0 and done.json()["verdicts"][0]["attempts"] == 2
    assert stage.hosting.counts["/flapping.jpg"] == 2


def test_a_header_stays_with_its_origin(stage: Stage) -> None:
    other = Hosting(cases=[Case(path="/away", title="away", respond=lambda _: redirect(stage.url("/good.jpg")))])  # fmt: skip
    stage.run(other.__aenter__())
    try:
        done = preflight("check", f"{other.origin}/away", *LOCAL, "--quick", "--header", f"X-Pass: {CANARY}")  # fmt: skip
    finally:
        stage.run(other.__aexit__(None, None, None))
    assert done.code == 0
    assert [one.value("x-pass") for one in other.requests] == [CANARY]
    assert [one.value("x-pass") for one in stage.hosting.requests] == [""]


SECRET_PATHS = (
    f"/good.jpg?token={CANARY}",
    f"/with-query.mp3?token={CANARY}&sig={CANARY}",
    f"/redirect/once?session={CANARY}",
    f"/404.jpg?{CANARY}",
)


def test_secrets_are_shown_nowhere_unless_asked_for(stage: Stage, tmp_path: Path) -> None:
    """In any format, at any verbosity, in the recording, and in what is said when it fails."""
    from preflight.report import FORMATS

    user = stage.url("/good.jpg").replace("http://", f"http://user:{CANARY}@")
    jwt = (
        "eyJhbGciOiJIUzI1NiJ9." + CANARY.replace("-", "") + "abcdefghij.abcdefghijklmnopqrstuvwxyz"
    )
    torn = user.replace(CANARY, f"{CANARY}/{CANARY}")
    urls = [
        *(stage.url(path) for path in SECRET_PATHS),
        user,
        torn,
        stage.url(f"/s/{jwt}/photo.jpg"),
    ]
    (tmp_path / "media.txt").write_text("\n".join(urls))
    files = [word for name in FORMATS if name != "text" for word in ("-f", f"{name}={name}.out")]
    done = preflight(
        "check", "media.txt", *LOCAL, *files, "-f", "text", "-vv", "--record", "seen.jsonl", "--header", f"Authorization: Bearer {CANARY}", "--header", f"X-Pass: {CANARY}",
        cwd=tmp_path,
    )  # fmt: skip
    assert done.code == 1
    written = [path for path in tmp_path.iterdir() if path.name != "media.txt"]
    assert len(written) == len(FORMATS)
    texts = {path.name: path.read_text() for path in written} | {"terminal": done.all}
    bare = CANARY.replace("-", "")
    assert [name for name, text in texts.items() if CANARY in text or bare in text] == []
    assert any(one.value("authorization").endswith(CANARY) for one in stage.hosting.requests)


def test_secrets_are_shown_when_asked_for(stage: Stage, tmp_path: Path) -> None:
    url = stage.url(SECRET_PATHS[0])
    done = preflight("check", url, *LOCAL, "--show-secrets", "-f", "json", "--quick", cwd=tmp_path)
    assert done.json()["verdicts"][0]["url"] == url


# words that fail, with a secret in them
FAILING = (
    ("check", "https://127.0.0.1/a.jpg", "--header", f"Bearer {CANARY}"),
    ("check", "https://127.0.0.1/a.jpg", "--header", f"X-A: {CANARY}\r\nX-B: c"),
    ("check", "https://127.0.0.1/a.jpg", "--header", f"Host: {CANARY}"),
    ("check", "https://127.0.0.1/a.jpg", "--proxy", f"http://user:{CANARY}@proxy.example:port"),
    ("check", "https://127.0.0.1/a.jpg", "--proxy", f"socks5://user:{CANARY}@proxy.example"),
    ("check", f"https://user:{CANARY}@127.0.0.1/a.jpg?sig={CANARY}"),
    ("check", f"https://127.0.0.1/a b.jpg?sig={CANARY}"),
    ("check", f"https:/user:{CANARY}@127.0.0.1/a.jpg?sig={CANARY}"),
    ("check", f"https:user:{CANARY}@127.0.0.1/a.jpg?sig={CANARY}"),
    ("check", f"https:\\\\user:{CANARY}@127.0.0.1/a.jpg?sig={CANARY}"),
    ("check", f"ftp://user:{CANARY}@127.0.0.1/a.jpg"),
    ("check", f"https://127.0.0.1:99999/?{CANARY}"),
    ("check", f"https://127.0.0.1/a.jpg?sig={CANARY}", "--offline", "-v"),
    (f"https://user:{CANARY}@127.0.0.1/a.jpg?sig={CANARY}",),
    ("judge", f"https://user:{CANARY}@127.0.0.1/a.jpg?sig={CANARY}"),
    ("explain", f"https://127.0.0.1/a.jpg?sig={CANARY}"),
    ("send", f"https://127.0.0.1/a.jpg?sig={CANARY}", "--from", "28444", "--to", "15551230000"),
)  # fmt: skip


def test_what_fails_tells_no_secret(tmp_path: Path) -> None:
    for words, done in zip(FAILING, together(FAILING, tmp_path), strict=True):
        assert done.code in (1, 2), (words, done)
        assert CANARY not in done.all, (words, done)


def test_a_slow_host_ends_with_the_time_allowed(stage: Stage) -> None:
    words = ("--timeout", "0.5", "--retries", "0", "-f", "json")
    slow = [stage.url(path) for path in ("/slow.jpg", "/slow-body.jpg", "/silent.jpg")]
    started = time.monotonic()
    done = preflight("check", *slow, *LOCAL, *words)
    assert done.code == 3
    assert {one["findings"][0]["rule"] for one in done.json()["verdicts"]} == {"timeout"}
    assert time.monotonic() - started < 30
