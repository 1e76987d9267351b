"""The pre-commit hooks, judged and run by pre-commit itself."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.command import Result, Stage, environment, preflight

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
HOOKS: dict[str, dict[str, Any]] = {
    hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
}
GIT = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
}  # fmt: skip


def run(path: Path, *words: str, **env: str) -> Result:
    """A program in a directory."""
    done = subprocess.run(
        words, cwd=path, env=environment({**GIT, **env}), capture_output=True, text=True, check=False
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)


def git(path: Path, *words: str) -> str:
    done = run(path, "git", *words)
    assert done.code == 0, done.all
    return done.out


def test_pre_commit_takes_the_manifest() -> None:
    done = run(ROOT, str(BIN / "pre-commit"), "validate-manifest", str(MANIFEST))
    assert done.code == 0, done.all


def test_one_never_needs_the_network_and_the_other_never_runs_beside_itself() -> None:
    offline, online = HOOKS["preflight-manifest"], HOOKS["preflight"]
    assert "--offline" in offline["entry"] and "--offline" not in online["entry"]
    assert online["require_serial"] and online["stages"] == ["pre-push", "manual"]
    assert "stages" not in offline


def test_what_the_files_need_is_installed_with_the_hooks() -> None:
    """pre-commit installs the package without extras, and the hooks take YAML."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    for hook in HOOKS.values():
        assert re.search(hook["files"], "media.yml")
        assert hook["additional_dependencies"] == extras["yaml"] == ["pyyaml>=6"]


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("media.txt", True), ("campaigns/spring/media.csv", True), ("messages.toml", True), ("media.de.yaml", True),
        ("messages-2.toml", False), ("multimedia.txt", False), ("media.jpg", False), ("media/notes.md", False),
    ],
)  # fmt: skip
def test_which_files_are_taken(name: str, taken: bool) -> None:
    for hook in HOOKS.values():
        assert bool(re.search(hook["files"], name)) == taken


@pytest.mark.parametrize(
    ("text", "code"),
    [("https://cdn.example.com/a.jpg\n", 0), ("https://cdn.example.com/a b.jpg\n", 1), ("http://10.0.0.1/a.jpg\n", 1)],
)  # fmt: skip
def test_what_the_offline_hook_says(tmp_path: Path, text: str, code: int) -> None:
    (tmp_path / "media.txt").write_text(text, encoding="utf-8")
    words = HOOKS["preflight-manifest"]["entry"].split()[1:]
    done = preflight(*words, "media.txt", cwd=tmp_path)
    assert done.code == code, done.all


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_tried_with_pre_commit(tmp_path: Path, stage: Stage) -> None:
    """Both hooks, installed by pre-commit from a clone of this repository, with packages from the index."""
    hooks, suite = tmp_path / "hooks", tmp_path / "suite"
    git(tmp_path, "clone", "-q", str(ROOT), str(hooks))
    suite.mkdir()
    git(suite, "init", "-q", "-b", "main")
    (suite / "media.txt").write_text(f"{stage.url('/chunked.jpg')}\n", encoding="utf-8")
    (suite / "media.yml").write_text("image: https://cdn.example.com/a.jpg\n", encoding="utf-8")
    git(suite, "add", ".")
    env = {
        "PRE_COMMIT_HOME": str(tmp_path / "home"), "PREFLIGHT_ALLOW_NETWORK": "127.0.0.0/8", "NO_COLOR": "1",
    }  # fmt: skip
    base = (str(BIN / "pre-commit"), "try-repo", str(hooks))
    offline = run(suite, *base, "preflight-manifest", "--all-files", **env)
    assert offline.code == 0, offline.all
    assert not stage.hosting.requests
    online = run(suite, *base, "preflight", "--all-files", "--hook-stage", "manual", **env)
    assert online.code == 1, online.all
    assert "chunked-transfer-encoding" in online.out
