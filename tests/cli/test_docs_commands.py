"""What README and the docs tell people to type is run, and does what it should.

Fenced ``console`` blocks are run line by line against the sandbox, in a directory with the files that they name. ``python`` blocks are
compiled, and run unless the table says why not. Lines of a block that are no commands are output, which a run must show.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest
from helpers.command import Stage, environment
from helpers.pages import BLOCKS, EXAMPLES, Block, Example

BIN = Path(sys.executable).parent
NOT_RUN = {
    "make demo": "installs from a package index; `preflight demo` is run here",
    "make test": "runs the tests, this one among them",
    "pipx install mms-preflight": "installs from a package index",
    "pre-commit run preflight --hook-stage manual --all-files": "needs a configured clone; tests/places/test_hooks.py runs it",
    "docker build --tag preflight .": "needs a container engine",
    "docker run --rm --network none preflight demo": "needs a container engine",
    'docker run --rm --volume "$PWD:/work:ro" preflight check media.txt': "needs a container engine",
}
"""Commands that cannot run here as they are, and why."""
TO_RUN = {(one.command, one.output): one for one in EXAMPLES if one.command not in NOT_RUN}
"""Once each, however many pages say the same."""
LET_IN = 'allow_networks=["127.0.0.0/8"]'
NOT_RUN_PYTHON = {"@rule(Severity.ERROR)": "a rule by itself: its module has the imports"}
"""The first line of a block that is compiled only, and why."""


def test_no_command_hides_in_another_kind_of_block() -> None:
    kinds = {block.language for block in BLOCKS}
    assert kinds <= {
        "console",
        "text",
        "python",
        "toml",
        "yaml",
        "json",
        "ini",
        "{toctree}",
        "{literalinclude}",
    }, kinds
    assert not [block.place for block in BLOCKS if block.language == "text" and re.search(r"^\$ ", block.text, re.MULTILINE)]  # fmt: skip


def test_the_table_of_what_is_not_run_is_kept() -> None:
    gone = NOT_RUN.keys() - {one.command for one in EXAMPLES}
    assert not gone, f"no page says these any more: {gone}"
    firsts = {block.text.splitlines()[0] for block in BLOCKS if block.language == "python"}
    assert not NOT_RUN_PYTHON.keys() - firsts


@pytest.fixture
def desk(tmp_path: Path, stage: Stage) -> Path:
    """A directory with the files that the pages name."""
    good = stage.url("/good.jpg")
    files = {
        "media.txt": f"{good}\n{stage.url('/good.mp3')}\n",
        "campaign.csv": f"name,image\nspring,{good}\n",
        "messages.toml": f'[[message]]\nmms-id = "35674"\nsubject = "Spring sale"\n[[message.slide]]\ntext = "20% off"\nimage = "{good}"\n',
        "test_media.py": stand_ins(
            "\n".join(block.text for block in BLOCKS if "assert_servable" in block.text and block.language == "python"), stage
        ),
    }  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    stage.gateway.save("35674", [good])
    return tmp_path


def stand_ins(text: str, stage: Stage) -> str:
    """The text with the sandbox's good files in place of those at example.com."""
    return re.sub(
        r"https://[\w.-]*example\.com/[\w./-]*?(\.\w+)?(?=[\s\"'\]),;]|$)",
        lambda match: stage.url(f"/good{match[1] or '.jpg'}"),
        text,
    )


@pytest.mark.parametrize("example", TO_RUN.values(), ids=lambda one: one.command)
def test_the_command_runs(example: Example, desk: Path, stage: Stage) -> None:
    words = stand_ins(example.command, stage)
    words = words.replace(
        "preflight send ", f"preflight send --endpoint {stage.gateway.endpoint_xml} "
    )
    env = environment({
        "PREFLIGHT_ALLOW_NETWORK": "127.0.0.0/8", "PREFLIGHT_API_KEY": "sandbox-key",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p preflight.pytest_plugin --preflight-allow-network=127.0.0.0/8",
    })  # fmt: skip
    env["PATH"] = f"{BIN}{os.pathsep}{env['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", words], cwd=desk, env=env, capture_output=True, text=True, timeout=50, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{example.place}: {done.stdout}{done.stderr}"
    seen = " ".join((done.stdout + done.stderr).split())
    for line in example.output:
        assert stand_ins(line, stage) in seen, f"{example.place} shows {line!r}"


@pytest.mark.parametrize(
    "block", [one for one in BLOCKS if one.language == "python"], ids=lambda one: one.place
)
def test_the_python_compiles_and_runs(
    block: Block, desk: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = re.sub(r"\bGuard\(", f"Guard({LET_IN}, ", stand_ins(block.text, stage))
    text = re.sub(r"\bpreflight\.(?:check|require)\(urls", rf"\g<0>, {LET_IN}", text)
    code = compile(text, block.place, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if block.text.splitlines()[0] in NOT_RUN_PYTHON:
        return
    names = {"__name__": "example", "urls": [stage.url("/good.jpg")]}
    monkeypatch.chdir(desk)
    result = FunctionType(code, names)()
    if inspect.iscoroutine(result):
        asyncio.run(result)
        assert stage.hosting.counts, f"{block.place} awaits something, and nothing was fetched"
