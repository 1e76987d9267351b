"""The container image's recipe, as linters see it. No image is built here: that needs an engine."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from helpers.command import environment

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()


def linted(path: Path) -> subprocess.CompletedProcess[str]:
    """hadolint's findings, the least one too."""
    return subprocess.run(
        [BIN / "hadolint", "--no-color", "--failure-threshold", "style", path],
        env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_hadolint_finds_nothing() -> None:
    done = linted(ROOT / "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_hadolint_would_find_a_base_without_a_tag(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM python\nRUN cd /tmp && pip install x\n", encoding="utf-8")
    assert {"DL3006", "DL3042"} <= set(linted(file).stdout.split())


def test_it_runs_preflight_as_nobody_in_particular() -> None:
    last = LINES[max(number for number, line in enumerate(LINES) if line.startswith("FROM ")) :]
    assert 'ENTRYPOINT ["preflight"]' in last
    users = [line.split()[1] for line in last if line.startswith("USER ")]
    assert users and all(user.split(":")[0].isdigit() and int(user.split(":")[0]) for user in users)
    assert not any(line.startswith("ADD ") for line in LINES)


def test_the_context_holds_what_the_build_copies_and_what_the_package_needs() -> None:
    let_in = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }  # fmt: skip
    copied = {
        name for line in LINES if line.startswith("COPY ") and "--from" not in line for name in line.split()[1:-1]
    }  # fmt: skip
    assert copied == let_in
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {project["readme"], *project["license-files"], "pyproject.toml", "preflight"} <= copied


@pytest.mark.parametrize("name", ["yaml"])
def test_its_extras_are_there(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert any(f".[{name}]" in line for line in LINES)
    assert name in project["optional-dependencies"]
