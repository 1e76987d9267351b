"""Make docs/report-light.png and docs/report-dark.png: a report on real exchanges with the sandbox, seen by a browser.

Needs node, chromium and ``npm ci --ignore-scripts``. Run it from the project's folder: ``python docs/make_pictures.py``.
"""

from __future__ import annotations

import asyncio
import io
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from helpers import report_pages  # noqa: E402
from helpers.checking import settings, sinch  # noqa: E402

from preflight.judging import judge, judge_message  # noqa: E402
from preflight.media.thumbnail import draw  # noqa: E402
from preflight.message import Message, Slide, SlideMedia  # noqa: E402
from preflight.observe import Observer  # noqa: E402
from preflight.recording import dump, load  # noqa: E402
from preflight.sandbox.answers import served  # noqa: E402
from preflight.sandbox.hosting import Hosting  # noqa: E402
from preflight.sandbox.paths import Case  # noqa: E402
from preflight.target import Source, Target  # noqa: E402
from preflight.wire.fetch import Fetcher  # noqa: E402

Colour = tuple[int, int, int]
LIMIT = 200_000  # bytes of one picture

# (host in the picture, path in the sandbox); the first two are drawn here.
MEDIA = (
    ("media.example.com", "/meadow.jpg"), ("media.example.com", "/dunes.jpg"), ("media.example.com", "/good.mp3"),
    ("media.example.com", "/good.mp4"), ("media.example.com", "/good.png"), ("cdn.example.net", "/chunked.jpg"),
    ("cdn.example.net", "/chunked-when-gzip.jpg"), ("cdn.example.net", "/chunked.mp4"), ("cdn.example.net", "/no-length.jpg"),
    ("cdn.example.net", "/good.gif"), ("cdn.example.net", "/octet-stream.bin"), ("old.example.org", "/page.jpg"),
    ("old.example.org", "/truncated.jpg"), ("old.example.org", "/redirect/once"), ("old.example.org", "/503.jpg"),
    ("old.example.org", "/progressive.jpg"),
)  # fmt: skip


def landscape(sky: tuple[Colour, Colour], hills: tuple[Colour, ...], sun: Colour) -> bytes:
    """A JPEG of hills under a sun."""
    width, height = 640, 480
    picture = Image.new("RGB", (width, height))
    pen = ImageDraw.Draw(picture)
    for y in range(height):
        shade = tuple(round(a + (b - a) * y / height) for a, b in zip(*sky, strict=True))
        pen.line([(0, y), (width, y)], fill=shade)
    pen.ellipse([422, 77, 525, 180], fill=sun)
    for depth, colour in enumerate(hills):
        wave = [(x, height * (0.55 + 0.13 * depth + 0.06 * math.sin(x / width * 6.3 * (1 + 0.4 * depth) + depth * 2)))
                for x in range(0, width + 8, 8)]  # fmt: skip
        pen.polygon([(0, height), *wave, (width, height)], fill=colour)
    out = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(0.8)).save(out, "JPEG", quality=85)
    return out.getvalue()


def cases() -> list[Case]:
    """Two pictures for the sandbox to host."""
    drawn = {
        "/meadow.jpg": landscape(((120, 180, 235), (250, 225, 190)), ((90, 150, 90), (60, 120, 75), (40, 95, 60)), (255, 240, 190)),
        "/dunes.jpg": landscape(((70, 70, 140), (250, 160, 120)), ((210, 150, 100), (190, 120, 80), (150, 90, 70)), (255, 220, 160)),
    }  # fmt: skip
    return [
        Case(
            path=path, title="a landscape", respond=lambda _, data=data: served("image/jpeg", data)
        )
        for path, data in drawn.items()
    ]


def messages() -> tuple[Message, ...]:
    """Three messages: one that arrives, one that half does, one that does not."""

    def medium(kind: str, number: int) -> SlideMedia:
        host, path = MEDIA[number]
        return SlideMedia(kind=kind, url=f"https://{host}{path}")

    return (
        Message(mms_id="35674", name="Spring sale", subject="Spring is here", slides=(
            Slide(text="20% off everything in the garden, this weekend only.", media=(medium("image", 0),)),
            Slide(text="Listen to the bell of the new shop.", media=(medium("audio", 2),)))),
        Message(mms_id="35675", name="Summer teaser", subject="Long days ahead", slides=(
            Slide(text="The new collection is here.", media=(medium("image", 1),)),
            Slide(text="See it move.", media=(medium("video", 7),)))),
        Message(mms_id="35676", name="Voucher", slides=(Slide(media=(medium("image", 5),)),)),
    )  # fmt: skip


async def page(path: Path) -> None:
    """Fetch from the sandbox, give the hosts names, judge, and write the report."""
    profile = sinch()
    async with Hosting(cases=cases()) as hosting:
        here = hosting.origin.partition("//")[2]
        observer = Observer(fetcher=Fetcher(settings()), thumbnail=draw)
        seen = []
        for line, (host, each) in enumerate(MEDIA, start=2):
            target = Target(
                url=hosting.url(each),
                source=Source(file="campaigns/spring.csv", line=line, column=9),
            )
            text = dump(
                await observer.observe(target), version="", profile="sinch", show_secrets=True
            ).decode()
            text = (
                text.replace(hosting.origin, f"https://{host}")
                .replace(here, host)
                .replace("127.0.0.1", "203.0.113.24")
            )
            seen += [observation for observation, _ in load([text.encode()])]
        await observer.fetcher.close()
    pairs = [(judge(each, profile), each) for each in seen]
    verdicts = [verdict for verdict, _ in pairs]
    judged = tuple(judge_message(each, verdicts, profile) for each in messages())
    report_pages.write(path, pairs, judged, elapsed_s=4.2)


def small(path: Path) -> None:
    """Fewer colours, so that the picture stays small."""
    picture = (
        Image.open(path)
        .convert("RGB")
        .quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    )
    picture.save(path, optimize=True)
    size = path.stat().st_size
    if size > LIMIT:
        raise SystemExit(f"{path.name} has {size:,} bytes, more than {LIMIT:,}")


def main() -> None:
    """Write both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        asyncio.run(page(report))
        for scheme in ("light", "dark"):
            picture = ROOT / "docs" / f"report-{scheme}.png"
            script = ROOT / "tests" / "browser" / "report_page.mjs"
            job = {
                "file": str(report),
                "scenario": "picture",
                "picture": str(picture),
                "scheme": scheme,
            }
            command = ["node", str(script), "/usr/bin/chromium"]
            subprocess.run(  # noqa: S603 - our own words
                command,
                input=json.dumps(job), text=True, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            small(picture)


if __name__ == "__main__":
    main()
