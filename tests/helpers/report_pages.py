"""HTML reports to look at: made-up places in any number, and real ones from the sandbox."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from preflight.judging import judge, judge_message
from preflight.media.thumbnail import draw
from preflight.message import Message, Slide, SlideMedia
from preflight.observation import Body, BodyEnd, Exchange, Head, Hop, Observation, Purpose, Timing
from preflight.observe import Observer
from preflight.report import Look, Run, Summary, open_report
from preflight.sandbox.hosting import Hosting
from preflight.target import Source, Target
from preflight.verdict import Finding, Media, MessageVerdict, Outcome, Severity, Verdict
from preflight.wire.fetch import Fetcher

from .checking import settings, sinch

STARTED = 1_795_341_600.0  # 2026-11-22T10:00:00Z
Pair = tuple[Verdict, Observation | None]

PATHS = (
    "/good.jpg", "/good.mp3", "/chunked.jpg", "/chunked-when-gzip.jpg", "/no-length.jpg", "/two-lengths.jpg",
    "/octet-stream.bin", "/page.jpg", "/redirect/once", "/progressive.jpg", "/late-header.mp4", "/404.jpg", "/503.jpg",
)  # fmt: skip


def chunked(url: str) -> Finding:
    """The finding that everybody has."""
    return Finding(
        rule="chunked-transfer-encoding",
        severity=Severity.ERROR,
        message="The body is sent in chunks.",
        fix="Serve the file with a Content-Length.",
        url=url,
    )


def place(number: int, *, url: str | None = None, finding: Finding | None = None) -> Pair:
    """A place and what was seen there: by its number one in ten is rejected, one in fifty is unknown."""
    url = url or f"https://cdn{number % 7}.example.com/campaign/{number:06d}.jpg"
    if finding is None and number % 10 == 0:
        finding = chunked(url)
    if finding is None and number % 50 == 1:
        finding = replace(chunked(url), rule="timeout", unknown=True)
    outcome = Outcome.ACCEPT
    if finding is not None:
        outcome = Outcome.UNKNOWN if finding.unknown else Outcome.REJECT
    source = Source(file="media.csv", line=number + 2, column=5)
    verdict = Verdict(
        target=Target(url=url, source=source),
        outcome=outcome,
        profile="sinch",
        findings=(finding,) if finding else (),
        media=Media(
            declared_type="image/jpeg",
            detected_type="image/jpeg",
            length=26_221,
            width=320,
            height=240,
        ),
        elapsed_s=0.12,
    )
    exchanges = tuple(
        exchange(url, purpose, bool(finding)) for purpose in (Purpose.IDENTITY, Purpose.GZIP)
    )
    return verdict, Observation(target=verdict.target, observed_at=STARTED, exchanges=exchanges)


def exchange(
    url: str, purpose: Purpose, chunks: bool = False, *fields: tuple[str, str]
) -> Exchange:
    """A request after one redirect, and its answer."""
    framing = ("Transfer-Encoding", "chunked") if chunks else ("Content-Length", "26221")
    fields = (("Server", "nginx/1.22"), ("Content-Type", "image/jpeg"), framing, *fields)
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return Exchange(
        purpose=purpose,
        url=url,
        hops=(Hop(url="http://cdn.example.com/old.jpg", status=301, location=url),),
        request=f"GET /a.jpg HTTP/1.1\r\nHost: cdn.example.com\r\nAccept-Encoding: {purpose}\r\n\r\n",
        peer="203.0.113.7",
        timing=Timing(dns=0.001, connect=0.01, tls=0.02, first_byte=0.03, body=0.04, total=0.12),
        raw_head=f"HTTP/1.1 200 OK\r\n{lines}\r\n",
        head=Head(
            version="HTTP/1.1",
            status=200,
            reason="OK",
            fields=fields,
            lengths=None if chunks else ("26221",),
            codings=("chunked",) if chunks else None,
        ),
        body=Body(end=BodyEnd.COMPLETE, received=26_221),
    )


def write(
    path: Path, pairs: Iterable[Pair], messages: tuple[MessageVerdict, ...] = (), **changes: object
) -> Path:
    """Write a report; ``changes`` are fields of Run."""
    counts = dict.fromkeys(Outcome, 0)
    with path.open("w", encoding="utf-8") as out:
        report = open_report("html", out, Look())
        for verdict, observation in pairs:
            counts[verdict.outcome] += 1
            report.add(verdict, observation)
        summary = Summary(
            checked=sum(counts.values()),
            accepted=counts[Outcome.ACCEPT],
            rejected=counts[Outcome.REJECT],
            unknown=counts[Outcome.UNKNOWN],
        )
        run = Run(
            profile="sinch", started_at=STARTED, elapsed_s=1.2, summary=summary, messages=messages
        )
        report.finish(replace(run, **changes))  # type: ignore[arg-type]
    return path


async def from_sandbox(path: Path) -> Path:
    """A report on real exchanges with the sandbox, two messages in it."""
    async with Hosting() as hosting:
        targets = [
            Target(url=hosting.url(each), source=Source(file="media.csv", line=line, column=1))
            for line, each in enumerate(PATHS, start=2)
        ]
        fetcher = Fetcher(settings())
        observer = Observer(fetcher=fetcher, thumbnail=draw)
        seen = [await observer.observe(each) for each in targets]
        await fetcher.close()
        urls = [hosting.url(each) for each in ("/good.jpg", "/good.mp3", "/chunked.jpg")]
    profile = sinch()
    pairs = [(judge(each, profile), each) for each in seen]
    verdicts = [verdict for verdict, _ in pairs]
    messages = tuple(judge_message(each, verdicts, profile) for each in _messages(urls))
    return write(path, pairs, messages, notes=("An ignore of campaign/** ended on 2026-11-01.",))


def _messages(urls: list[str]) -> tuple[Message, ...]:
    image, audio, broken = urls
    first = Slide(text="20% off this weekend.", media=(SlideMedia(kind="image", url=image),))
    second = Slide(text="Listen:", media=(SlideMedia(kind="audio", url=audio),))
    third = Slide(media=(SlideMedia(kind="image", url=broken),))
    return (
        Message(mms_id="35674", subject="Spring sale", slides=(first, second)),
        Message(mms_id="35675", subject="Voucher", slides=(third,)),
    )
