"""Completion in the shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.command import command, environment, preflight
from helpers.programs import need


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_the_shells_own(shell: str, tmp_path: Path) -> None:
    done = preflight("completion", shell)
    assert done.code == 0 and "_PREFLIGHT_COMPLETE" in done.out and not done.err
    if shutil.which(shell):
        (tmp_path / "script").write_text(done.out)
        subprocess.run([shell, "-n", "script"], cwd=tmp_path, check=True, timeout=20)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("preflight ex", "explain"),
        ("preflight explain chunk", "chunked-transfer-encoding"),
        ("preflight profiles tw", "twilio"),
        ("preflight check --sel", "--select"),
        ("preflight check --select web-p", "web-page-content"),
        ("preflight check -f sar", "sarif"),
        ("preflight check --fail-on w", "warning"),
        ("preflight completion f", "fish"),
    ],
)
def test_bash_completes(line: str, wanted: str) -> None:
    env = {
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
        "_PREFLIGHT_COMPLETE": "bash_complete",
    }
    done = subprocess.run(
        command(), env=environment(env), capture_output=True, text=True, timeout=20, check=False
    )
    assert f"plain,{wanted}" in done.stdout.splitlines() and not done.stderr


def test_bash_itself_completes_with_the_script(tmp_path: Path) -> None:
    bash = need("bash")
    (tmp_path / "script").write_text(preflight("completion", "bash").out)
    (tmp_path / "preflight").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m preflight "$@"\n')
    (tmp_path / "preflight").chmod(0o755)
    program = (
        "source script; COMP_WORDS=(preflight explain late-m); COMP_CWORD=2;"
        ' _preflight_completion preflight late-m explain; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([bash, "-c", program], cwd=tmp_path, env=environment(env), capture_output=True, text=True, timeout=20, check=False)  # fmt: skip
    assert done.stdout.split() == ["late-movie-header"], done
