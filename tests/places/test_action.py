"""The GitHub action: its form and safety judged from outside, its scripts run with the files that a runner gives."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from helpers.command import Stage, environment

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
SCRIPTS = ROOT / "ci" / "github"
FORMS = {
    "vendor.github-actions": ["action.yml"],
    "vendor.github-workflows": [".github/workflows/ci.yml"],
    "vendor.dependabot": [".github/dependabot.yml"],
    "vendor.github-issue-config": [".github/ISSUE_TEMPLATE/config.yml"],
    "vendor.github-issue-forms": [
        f".github/ISSUE_TEMPLATE/{name}.yml" for name in ("fault", "rule", "wrong-verdict")
    ],
}


def judged(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What a linter of the environment says."""
    program, *rest = words
    return subprocess.run(
        [BIN / program, *rest], cwd=cwd, env=environment(), capture_output=True, text=True, check=False
    )  # fmt: skip


@pytest.mark.parametrize("schema", FORMS)
def test_the_forms_are_githubs(schema: str) -> None:
    done = judged("check-jsonschema", "--builtin-schema", schema, *FORMS[schema])
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_yaml_file_of_github_is_judged() -> None:
    there = {str(path.relative_to(ROOT)) for path in (ROOT / ".github").rglob("*.yml")}
    assert there | {"action.yml"} == {name for names in FORMS.values() for name in names}


