"""The GitLab component: both documents by GitLab's schema, and its script run by a plain shell."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers.command import Stage, environment
from helpers.programs import need

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
COMPONENT = ROOT / "templates" / "preflight.yml"
INPUT = re.compile(r"\$\[\[ inputs\.([a-z-]+) \]\]")


def documents() -> tuple[dict[str, Any], dict[str, Any]]:
    """The inputs, and the jobs with inputs left in."""
    head, jobs = yaml.safe_load_all(COMPONENT.read_text(encoding="utf-8"))
    return head["spec"]["inputs"], jobs


def filled(**given: str) -> dict[str, Any]:
    """The one job, as GitLab makes it of the inputs: a value takes an input's place, and YAML is read before."""
    inputs, jobs = documents()

    def value(match: re.Match[str]) -> str:
        default = inputs[match[1]].get("default", "")
        return given.get(match[1], str(default).lower() if isinstance(default, bool) else default)

    def fill(node: Any) -> Any:
        if isinstance(node, str):
            return INPUT.sub(value, node)
        if isinstance(node, list):
            return [fill(one) for one in node]
        return (
            {fill(key): fill(one) for key, one in node.items()} if isinstance(node, dict) else node
        )

    job: dict[str, Any] = fill(jobs)["preflight"]
    return job


def test_both_documents_fit_gitlabs_schema(tmp_path: Path) -> None:
    for name, text in zip(
        ("head", "jobs"), COMPONENT.read_text(encoding="utf-8").split("\n---\n"), strict=True
    ):
        file = tmp_path / f"{name}.yml"
        file.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", file],
            env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_inputs_stand_in_no_script_and_none_is_without_use() -> None:
    inputs, jobs = documents()
    (job,) = jobs.values()
    assert not INPUT.search(json.dumps([job["script"], job["before_script"]]))
    assert set(INPUT.findall(json.dumps(jobs))) == set(inputs)
    assert all(one["expand"] is False for one in job["variables"].values())


def test_what_sources_in_yaml_need_is_installed() -> None:
    assert filled()["variables"]["CHECK_PACKAGE"]["value"] == "mms-preflight[yaml]"


def run(path: Path, shell: str, **given: str) -> subprocess.CompletedProcess[str]:
    """The script, as a runner joins its lines, with the job's variables."""
    job = filled(**given)
    variables = {name: one["value"] for name, one in job["variables"].items()}
    own = {**variables, "PREFLIGHT_ALLOW_NETWORK": "127.0.0.0/8", "PREFLIGHT_RETRIES": "0"}
    env = environment(own)
    env["PATH"] = f"{BIN}:{env['PATH']}"
    return subprocess.run(
        [need(shell), "-ec", "\n".join(job["script"])], cwd=path, env=env,
        capture_output=True, text=True, timeout=45, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_script_checks_and_leaves_what_it_names_as_artifacts(
    tmp_path: Path, stage: Stage, shell: str
) -> None:
    (tmp_path / "media list.txt").write_text(
        f"{stage.url('/good.jpg')}\n{stage.url('/chunked.jpg')}\n", encoding="utf-8"
    )
    sources = f"media list.txt\n\n  {stage.url('/good.png')}"
    done = run(tmp_path, shell, sources=sources)
    assert done.returncode == 1, done.stderr
    job = filled()
    reports = job["artifacts"]["reports"]
    found = json.loads((tmp_path / reports["codequality"]).read_text(encoding="utf-8"))
    assert [
        one["location"] for one in found if one["check_name"] == "chunked-transfer-encoding"
    ] == [{"path": "media list.txt", "lines": {"begin": 2}}]
    for name in (reports["junit"], *job["artifacts"]["paths"]):
        assert (tmp_path / name).stat().st_size > 100


@pytest.mark.parametrize(
    "sources",
    ["$(touch owned)", "`touch owned`", "SOURCES\ntouch owned", "*.txt", "--record=owned"],
)
def test_no_shell_reads_the_sources(tmp_path: Path, sources: str) -> None:
    (tmp_path / "some.txt").write_text("https://cdn.example.com/a.jpg\n", encoding="utf-8")
    done = run(tmp_path, "sh", sources=sources, offline="true")
    assert done.returncode in (1, 2)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(("unknown", "code"), [("warn", 3), ("fail", 1)])
def test_what_could_not_be_told_warns_or_fails(
    tmp_path: Path, stage: Stage, unknown: str, code: int
) -> None:
    done = run(tmp_path, "sh", sources=stage.url("/503.jpg"), unknown=unknown)
    assert done.returncode == code, done.stdout + done.stderr
    assert filled()["allow_failure"] == {"exit_codes": 3}
