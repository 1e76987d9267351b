"""preflight send --recipients, and what is said of a send before, while and after it is interrupted."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from helpers.command import LOCAL, Result, Stage, command, environment, preflight

from preflight.gateway.ledger import Ledger

ENV = {"PREFLIGHT_API_KEY": "sandbox-key"}
FIXED = ("send", "--mms-id", "1001", "--service-id", "12345", "--fallback-sms-text", "See it")


def send(stage: Stage, cwd: Path, *words: str, sender: str = "28444") -> Result:
    there = ("--endpoint", stage.gateway.endpoint_xml, "--media", stage.url("/good.jpg"))
    return preflight(*FIXED, "--from", sender, *there, *words, *LOCAL, cwd=cwd, env=ENV)


@pytest.fixture
def ready(stage: Stage) -> Stage:
    stage.gateway.save("1001", [stage.url("/good.jpg")])
    return stage


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("to,key\n15551230001,\n15551230002,k2\n", (), "people.csv:3: a key needs --ledger FILE"),
        (
            "to,key\n15551230001,k\n15551230002,k\n", ("--ledger", "l"),
            "people.csv:3: has the key of line 2; each message needs one of its own",
        ),
        (
            f"to,key\n15551230001,\n15551230002,{'k' * 300}\n", ("--ledger", "l"),
            "people.csv:3: a ledger key must be 1 to 256 printable characters",
        ),
        ("to,key\n15551230001,a\tb\n", ("--ledger", "l"), "people.csv:2: a ledger key must be 1 to 256 printable characters"),
        ("to,key\n", (), "people.csv: names its columns, and no recipient below them"),
        ("to\n\n \n", ("--dry-run",), "people.csv: names its columns, and no recipient below them"),
        ("", (), "people.csv: is empty; its first line must name the columns, one of them to"),
    ],
)  # fmt: skip
def test_a_wrong_line_is_said_before_anything_is_fetched(
    ready: Stage, tmp_path: Path, text: str, words: tuple[str, ...], said: str
) -> None:
    (tmp_path / "people.csv").write_text(text)
    done = send(ready, tmp_path, "--recipients", "people.csv", *words)
    assert (done.code, done.out, done.err) == (2, "", f"preflight: {said}\n")
    assert ready.hosting.requests == [] and ready.gateway.calls == []


def test_one_that_is_no_key_is_said_before_anything_is_fetched(
    ready: Stage, tmp_path: Path
) -> None:
    done = send(ready, tmp_path, "--to", "15551230000", "--ledger", "l", "--key", "k" * 300)
    assert done.code == 2
    assert done.err == "preflight: --key: a ledger key must be 1 to 256 printable characters\n"
    assert ready.hosting.requests == [] and ready.gateway.calls == []


def test_a_time_that_is_over_is_said_before_anything_is_fetched(
    ready: Stage, tmp_path: Path
) -> None:
    (tmp_path / "people.csv").write_text("to\n15551230001\n")
    words = ("--api", "json", "--mms-expiry-timestamp", "2020-01-01T00:00:00Z")
    done = send(ready, tmp_path, "--recipients", "people.csv", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err == "preflight: people.csv:2: mms-expiry-timestamp is over already\n"
    assert ready.hosting.requests == [] and ready.gateway.calls == []


def test_a_key_of_another_message_is_that_lines_result(ready: Stage, tmp_path: Path) -> None:
    words = ("--recipients", "people.csv", "--ledger", "l")
    (tmp_path / "people.csv").write_text("to,key\n15551230001,k1\n")
    assert send(ready, tmp_path, *words).code == 0
    (tmp_path / "people.csv").write_text("to,key\n15551230002,k2\n15551230003,k1\n15551230004,k4\n")
    done = send(ready, tmp_path, *words, "-q")
    assert done.code == 1 and done.err == ""
    assert (
        "people.csv:3: not sent: this ledger key was used for another message; take another key, or send the same message\n"
        in done.out
    )
    assert [ready.gateway.posts(to=f"1555123000{last}") for last in "1234"] == [1, 1, 0, 1]


def test_each_warning_is_said_once_with_its_first_line(ready: Stage, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "to\n61412345678\n15551230001\n61412345679\n6141234567\n5552230001\n"
    )
    done = send(ready, tmp_path, "--recipients", "people.csv", "--dry-run", sender="15559990000")
    swapped = (
        "from: from is a number of country code 1 and to of {}; the vendor replaces such a sender by the account's default "
        "for the recipient's country"
    )
    assert done.err.splitlines() == [
        f"preflight: warning: people.csv:2: {swapped.format(61)} (and 2 other lines)",
        "preflight: warning: people.csv:6: to: to has 10 digits and looks like a North American number without its country code 1",
        "preflight: warning: people.csv:6: to: to is outside the countries that the vendor serves (US, Canada, Puerto Rico, Australia)",
        f"preflight: warning: people.csv:6: {swapped.format(55)}",
    ]


def test_a_dry_run_masks_the_query_of_the_endpoint(tmp_path: Path) -> None:
    words = ("--from", "28444", "--to", "15551230000", "--unchecked", "--dry-run")
    there = ("--endpoint", "https://gateway.example/ep?token=c4n4ry")
    done = preflight(*FIXED, *words, *there, cwd=tmp_path, env=ENV)
    assert done.code == 0
    assert done.out.startswith("POST https://gateway.example/ep?token=***\n")


def test_a_long_key_is_listed_whole(ready: Stage, tmp_path: Path) -> None:
    key = "order-" + "7" * 250
    done = send(ready, tmp_path, "--to", "15551230000", "--ledger", "l", "--key", key)
    assert done.code == 0
    assert f"  {key}  " in preflight("ledger", "list", "l", cwd=tmp_path).out


@contextmanager
def silent(answered: int) -> Iterator[tuple[str, list[bytes]]]:
    """A gateway that answers so many POSTs, and then says nothing; what it got."""
    body = b"<response><status>Success</status><tracking-id>T1</tracking-id></response>"
    seen: list[bytes] = []
    with ExitStack() as held, socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    taken, _ = server.accept()
                except OSError:
                    return
                held.callback(taken.close)
                got = b""
                while b"</request>" not in got:
                    got += taken.recv(65536)
                seen.append(got)
                if len(seen) <= answered:
                    taken.sendall(
                        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
                    )

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", seen
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def begun(cwd: Path, *words: str) -> subprocess.Popen[str]:
    """A run that is going to be interrupted."""
    return subprocess.Popen(
        command(*FIXED, "--from", "28444", *words, *LOCAL), cwd=cwd, env=environment(ENV),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def interrupted(cwd: Path, how: int, seen: list[bytes], posts: int, *words: str, lines: int = 0) -> Result:  # fmt: skip
    """A run that is ended once so many POSTs are out and so many lines of it are there."""
    run = begun(cwd, "--unchecked", *words)
    until(lambda: len(seen) >= posts)
    assert run.stdout is not None
    said = "".join(run.stdout.readline() for _ in range(lines))
    run.send_signal(how)
    out, err = run.communicate(timeout=20)
    return Result(run.returncode, said + out, err)


def until(there: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + 30
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


OUT = (
    "unknown: interrupted before the gateway had answered; the message may have gone out, so do not send it again before this "
    "is settled\n"
)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_what_is_out_when_a_send_is_interrupted_is_said(tmp_path: Path, how: int) -> None:
    with silent(0) as (there, seen):
        words = ("--to", "15551230000", "--endpoint", there)
        done = interrupted(tmp_path, how, seen, 1, *words)
    assert (done.code, done.out, done.err) == (130, OUT, "")


def test_what_is_out_when_many_are_interrupted_is_said_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("to\n15551230001\n15551230002\n15551230003\n")
    with silent(1) as (there, seen):
        words = ("--recipients", "people.csv", "--endpoint", there, "--ledger", "l")
        done = interrupted(tmp_path, signal.SIGINT, seen, 2, *words)
    assert done.code == 130
    assert done.out.startswith("people.csv:2: sent: ")
    assert done.out.splitlines(keepends=True)[1:] == [f"people.csv:3: {OUT}"]
    assert done.err == "preflight: stopped after 2 of 3: it was interrupted\n"
    with Ledger(tmp_path / "l") as ledger:
        assert sorted(entry.state.value for entry in ledger.list()) == ["sent", "unknown"]


def test_who_waits_for_their_turn_has_been_sent_nothing(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("to\n15551230001\n15551230002\n15551230003\n")
    with silent(3) as (there, seen):
        words = ("--recipients", "people.csv", "--endpoint", there, "--rate", "0.01/s")
        done = interrupted(tmp_path, signal.SIGTERM, seen, 1, *words, lines=1)
    assert done.code == 130
    assert done.out.splitlines()[1:] == ["people.csv:3: not sent: interrupted before anything was sent"]  # fmt: skip
    assert done.err == "preflight: stopped after 2 of 3: it was interrupted\n"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_check_that_is_interrupted_has_its_report_and_sends_nothing(
    ready: Stage, tmp_path: Path, how: int
) -> None:
    before, posts = ready.hosting.counts["/silent.jpg"], ready.gateway.posts()
    words = ("--media", ready.url("/silent.jpg"), "--endpoint", ready.gateway.endpoint_xml)
    run = begun(tmp_path, "--to", "15551230000", *words, "-f", "json")
    until(lambda: ready.hosting.counts["/silent.jpg"] > before)
    run.send_signal(how)
    out, err = run.communicate(timeout=20)
    assert (run.returncode, err) == (130, "not sent: interrupted while the media were checked\n")
    assert json.loads(out)["complete"] is False
    assert ready.gateway.posts() == posts
