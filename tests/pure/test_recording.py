"""What was seen survives being written down: the same verdict next year, and no secret on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from helpers.sight import SINCH, URL, exchange, failing, seen

from preflight.errors import SourceError
from preflight.judging import judge
from preflight.observation import (
    Attempt,
    Audio,
    Content,
    Decode,
    FailureKind,
    Hop,
    Image,
    Observation,
    Purpose,
    Signed,
    Timing,
    Video,
)  # fmt: skip
from preflight.recording import dump, load
from preflight.target import Source, Target

CANARY = "CANARY-7f3a9"
RICH = seen(
    exchange(
        "Content-Type: image/jpeg", "Transfer-Encoding: chunked", "Set-Cookie: id=" + CANARY, f"Location: /x?t={CANARY}",
        hops=(Hop(url=f"https://u:{CANARY}@h/a?k={CANARY}", status=302, location=f"/b?t={CANARY}"),),
        request=f"GET /a?sig={CANARY} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {CANARY}\r\nX-Pass: {CANARY}\r\n\r\n",
        raw_head=f"HTTP/1.1 200 OK\r\nSet-Cookie: id={CANARY}\r\nLink: <https://h/?t={CANARY}>\r\n\r\n",
        timing=Timing(dns=0.1, connect=0.2, tls=0.3, first_byte=0.4, body=0.5, total=1.5), peer="192.0.2.1",
    ),
    exchange(purpose=Purpose.GZIP, url=f"{URL}?sig={CANARY}"),
    content=Content(length=9, detected_type="image/jpeg", detected_by="libmagic 5.44", decode=Decode(decoder="Pillow", errors="x")),
    image=Image(format="jpeg", width=1, height=2, frames=1), audio=Audio(format="mp3"), video=Video(format="mp4", brands=("isom",)),
    signed=Signed(scheme="S3", ends_at=1_795_000_100.0), attempts=(Attempt(detail="a timeout", elapsed_s=1.0),),
    target=Target(url=f"{URL}?X-Amz-Signature={CANARY}", source=Source(file="a.csv", line=3, column=1, end=9, pointer=f'["https://h/?a={CANARY}"][0]'), declared_length=9),
    made_with={"Pillow": "13.0.0"},
)  # fmt: skip
SEEN = [seen(), seen(failing(FailureKind.TLS_NAME)), RICH]


def _again(observation: Observation, *, secrets: bool = False) -> Observation:
    line = dump(observation, version="0.1.0", profile="sinch", show_secrets=secrets)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    ((back, profile),) = load([line])
    assert profile == "sinch"
    return back


@pytest.mark.parametrize("observation", SEEN)
def test_there_and_back(observation: Observation) -> None:
    assert _again(observation, secrets=True) == observation


@pytest.mark.parametrize("observation", SEEN)
def test_the_verdict_is_the_same(observation: Observation) -> None:
    live, later = judge(observation, SINCH), judge(_again(observation), SINCH)
    assert [(one.rule, one.severity, one.unknown) for one in later.findings] == [
        (one.rule, one.severity, one.unknown) for one in live.findings
    ]
    assert (later.outcome, later.media, later.skipped, later.attempts) == (
        live.outcome,
        live.media,
        live.skipped,
        live.attempts,
    )


def test_no_secret_is_written() -> None:
    assert CANARY.encode() not in dump(RICH, version="0.1.0", profile="sinch")


def test_no_secret_is_written_in_what_is_said_of_a_file() -> None:
    """An error document says which URL it is about, a reader what it read, a head's fault which line."""
    said = f"it says: no file /a.jpg?token={CANARY}"
    odd = replace(
        seen(exchange(f"Content-Length: https://u:{CANARY}@h/", f"Transfer-Encoding: /a?k={CANARY}", f"no colon /a?k={CANARY}")),
        content=Content(
            length=9, document=said, truncated=said, corrupt=said, overrun=said, undecoded=said,
            decode=Decode(decoder="Pillow", errors=said, skipped=said, stopped=said),
        ),
        image=Image(format="jpeg", problem=said), audio=Audio(format="mp3", problem=said), video=Video(format="mp4", problem=said),
        attempts=(Attempt(detail=said),),
    )  # fmt: skip
    kept = _again(odd)
    assert CANARY not in repr(kept)
    assert kept.content and kept.content.document == "it says: no file /a.jpg?token=***"
    assert _again(odd, secrets=True) == odd


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"https://cdn.example.com/a.jpg\n", "line 1, is not a recorded observation"),
        (b"{}\n", "line 1, is not a recorded observation"),
        (b"[" * 100_000 + b"\n", "line 1, is not a recorded observation"),
        (
            dump(seen(), version="0", profile="p").replace(b'"recording":1', b'"recording":9'),
            "is a recording of format 9",
        ),
        (
            dump(seen(), version="0", profile="p").replace(b'"status":200', b'"status":"x"'),
            "line 1, is not a recorded observation",
        ),
    ],
)
def test_what_is_no_recording(line: bytes, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        list(load([line]))


@pytest.mark.parametrize("moment", [-1.0, 253_402_300_800.0, 1e20, -1e308])
@pytest.mark.parametrize("field", ["observed_at", "total"])
def test_a_time_that_no_calendar_has_is_no_recording(moment: float, field: str) -> None:
    """A number in JSON may be any; a report makes dates of it."""
    timed = exchange(timing=Timing(total=moment if field == "total" else 0.0))
    odd = replace(seen(timed, exchange()), observed_at=moment if field == "observed_at" else 0.5)
    line = dump(odd, version="0.1.0", profile="sinch")
    with pytest.raises(SourceError, match=r"f, line 1, is not a recorded observation: observed_at"):
        list(load([line], "f"))


def test_the_last_second_of_the_calendar_is_a_time() -> None:
    last = replace(seen(), observed_at=253_402_300_799.0)
    assert _again(last) == last


def test_blank_lines_are_passed_over() -> None:
    line = dump(seen(), version="0", profile="p")
    assert len(list(load([b"\n", line, b"  \n", line]))) == 2
