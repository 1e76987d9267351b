"""preflight send against the sandbox gateway, which counts what it gets; and the ledger's own commands."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.command import LOCAL, Result, Stage, preflight

from preflight.gateway.ledger import Ledger
from preflight.gateway.request import SendRequest

KEY = "sandbox-key"
TO = "15551230000"
CANARY = "c4n4ry-0k3y"


def send(stage: Stage, *words: str, cwd: Path, key: str | None = KEY, to: bool = True) -> Result:
    fixed = ["--mms-id", "1001", "--from", "28444", "--service-id", "12345"]
    fixed += ["--fallback-sms-text", "See it", *(("--to", TO) if to else ())]
    env = {"PREFLIGHT_API_KEY": key} if key else None
    more = () if "--endpoint" in words else ("--endpoint", stage.gateway.endpoint_xml)
    return preflight("send", *words, *fixed, *more, *LOCAL, cwd=cwd, env=env)  # fmt: skip


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """The URL of a server that reads one POST and answers with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            taken, _ = server.accept()
            with taken:
                seen = b""
                while b"</request>" not in seen:
                    seen += taken.recv(65536)
                taken.sendall(raw)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        thread.join(10)


@pytest.fixture
def ready(stage: Stage) -> Stage:
    stage.gateway.save("1001", [stage.url("/good.jpg")])
    return stage


def test_good_media_goes_out_once(ready: Stage, tmp_path: Path) -> None:
    done = send(ready, "--media", ready.url("/good.jpg"), cwd=tmp_path)
    assert done.code == 0, done
    assert re.search(
        r"sent: the gateway accepted and queued the message; tracking id \S+", done.out
    )
    assert ready.gateway.posts(to=TO, mms_id="1001") == len(ready.gateway.calls) == 1


@pytest.mark.parametrize(("path", "code"), [("/chunked.jpg", 1), ("/503.jpg", 3)])
def test_bad_or_unclear_media_is_never_sent(
    ready: Stage, tmp_path: Path, path: str, code: int
) -> None:
    words = ("--media", ready.url("/good.jpg"), "--media", ready.url(path), "--retries", "0")
    done = send(ready, *words, cwd=tmp_path)
    assert done.code in (1, code) and "not sent" in done.out
    assert ready.gateway.calls == []


def test_a_dry_run_shows_the_request_without_its_key(ready: Stage, tmp_path: Path) -> None:
    good = send(ready, "--media", ready.url("/good.jpg"), "--dry-run", cwd=tmp_path, key=CANARY)
    bad = send(ready, "--media", ready.url("/chunked.jpg"), "--dry-run", cwd=tmp_path, key=None)
    assert (good.code, bad.code) == (0, 1)
    assert "<action>sendSavedMMS</action>" in good.out and TO in good.out
    assert CANARY not in good.all
    assert ready.gateway.calls == []


def test_what_is_missing_is_said_before_anything_is_fetched(ready: Stage, tmp_path: Path) -> None:
    media = ("--media", ready.url("/good.jpg"))
    no_key = send(ready, *media, cwd=tmp_path, key=None)
    no_file = send(ready, *media, "--api-key-file", "missing", cwd=tmp_path, key=None)
    nobody = send(ready, *media, cwd=tmp_path, to=False)
    assert [done.code for done in (no_key, no_file, nobody)] == [2, 2, 2]
    assert "PREFLIGHT_API_KEY" in no_key.err and "missing" in no_file.err and "--to" in nobody.err
    assert ready.hosting.requests == [] and ready.gateway.calls == []


