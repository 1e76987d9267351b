"""The sandbox gateway judges with code of its own, and the hosting needs no library."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import preflight.sandbox
from preflight.sandbox import PATHS, codes, recognise

ROOM = Path(preflight.sandbox.__file__).parent
CELLAR = {"errors", "verdict"}


def imported(path: Path) -> set[str]:
    """The names of the rooms outside the sandbox that a module imports."""
    depth = len(path.relative_to(ROOM).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level > depth:
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("preflight"):
            found.add("preflight")
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.startswith("preflight")}
    return found


@pytest.mark.parametrize("path", sorted(ROOM.rglob("*.py")), ids=lambda path: path.name)
def test_the_sandbox_shares_nothing_with_the_judge(path: Path) -> None:
    assert imported(path) <= CELLAR


def test_hosting_loads_without_any_library() -> None:
    code = (
        "import sys, preflight.sandbox.hosting;"
        "print(sorted({'aiohttp', 'PIL', 'magic', 'mutagen', 'yarl'} & set(sys.modules)))"
    )
    root = str(ROOM.parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.strip() == "[]"


def test_every_code_of_the_table_has_a_meaning() -> None:
    used = {case.gateway for case in PATHS.values()} - {""}
    used |= set(codes.COPY_FAILED.values()) | set(codes.TOO_BIG.values())
    used |= set(codes.REFUSED_RECIPIENTS.values())
    assert used <= set(codes.INFO)


@pytest.mark.parametrize(
    ("declared", "start", "expected"),
    [
        (["image/jpeg"], b"\xff\xd8\xff\xe0", "image/jpeg"),
        (["IMAGE/JPG ; q=1"], b"\xff\xd8\xff\xe0", "image/jpeg"),
        (["image/jpeg", "Image/Jpeg"], b"\xff\xd8\xff\xe0", "image/jpeg"),
        (["image/jpeg", "image/png"], b"\xff\xd8\xff\xe0", None),
        (["image/png"], b"\xff\xd8\xff\xe0", None),
        ([], b"\xff\xd8\xff\xe0", None),
        ([""], b"\xff\xd8\xff\xe0", None),
        (["jpeg"], b"\xff\xd8\xff\xe0", None),
        (["application/octet-stream"], b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (["application/octet-stream"], b"\x00\x00\x00\x18ftyp3gp6", "video/3gpp"),
        (["binary/octet-stream"], b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (["binary/octet-stream"], b"\x8f\x01\xf3\x9c", None),
        (["audio/mp3"], b"ID3\x03\x00", "audio/mpeg"),
        (["audio/mpeg"], b"no frames at all", "audio/mpeg"),
        (["image/jpeg"], b"  <!DOCTYPE html>", None),
    ],
)
def test_header_and_bytes_must_agree(
    declared: list[str], start: bytes, expected: str | None
) -> None:
    assert recognise.media_type_of(declared, start) == expected


@pytest.mark.parametrize(
    ("body", "closed"),
    [
        (b"\0\0\0\x08moov\0\0\0\x00mdat123", True),  # a size of 0: to the end of the file
        (
            b"\0\0\0\x08moov\0\0\0\x01mdat\0\0\0\0\0\0\0\x1112345",
            False,
        ),  # bytes behind the last box
        (b"\0\0\0\x08moov\0\0\0\x01mdat\0\0\0\0\0\0\0\x111", True),
        (b"\0\0\0\x0cmdat1234", False),  # no movie header
        (b"\0\0\0\x02moov", True),  # a size below its own header is read as the header
        (b"", False),
    ],
)
def test_boxes_must_end_with_the_file(body: bytes, closed: bool) -> None:
    assert recognise.plays("video/mp4", body) is closed
