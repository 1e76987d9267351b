"""Draw the README's picture: a real check of the sandbox, as a terminal shows it, in SVG for light and dark."""

from __future__ import annotations

import asyncio
import html
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from preflight.sandbox.hosting import Hosting

DOCS = Path(__file__).parent
PATHS = ("/cloudfront.jpg", "/s3.jpg", "/page.jpg", "/good.jpg", "/good.mp4")
COLUMNS, LINE, CHAR = 100, 19, 8.43
SCHEMES = {
    "light": {"back": "#ffffff", "text": "#1f2328", "31": "#b42318", "32": "#1a7f37", "33": "#8a5a00", "36": "#0b6b8a", "2": "#59636e"},
    "dark": {"back": "#0d1117", "text": "#e6edf3", "31": "#ff7b72", "32": "#56d364", "33": "#e3b341", "36": "#76e3ea", "2": "#9198a1"},
}  # fmt: skip


async def text() -> str:
    """What ``preflight judge`` prints for a recording of the sandbox, under a host name that people recognise."""
    async with Hosting() as hosting:
        with tempfile.TemporaryDirectory() as folder:
            seen = Path(folder) / "seen.jsonl"
            command = [sys.executable, "-m", "preflight"]
            check = await asyncio.create_subprocess_exec(
                *command, "check", *(hosting.url(path) for path in PATHS), "--allow-network", "127.0.0.0/8",
                "--record", str(seen), stdout=subprocess.DEVNULL,
            )  # fmt: skip
            await check.wait()
            seen.write_text(seen.read_text().replace(hosting.origin, "https://cdn.example.com"))
            environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(COLUMNS)}
            judge = await asyncio.create_subprocess_exec(
                *command, "judge", str(seen), stdout=subprocess.PIPE, env=environment
            )
            out, _ = await judge.communicate()
            return out.decode()


def svg(shown: str, scheme: dict[str, str]) -> str:
    """The text with its SGR codes as an SVG of the same columns."""
    lines = ["$ preflight check media.txt", "", *shown.rstrip().split("\n")]
    width, height = COLUMNS * CHAR + 40, len(lines) * LINE + 40
    rows = [
        f'<text x="20" y="{34 + number * LINE}" xml:space="preserve">{_spans(line, scheme)}</text>'
        for number, line in enumerate(lines)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" height="{height}" role="img" '
        f'aria-label="preflight check: a report in a terminal" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" '
        f'font-size="14" fill="{scheme["text"]}"><rect width="100%" height="100%" rx="10" fill="{scheme["back"]}"/>{"".join(rows)}</svg>\n'
    )


def _spans(line: str, scheme: dict[str, str]) -> str:
    shown, style = [], ""
    line = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\", "", line)
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if code:
            codes = code[1].split(";")
            color = next((scheme[one] for one in codes if one in scheme), None)
            style = (f' fill="{color}"' if color else "") + (
                ' font-weight="bold"' if "1" in codes else ""
            )
        elif part:
            shown.append(f"<tspan{style}>{html.escape(part)}</tspan>")
    return "".join(shown)


def main() -> None:
    """Write both pictures."""
    shown = asyncio.run(text())
    for name, scheme in SCHEMES.items():
        (DOCS / f"terminal-{name}.svg").write_text(svg(shown, scheme), encoding="utf-8")


if __name__ == "__main__":
    main()
