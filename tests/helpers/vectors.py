"""The vector file: raw answers, and the verdict that each must get."""

from __future__ import annotations

import gzip
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.checking import PNG
from helpers.replay import End, Step

FILE = Path(__file__).parents[2] / "fixtures" / "wire" / "vectors.toml"

_GZIP = gzip.compress(PNG, mtime=0)
_NAMED = {"png": PNG, "gz": _GZIP, "gzn": str(len(_GZIP)).encode()}
_MACRO = re.compile(r"\{(\w+)\}|\{(\d+)\*((?:[^{}]|\{[^{}]*\})*)\}", re.DOTALL)


def _chunks(data: bytes) -> bytes:
    half = len(data) // 2
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (data[:half], data[half:], b""))


_NAMED["chunks"] = _chunks(PNG)
_NAMED["gzchunks"] = _chunks(_GZIP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """One answer, the answer to the gzip request where that is another one, and the exact verdict."""

    number: int
    section: str
    title: str
    steps: tuple[Step, ...]
    gzip_steps: tuple[Step, ...]
    errors: list[str]
    warnings: list[str]
    outcome: str
    slow: bool
    surplus: bool

    @property
    def id(self) -> str:
        """Number and title."""
        return f"{self.number}: {self.title}"


def octets(text: str, host: str = "127.0.0.1:80") -> bytes:
    """The bytes that a text of the vector file stands for."""

    def expand(match: re.Match[str]) -> str:
        name, count, part = match.groups()
        if count is not None:
            return _MACRO.sub(expand, part) * int(count)
        return host if name == "host" else _NAMED[name].decode("latin-1")

    return _MACRO.sub(expand, text).encode("latin-1")


def _steps(raw: Mapping[str, Any], host: str) -> tuple[Step, ...]:
    if "raw" in raw:
        data = octets(raw["raw"], host)
    else:
        head = "\r\n".join(raw["head"]) + "\r\n\r\n"
        data = octets(head, host) + octets(raw.get("body", ""), host)
    end = raw.get("end", "keep")
    return (data,) if end == "keep" else (data, End(end))


def load_vectors(host: str = "127.0.0.1:80") -> list[Vector]:
    """All vectors; ``host`` is what ``{host}`` stands for."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))["vector"]
    vectors = []
    section = ""
    for number, one in enumerate(raw, start=1):
        section = one.get("section", section)
        steps = _steps(one, host)
        vectors.append(
            Vector(
                number=number, section=section, title=one["title"], steps=steps,
                gzip_steps=_steps(one["gzip"], host) if "gzip" in one else steps,
                errors=sorted(one.get("errors", [])), warnings=sorted(one.get("warnings", [])), outcome=one["outcome"],
                slow=one.get("slow", False), surplus=one.get("surplus", False),
            )
        )  # fmt: skip
    return vectors