@pytest.mark.parametrize(
    "words",
    [
        ("--ledger", ""), ("--key", ""), ("--send-timeout", "nan"), ("--send-timeout", "0"), ("--endpoint", "gateway.example"),
        ("--key", "order-17"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_before_anything_is_fetched(
    ready: Stage, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = send(ready, "--media", ready.url("/good.jpg"), *words, cwd=tmp_path)
    assert done.code == 2 and done.err.count("\n") == 1, done
    assert ready.hosting.requests == [] and ready.gateway.calls == []


def test_an_error_of_the_server_shows_what_it_said_and_is_unknown(tmp_path: Path) -> None:
    """The document in it reports success, with a tracking id that a person needs to settle the key."""
    success = (
        b"<response><status>Success</status><tracking-id>T7</tracking-id>"
        b"<status-details>queued http://cdn.example.com/a.jpg?sig=c4n4ry</status-details></response>"
    )
    head = b"HTTP/1.1 500 X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(success)
    fixed = ["--mms-id", "1001", "--from", "28444", "--service-id", "12345", "--to", TO]
    fixed += ["--fallback-sms-text", "See it", "--unchecked", "--ledger", "sent.ledger"]
    with answering(head + success) as there:
        done = preflight(
            "send", *fixed, "--key", "k", "--endpoint", there, *LOCAL, cwd=tmp_path, env={"PREFLIGHT_API_KEY": KEY}
        )  # fmt: skip
    assert done.code == 3
    assert done.out == (
        "unknown: the endpoint answered HTTP 500, an error, with a document that reports success: queued "
        "http://cdn.example.com/a.jpg?sig=***, tracking id T7; the message may have gone out, so do not send it again "
        "before this is settled\n"
    )
    listed = preflight("ledger", "list", "sent.ledger", cwd=tmp_path)
    assert "unknown   k  message 1001 to ...00, tracking id T7, queued http" in listed.out
    assert "c4n4ry" not in listed.all + done.all


def test_fail_on_warning_does_not_say_what_a_send_ends_with(ready: Stage, tmp_path: Path) -> None:
    """What goes out is decided by outcomes, and a warning leaves media accepted."""
    words = ("--media", ready.url("/redirect/once"), "--fail-on", "warning")
    done = send(ready, *words, cwd=tmp_path)
    assert done.code == 0 and ready.gateway.posts() == 1
    assert "exit code 1" not in done.out


def test_the_gateways_refusal_is_shown_with_its_code(ready: Stage, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"{CANARY}\n")
    words = ("--media", ready.url("/good.jpg"), "--api-key-file", "key")
    done = send(ready, *words, cwd=tmp_path, key=None)
    assert done.code == 1 and "E104" in done.out
    assert CANARY not in done.all


def test_an_answer_that_cannot_be_read_is_unknown(ready: Stage, tmp_path: Path) -> None:
    """The web server takes the gateway's place: it answers a POST with 405 and a closed connection."""
    words = ("--media", ready.url("/good.jpg"), "--endpoint", ready.url("/closed.jpg"))
    done = send(ready, *words, cwd=tmp_path)
    assert done.code == 3 and "unknown" in done.out
    assert ready.hosting.counts["/closed.jpg"] == 1


def test_a_ledger_sends_a_key_once_and_can_be_read(ready: Stage, tmp_path: Path) -> None:
    words = ("--media", ready.url("/good.jpg"), "--ledger", "sent.ledger", "--key", "order-17")
    first = send(ready, *words, cwd=tmp_path)
    again = send(ready, *words, cwd=tmp_path)
    assert (first.code, again.code) == (0, 0)
    assert "by an earlier call" in again.out
    assert ready.gateway.posts() == 1
    shown = preflight("ledger", "list", "sent.ledger", cwd=tmp_path)
    assert shown.code == 0
    assert re.search(r"  sent      order-17  message 1001 to \.\.\.00, tracking id \S+", shown.out)
    assert TO not in shown.out and "1 key\n" in shown.out
    entry = preflight("ledger", "list", "sent.ledger", "--json", "--state", "sent", cwd=tmp_path)
    assert json.loads(entry.out)["key"] == "order-17"
    refused = preflight("ledger", "resolve", "sent.ledger", "order-17", "--not-sent", cwd=tmp_path)
    assert refused.code == 2 and "settled already: sent" in refused.err


def test_an_unknown_key_waits_for_a_person(ready: Stage, tmp_path: Path) -> None:
    words = (
        "--media",
        ready.url("/good.jpg"),
        "--ledger",
        "sent.ledger",
        "--key",
        "order-18",
        "--endpoint",
    )
    lost = send(ready, *words, ready.url("/closed.jpg"), cwd=tmp_path)
    held = send(ready, *words, ready.url("/closed.jpg"), cwd=tmp_path)
    assert (lost.code, held.code) == (3, 3)
    assert ready.hosting.counts["/closed.jpg"] == 1
    listed = preflight("ledger", "list", "sent.ledger", "--state", "unknown", cwd=tmp_path)
    assert "order-18" in listed.out and "1 to settle: preflight ledger resolve" in listed.out
    settled = preflight("ledger", "resolve", "sent.ledger", "order-18", "--not-sent", cwd=tmp_path)
    assert settled.code == 0 and "not-sent" in settled.out
    after = preflight("ledger", "list", "sent.ledger", "--state", "unknown", cwd=tmp_path)
    assert after.out == "0 keys\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list", "none.ledger"), "none.ledger"),
        (("list", "words.txt"), "words.txt"),
        (("list", "none.ledger", "--state", "lost"), "--state"),
        (("resolve", "none.ledger", "key"), "either --sent TRACKING-ID or --not-sent"),
        (("resolve", "none.ledger", "key", "--sent", "id", "--not-sent"), "either"),
    ],
)
def test_a_ledger_that_cannot_be_used(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("no database\n" * 100)
    done = preflight("ledger", *words, cwd=tmp_path)
    assert done.code == 2 and said in done.err and done.err.count("\n") == 1
    assert not (tmp_path / "none.ledger").exists()


def test_a_damaged_ledger_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sent.ledger"
    request = SendRequest(mms_id="35674", to="15553199144", from_="28444")
    with Ledger(path) as ledger:
        for number in range(300):
            ledger.claim(f"{number}", "https://gateway.example/", request)
    content = bytearray(path.read_bytes())
    for start in range(2 * 4096, len(content), 4096):
        content[start : start + 2000] = b"\xff" * 2000
    path.write_bytes(content)
    done = preflight("ledger", "list", "sent.ledger", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "preflight: the ledger sent.ledger is damaged, and cannot tell what was sent: ask the gateway what went out before you "
        "send with another one\n"
    )


def test_recipients_get_one_call_each(ready: Stage, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("to\n15551230001\n15551230002\n")
    words = (
        "--media",
        ready.url("/good.jpg"),
        "--recipients",
        "people.csv",
        "--ledger",
        "sent.ledger",
    )
    done = send(ready, *words, cwd=tmp_path, to=False)
    again = send(ready, *words, cwd=tmp_path, to=False)
    assert (done.code, again.code) == (0, 0), done
    assert [ready.gateway.posts(to=f"1555123000{last}") for last in "12"] == [1, 1]
    assert "people.csv:2: sent" in done.out
    (tmp_path / "people.csv").write_text("to\n15551230003\n15551230003\n")
    twice = send(ready, *words, cwd=tmp_path, to=False)
    assert twice.code == 2 and "people.csv:3" in twice.err
    assert ready.gateway.posts(to="15551230003") == 0
    both = send(ready, *words, cwd=tmp_path)
    assert both.code == 2 and "either --to NUMBER or --recipients FILE" in both.err


def test_recipients_are_read_before_anything_is_fetched(ready: Stage, tmp_path: Path) -> None:
    words = ("--media", ready.url("/good.jpg"), "--recipients", "people.csv")
    (tmp_path / "people.csv").write_text("to\n15551230001\n+15551230002\n")
    wrong = send(ready, *words, cwd=tmp_path, to=False)
    assert wrong.code == 2 and "people.csv:3" in wrong.err
    assert ready.hosting.requests == []
    (tmp_path / "people.csv").write_text("to\n15551230001\n15551230002\n15551230003\n")
    shown = send(ready, *words, "--dry-run", cwd=tmp_path, to=False)
    assert shown.code == 0, shown
    assert "<to>15551230001</to>" in shown.out and "and 2 more" in shown.out
    assert ready.gateway.calls == []


def test_no_report_goes_onto_what_a_send_needs(ready: Stage, tmp_path: Path) -> None:
    media = ("--media", ready.url("/good.jpg"))
    Ledger(tmp_path / "sent.ledger").close()
    files = {"key": KEY.encode(), "people.csv": f"to\n{TO}\n".encode()}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    files["sent.ledger"] = (tmp_path / "sent.ledger").read_bytes()
    posts = ready.gateway.posts()
    for words, to in (
        (("--ledger", "sent.ledger", "-f", "json=sent.ledger"), True),
        (("--api-key-file", "key", "-o", "./key"), True),
        (("--recipients", "people.csv", "-f", "json=people.csv"), False),
    ):
        done = send(ready, *media, *words, cwd=tmp_path, key=None if "key" in words else KEY, to=to)
        assert done.code == 2 and "would empty it first" in done.err, done
    assert {name: (tmp_path / name).read_bytes() for name in files} == files
    assert ready.gateway.posts() == posts


def test_an_ignored_error_is_sent_and_said(ready: Stage, tmp_path: Path) -> None:
    (tmp_path / "preflight.toml").write_text(
        '[[ignore]]\nurl = "http://127.0.0.1:*/**"\nrules = ["chunked-transfer-encoding"]\n'
        'reason = "ticket 4711"\nexpires = 2099-01-31\n'
    )
    done = send(ready, "--media", ready.url("/chunked.jpg"), cwd=tmp_path)
    assert done.code == 0 and ready.gateway.posts() == 1
    assert "an error is ignored: chunked-transfer-encoding at" in done.err
    assert "ticket 4711 (until 2099-01-31)" in done.err


def test_a_message_with_a_fault_of_its_own_is_not_sent(ready: Stage, tmp_path: Path) -> None:
    """Ignored by name, the fault no longer counts, in check as in send."""
    photo = ready.url("/good.jpg")
    (tmp_path / "messages.toml").write_text(
        f'[[message]]\nmms-id = "1001"\nsubject = "caf\\u00e9"\n[[message.slide]]\nimage = "{photo}"\n'
    )
    refused = send(ready, "messages.toml", cwd=tmp_path)
    assert refused.code == 1 and "non-ascii-subject" in refused.out and ready.gateway.calls == []
    checked = preflight("check", "messages.toml", *LOCAL, "--ignore", "non-ascii-subject", cwd=tmp_path)  # fmt: skip
    assert checked.code == 0
    sent = send(ready, "messages.toml", "--ignore", "non-ascii-subject", cwd=tmp_path)
    assert sent.code == 0 and ready.gateway.posts() == 1
