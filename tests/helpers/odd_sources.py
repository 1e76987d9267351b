"""Sources of a few lines, read as a file is: their targets, places and complaints."""

from __future__ import annotations

from pathlib import Path

import pytest

from preflight import manifest
from preflight.errors import SourceError
from preflight.manifest import Options
from preflight.target import Target

A, B = "https://a.example/1.jpg", "https://b.example/2.png"


def read(
    tmp_path: Path,
    content: str | bytes,
    name: str = "source",
    form: str | None = None,
    **options: str,
) -> list[Target]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    entries = manifest.read(str(path), form=form, options=Options(**options))
    return [entry for entry in entries if isinstance(entry, Target)]


def urls(targets: list[Target]) -> list[str]:
    return [target.url for target in targets]


def places(targets: list[Target]) -> list[tuple[str, int | None, int | None]]:
    return [(target.url, target.source.line, target.source.column) for target in targets]


def problem(
    tmp_path: Path, content: str | bytes, name: str = "source", form: str | None = None
) -> str:
    with pytest.raises(SourceError) as caught:
        read(tmp_path, content, name, form)
    said = str(caught.value)
    assert said.startswith(str(tmp_path / name)) and "\n" not in said
    return said.removeprefix(str(tmp_path / name))