def test_zizmor_finds_nothing() -> None:
    done = judged(
        "zizmor", "--offline", "--no-progress", "--persona", "pedantic", "action.yml", ".github"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "completed ./action.yml" in done.stderr or "completed action.yml" in done.stderr


def test_zizmor_would_find_an_interpolated_input(tmp_path: Path) -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    bad = text.replace(
        '"$GITHUB_ACTION_PATH/ci/github/check.sh"', "preflight check ${{ inputs.sources }}"
    )
    assert bad != text
    (tmp_path / "action.yml").write_text(bad, encoding="utf-8")
    done = judged("zizmor", "--offline", "--no-progress", "action.yml", cwd=tmp_path)
    assert "template-injection" in done.stdout


def test_every_input_reaches_a_script_that_reads_it() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    used: set[str] = set()
    for step in action["runs"]["steps"]:
        used |= set(re.findall(r"inputs\.([a-z-]+)", json.dumps(step)))
        if "run" not in step:
            continue
        assert "${{" not in step["run"]
        script = ROOT / step["run"].strip('"').replace("$GITHUB_ACTION_PATH/", "")
        assert os.access(script, os.X_OK)
        text = script.read_text(encoding="utf-8")
        assert all(name in text for name in step["env"]), (
            f"{script.name} does not read all it is given"
        )
    assert used == set(action["inputs"])


@dataclass
class Runner:
    """What a runner gives a step, and what the step left there."""

    path: Path
    code: int = -1
    log: str = ""

    def run(self, script: str, **given: str) -> Runner:
        for name in ("output", "summary"):
            (self.path / name).write_text("", encoding="utf-8")
        (self.path / "temp").mkdir(exist_ok=True)
        files = {
            "GITHUB_OUTPUT": str(self.path / "output"), "GITHUB_STEP_SUMMARY": str(self.path / "summary"),
            "GITHUB_ACTION_PATH": str(ROOT), "RUNNER_TEMP": str(self.path / "temp"), "GITHUB_ACTIONS": "true",
            "PREFLIGHT_BIN": str(BIN), "PREFLIGHT_ALLOW_NETWORK": "127.0.0.0/8",
        }  # fmt: skip
        done = subprocess.run(
            [SCRIPTS / script], cwd=self.path, env=environment({**files, **given}),
            capture_output=True, text=True, timeout=500, check=False,
        )  # fmt: skip
        self.code, self.log = done.returncode, done.stdout + done.stderr
        return self

    def text(self, name: str) -> str:
        return (self.path / name).read_text(encoding="utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.text("output").splitlines())

    def report(self, name: str) -> str:
        return (Path(self.outputs["report"]) / name).read_text(encoding="utf-8")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


def test_a_check_leaves_reports_outputs_annotations_and_summary(
    runner: Runner, stage: Stage
) -> None:
    (runner.path / "media list.txt").write_text(
        f"{stage.url('/good.jpg')}\n{stage.url('/chunked.jpg')}\n", encoding="utf-8"
    )
    sources = f"  media list.txt\r\n\n\t{stage.url('/no-length.jpg')}  "
    runner.run("check.sh", INPUT_SOURCES=sources)
    assert runner.code == 0, runner.log
    assert {name: runner.outputs[name] for name in ("exit-code", "rejected", "unknown")} == {
        "exit-code": "1", "rejected": "2", "unknown": "0",
    }  # fmt: skip
    assert "::error title=chunked-transfer-encoding,file=media list.txt,line=2,col=1" in runner.log
    assert "chunked-transfer-encoding" in runner.text("summary")
    document = json.loads(runner.report("preflight.json"))
    assert [one["url"] for one in document["verdicts"]] and document["complete"]
    assert (
        Path(runner.outputs["sarif"]).read_text(encoding="utf-8").count("chunked-transfer-encoding")
    )
    assert "<html" in runner.report("preflight.html")
    assert "<testsuite" in runner.report("preflight.xml")


@pytest.mark.parametrize("annotations", ["true", "false"])
@pytest.mark.parametrize("summary", ["true", "false"])
def test_annotations_and_summary_can_each_be_had_alone(
    runner: Runner, stage: Stage, annotations: str, summary: str
) -> None:
    url = stage.url("/chunked.jpg")
    runner.run("check.sh", INPUT_SOURCES=url, INPUT_ANNOTATIONS=annotations, INPUT_SUMMARY=summary)
    assert runner.outputs["exit-code"] == "1"
    assert ("::error " in runner.log) == (annotations == "true")
    assert bool(runner.text("summary")) == (summary == "true")
    assert "chunked-transfer-encoding" in runner.log


@pytest.mark.parametrize(
    "sources",
    ["$(touch owned)", "`touch owned`", "x; touch owned", "--record=owned", "*.txt", "'\" && touch owned #", "-"],
)  # fmt: skip
def test_no_shell_reads_the_sources(runner: Runner, sources: str) -> None:
    (runner.path / "some.txt").write_text("https://cdn.example.com/a.jpg\n", encoding="utf-8")
    runner.run("check.sh", INPUT_SOURCES=sources, INPUT_OFFLINE="true")
    assert runner.code == 0
    assert runner.outputs["exit-code"] in ("1", "2"), runner.log
    assert not (runner.path / "owned").exists()


def test_what_cannot_run_has_no_counts_and_fails_the_job(runner: Runner) -> None:
    earlier = runner.run(
        "check.sh", INPUT_SOURCES="https://127.0.0.1/a b"
    ).outputs  # in the same job
    assert earlier["rejected"] == "1" and Path(earlier["report"], "preflight.json").exists()
    runner.run("check.sh", INPUT_SOURCES="")
    assert runner.outputs["exit-code"] == "2"
    assert not {"rejected", "unknown", "sarif"} & runner.outputs.keys()
    assert runner.run("verdict.sh", EXIT_CODE="2").code == 2


def test_the_other_inputs_reach_the_check(runner: Runner, stage: Stage) -> None:
    (runner.path / "strict settings.toml").write_text("profile = 'twilio'\n", encoding="utf-8")
    (runner.path / "empty.txt").write_text("# none yet\n", encoding="utf-8")
    runner.run("check.sh", INPUT_SOURCES="empty.txt", INPUT_ALLOW_EMPTY="true")
    assert runner.outputs["exit-code"] == "0"
    url = stage.url("/redirect/once")
    runner.run("check.sh", INPUT_SOURCES=url, INPUT_CONFIG="strict settings.toml")
    assert json.loads(runner.report("preflight.json"))["profile"] == "twilio"
    runner.run("check.sh", INPUT_SOURCES=url, INPUT_PROFILE="sinch", INPUT_FAIL_ON="warning")
    assert runner.outputs["exit-code"] == "1"
    assert json.loads(runner.report("preflight.json"))["profile"] == "sinch"
    stage.hosting.forget()
    runner.run("check.sh", INPUT_SOURCES=url, INPUT_OFFLINE="true")
    assert runner.outputs["exit-code"] == "0", runner.log
    assert not stage.hosting.requests


@pytest.mark.parametrize(
    ("code", "unknown", "end"),
    [
        ("0", "warn", 0), ("1", "warn", 1), ("2", "warn", 2), ("3", "warn", 0), ("130", "warn", 130),
        ("3", "fail", 3), ("3", "Fail", 3), ("", "warn", 2),
    ],
)  # fmt: skip
def test_the_job_ends_as_the_check_did(runner: Runner, code: str, unknown: str, end: int) -> None:
    runner.run("verdict.sh", EXIT_CODE=code, INPUT_UNKNOWN=unknown)
    assert runner.code == end
    assert ("::warning" in runner.log) == (code == "3" and unknown == "warn")


@pytest.mark.parametrize(
    "version", ["--index-url=https://evil.example", "1.0 requests", "./x", "$(id)"]
)
def test_only_a_version_is_taken_for_a_version(runner: Runner, version: str) -> None:
    assert runner.run("install.sh", INPUT_VERSION=version, PYTHON=sys.executable).code == 2
    assert "must look like" in runner.log


def test_an_old_python_is_told_so(runner: Runner) -> None:
    old = runner.path / "python"
    old.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    assert runner.run("install.sh", PYTHON=str(old)).code == 2
    assert "3.11 or newer" in runner.log


@pytest.mark.parametrize(
    ("version", "wanted"), [("", f"{ROOT}[yaml]"), ("0.1.0", "mms-preflight[yaml]==0.1.0")]
)
def test_the_action_installs_what_yaml_needs(runner: Runner, version: str, wanted: str) -> None:
    """The action takes any source; what it hands to pip is seen by a Python that only writes it down."""
    python = runner.path / "python"
    python.write_text(
        '#!/bin/sh\n[ "$2" != venv ] || { mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; }\n'
        '[ "$2" != pip ] || for word; do :; done\n[ "$2" != pip ] || echo "pip got $word"\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    runner.run("install.sh", INPUT_VERSION=version, PYTHON=str(python))
    assert (runner.code, runner.log) == (0, f"pip got {wanted}\n")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_actions_own_revision_is_installed(runner: Runner) -> None:
    copy = runner.path / "action"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    shutil.copytree(ROOT / "preflight", copy / "preflight")
    runner.run("install.sh", GITHUB_ACTION_PATH=str(copy), PYTHON=sys.executable)
    assert runner.code == 0, runner.log
    binary = Path(runner.outputs["bin"]) / "preflight"
    assert subprocess.run([binary, "--version"], check=True, capture_output=True).stdout
    (runner.path / "media.yml").write_text("a: https://cdn.example.com/a.jpg\n", encoding="utf-8")
    words = (binary, "check", "--offline", "media.yml")
    assert subprocess.run(words, cwd=runner.path, env=environment(), check=True)
