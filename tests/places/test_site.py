"""The documentation site: it builds without a warning, and a browser that shows it asks nobody else for anything."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from helpers.command import Result, environment

ROOT = Path(__file__).parents[2]
REMOTE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
# What a browser fetches by itself; <a href> and the like wait for a person.
LOADS = {
    "script": ("src",), "link": ("href",), "img": ("src", "srcset"), "source": ("src", "srcset"), "iframe": ("src",), "embed": ("src",),
    "object": ("data",), "video": ("src", "poster"), "audio": ("src",), "track": ("src",), "input": ("src",), "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"), "base": ("href",), "body": ("background",), "form": ("action",),
}  # fmt: skip
IN_CSS = re.compile(r"(?:@import\s*|url\(\s*)[\"']?((?:https?:)?//[^\"')\s;]+)", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/|^\s*//[^\n]*", re.DOTALL | re.MULTILINE)
IN_SCRIPT = re.compile(r"[\"'`]((?:https?|wss?):)?//[\w[]", re.IGNORECASE)
NAMESPACE = re.compile(r"[\"'`]http://www\.w3\.org/[\w/]+[\"'`]")


def in_css(text: str) -> list[str]:
    """The addresses elsewhere that a style sheet loads."""
    return IN_CSS.findall(COMMENT.sub("", text))


def in_script(text: str) -> list[str]:
    """Addresses elsewhere in a script, which might load them; an XML namespace is none."""
    return [match[0] for match in IN_SCRIPT.finditer(NAMESPACE.sub("", COMMENT.sub("", text)))]


class Page(HTMLParser):
    """The addresses elsewhere that a page loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("script", "style") else ""
        for name, value in attrs:
            if name in LOADS.get(tag, ()) and value and any(map(REMOTE.match, value.split(","))):
                self.loads.append(value)
            if name == "style" and value:
                self.loads += in_css(value)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.loads += in_css(data)
        elif self._inside == "script":
            self.loads += in_script(data)


def build(out: Path, source: Path = ROOT / "docs") -> Result:
    """The site, as ``make site`` builds it, elsewhere."""
    words = [
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-d",
        str(out) + ".doctrees",
        str(source),
        str(out),
    ]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    out = tmp_path_factory.mktemp("site") / "html"
    done = build(out)
    assert done.code == 0, done.all
    yield out


def test_every_page_of_the_docs_is_in_the_navigation(site: Path) -> None:
    front = (site / "index.html").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert len(pages) > 8
    for page in pages:
        assert page.name == "index.md" or f'href="{page.with_suffix(".html")}"' in front, page


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    seen = set()
    for path in sorted(site.rglob("*")):
        if path.suffix not in (".html", ".css", ".js", ".svg"):
            continue
        text = path.read_text(encoding="utf-8")
        found = {".css": in_css, ".js": in_script}.get(path.suffix, lambda page: Page(page).loads)(
            text
        )
        assert not found, f"{path.relative_to(site)}: {found}"
        seen.add(path.suffix)
    assert {".html", ".css", ".js"} <= seen


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/x.js"></script>', "<script>fetch('https://cdn.example/x')</script>",
        '<link rel="stylesheet" href="//fonts.example/css">', '<img srcset="a.png, https://cdn.example/b.png 2x">',
        "<style>@import 'https://fonts.example/css';</style>", '<p style="background:url(https://cdn.example/a.png)">',
        '<svg><image href="https://cdn.example/a.png"/></svg>',
    ],
)  # fmt: skip
def test_the_scan_would_see_a_load(text: str) -> None:
    assert Page(text).loads


def test_a_link_that_waits_for_a_person_is_no_load() -> None:
    assert not Page('<a href="https://example.com/">x</a><script src="a.js"></script>').loads


@pytest.mark.parametrize("text", ["[gone](gone.md)", "[gone](#no-such-heading)"])
def test_a_broken_link_fails_the_build(tmp_path: Path, text: str) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "conf.py").write_bytes((ROOT / "docs" / "conf.py").read_bytes())
    (docs / "index.md").write_text(f"# A page\n\n{text}\n", encoding="utf-8")
    assert build(tmp_path / "html", docs).code == 1
