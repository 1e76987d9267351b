"""The Markdown that people read, taken apart: fenced blocks, the commands in them, inline code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Made from the code, and full of the commands of other people's servers.
GENERATED = {"rules.md", "profiles.md", "codes.md", "servers.md"}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, its lines."""

    place: str
    language: str
    text: str


def blocks_of(text: str, name: str) -> Iterator[Block]:
    """Every fenced block, in lists and quotes too."""
    fence = re.compile(r"^([ >]*)(`{3,}|~{3,})[ ]*([\w{}-]*)[^`\n]*$")
    opened: tuple[str, str, int] | None = None
    body: list[str] = []
    language = ""
    for number, line in enumerate(text.splitlines(), 1):
        match = fence.match(line)
        if opened is None and match:
            opened, language, body = (match[1], match[2], number), match[3], []
        elif opened and match and match[2].startswith(opened[1]) and not match[3]:
            yield Block(f"{name}:{opened[2]}", language, "\n".join(body))
            opened = None
        elif opened:
            body.append(line[len(opened[0]) :] if line.startswith(opened[0]) else line.lstrip(" >"))
    assert opened is None, f"{name}:{opened[2]}: the block is not closed" if opened else ""


BLOCKS = [
    block for page in PAGES for block in blocks_of(page.read_text(encoding="utf-8"), str(page.relative_to(ROOT)))
]  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A command, and the output that stands below it."""

    place: str
    command: str
    output: tuple[str, ...]


def examples_of(block: Block) -> Iterator[Example]:
    """The commands of a block: a line goes on after a backslash, and a comment may follow two spaces."""
    parts = re.split(r"^\$ ", block.text.replace("\\\n", " "), flags=re.MULTILINE)
    assert not parts[0].strip(), f"{block.place} does not begin with a command"
    for part in parts[1:]:
        command, *output = part.splitlines()
        shown = tuple(" ".join(line.split()) for line in output if line.strip())
        yield Example(block.place, re.sub(r"\s+#\s.*", "", command).strip(), shown)


EXAMPLES = [one for block in BLOCKS if block.language in ("console", "shell-session") for one in examples_of(block)]  # fmt: skip


def spans() -> Iterator[tuple[Path, str]]:
    """Every piece of inline code."""
    for page in PAGES:
        text = re.sub(
            r"^( *)```.*?^\1```",
            "",
            page.read_text(encoding="utf-8"),
            flags=re.DOTALL | re.MULTILINE,
        )
        for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text):
            yield page, " ".join(span.split())
