"""One table of exit codes, whatever the format."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from helpers.command import LOCAL, Stage, command, environment, preflight, together

from preflight.report import FORMATS

# path, options, exit code
CODES = (
    ("/good.jpg", (), 0),
    ("/redirect/once", (), 0),
    ("/redirect/once", ("--fail-on", "warning"), 1),
    ("/chunked.jpg", (), 1),
    ("/503.jpg", ("--retries", "0"), 3),
    ("/503.jpg", ("--retries", "0", "--select", "chunked-transfer-encoding"), 0),
    ("/chunked.jpg", ("--ignore", "chunked-transfer-encoding"), 0),
    ("/chunked.jpg", ("--select", "chunked-transfer-encoding", "--fail-on", "warning"), 1),
    ("/chunked.jpg", ("--from-format", "jason"), 2),
)


def test_the_code_says_what_was_found_and_the_report_says_the_code(stage: Stage) -> None:
    runs = [("check", stage.url(path), *LOCAL, *more) for path, more, _ in CODES]
    found = together(runs)
    assert [done.code for done in found] == [code for *_, code in CODES]
    for done in found[:-1]:
        assert done.out.splitlines()[-1].startswith(f"exit code {done.code}: ")


def test_reject_outranks_unknown_and_unknown_outranks_accept(stage: Stage) -> None:
    good, unclear, bad = stage.url("/good.jpg"), stage.url("/500.jpg"), stage.url("/404.jpg")
    runs = [
        ("check", *urls, *LOCAL, "--retries", "0")
        for urls in ((good, unclear), (unclear, bad, good))
    ]
    assert [done.code for done in together(runs)] == [3, 1]


def test_a_slide_whose_host_is_busy_is_not_rejected(stage: Stage, tmp_path: Path) -> None:
    """A JPEG and a PNG that nobody could fetch may be on one slide; two JPEGs that were fetched may not."""
    slide = (
        '[[message]]\nmms-id = "1"\nsubject = "Hello"\n[[message.slide]]\nimage = ["{}", "{}"]\n'
    )
    pairs = {"busy": ("/503.jpg", "/500.jpg"), "same": ("/good.jpg", "/good.jpg?2"), "one": ("/good.jpg", "/503.jpg")}  # fmt: skip
    for name, paths in pairs.items():
        (tmp_path / f"{name}.toml").write_text(slide.format(*map(stage.url, paths)))
    runs = [
        ("check", str(tmp_path / f"{name}.toml"), *LOCAL, "--retries", "0", "-f", "json")
        for name in pairs
    ]
    busy, same, one = together(runs)
    found = [
        (done.code, [item["rule"] for item in done.json()["messages"][0]["findings"]])
        for done in (busy, same, one)
    ]
    assert found == [(3, []), (1, ["repeated-media-type"]), (3, [])]


@pytest.fixture(scope="session")
def recordings(whole_stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """A recording for each code that judging can have."""
    folder = tmp_path_factory.mktemp("recordings")
    paths = {0: "/good.jpg", 1: "/chunked.jpg", 3: "/silent.jpg"}
    files = {code: str(folder / f"{code}.jsonl") for code in paths}
    more = ("--retries", "0", "--timeout", "0.3", "--record")
    together(
        ("check", whole_stage.url(path), *LOCAL, *more, files[code]) for code, path in paths.items()
    )
    (folder / "2.jsonl").write_text("no recording\n")
    return {**files, 2: str(folder / "2.jsonl")}


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_code_does_not_depend_on_the_format(code: int, recordings: dict[int, str]) -> None:
    results = together(("judge", recordings[code], "-f", name) for name in FORMATS)
    assert {name: done.code for name, done in zip(FORMATS, results, strict=True)} == dict.fromkeys(
        FORMATS, code
    )
    silent = [name for name, done in zip(FORMATS, results, strict=True) if done.err and code != 2]
    assert silent == []


def test_an_interrupted_run_keeps_what_it_has_and_exits_with_130(
    stage: Stage, tmp_path: Path
) -> None:
    """With one job, the first URL is done when the second one is asked for."""
    good, silent = stage.url("/good.jpg"), stage.url("/silent.jpg")
    runs = [
        subprocess.Popen(
            command("check", good, silent, *LOCAL, "--jobs", "1", "-f", name), cwd=tmp_path, env=environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name in FORMATS
    ]  # fmt: skip
    stage.run(stage.asked("/silent.jpg", len(runs)))
    for run in runs:
        run.send_signal(signal.SIGINT)
    written = [run.communicate(timeout=30) for run in runs]
    assert {name: run.returncode for name, run in zip(FORMATS, runs, strict=True)} == dict.fromkeys(
        FORMATS, 130
    )
    outputs = {name: out.decode() for name, (out, _) in zip(FORMATS, written, strict=True)}
    assert [err for _, err in written if err] == []
    document = json.loads(outputs["json"])
    assert document["complete"] is False
    assert [verdict["outcome"] for verdict in document["verdicts"]] == ["accept"]
    assert json.loads(outputs["jsonl"].splitlines()[-1])["summary"]["checked"] == 1
    assert "interrupted; this is only what had finished by then" in outputs["text"]


def test_a_source_without_a_url_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("# nothing yet\n")
    runs = [("check", "empty.txt"), ("check", "empty.txt", "--allow-empty")]
    refused, allowed = together(runs, tmp_path)
    assert (
        refused.code == 2
        and "empty.txt holds no URL" in refused.err
        and "--allow-empty" in refused.err
    )
    assert allowed.code == 0 and not allowed.err


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("good.txt", "none.txt"), "none.txt holds no URL"),
        (("none.txt", "good.txt"), "none.txt holds no URL"),
        (("good.txt", "none.txt", "void.csv"), "none.txt, void.csv hold no URL"),
        (("good.txt", "-"), "standard input holds no URL"),
    ],
)
def test_an_empty_source_beside_a_full_one_is_no_success(
    stage: Stage, tmp_path: Path, names: tuple[str, ...], said: str
) -> None:
    (tmp_path / "good.txt").write_text(stage.url("/good.jpg"))
    (tmp_path / "none.txt").write_text("")
    (tmp_path / "void.csv").write_text("url\n")
    run = ("check", *names, *LOCAL)
    text, document, allowed = together(
        [run, (*run, "-f", "json"), (*run, "--allow-empty")], tmp_path
    )
    assert [one.code for one in (text, document, allowed)] == [2, 2, 0]
    assert text.err == document.err == f"preflight: {said}; if that may be, say --allow-empty\n"
    assert f"note: {said}\n" in text.out
    assert text.out.splitlines()[-1].startswith("exit code 2: not everything could be checked")
    report = document.json()
    assert report["outcome"] == "unknown"
    assert [one["outcome"] for one in report["verdicts"]] == ["accept"]


def test_an_empty_recording_beside_a_full_one_is_no_success(
    recordings: dict[int, str], tmp_path: Path
) -> None:
    (tmp_path / "none.jsonl").write_text("")
    run = ("judge", "none.jsonl", recordings[0])
    refused, allowed = together([run, (*run, "--allow-empty")], tmp_path)
    said = "none.jsonl holds no observation"
    assert refused.err == f"preflight: {said}; if that may be, say --allow-empty\n"
    assert f"note: {said}\n" in refused.out and "1 accepted" in refused.out
    assert (refused.code, allowed.code) == (2, 0)


def test_a_source_that_breaks_off_says_so_in_the_report(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(stage.url("/good.jpg"))
    done = preflight("check", "good.txt", "missing.txt", *LOCAL, cwd=tmp_path)
    assert done.code == 2 and "missing.txt" in done.err
    assert "1 accepted" in done.out and "note: " in done.out
    assert done.out.splitlines()[-1].startswith("exit code 2: not everything could be checked")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_no_code_and_no_report(
    closed: str, stage: Stage, tmp_path: Path
) -> None:
    """What closes a stream instead of sending it to /dev/null lets the next socket take its number."""
    under = ("sh", "-c", f'exec "$@" {closed}', "sh")
    for path, code in (("/good.jpg", 0), ("/chunked.jpg", 1)):
        words = ("check", stage.url(path), *LOCAL, "-f", "json=seen.json", "-f", "text")
        done = preflight(*words, cwd=tmp_path, under=under)
        assert (done.code, done.err) == (code, "")
        assert (f"exit code {code}: " in done.out) is (">&-" not in closed.replace("2>&-", ""))
        assert json.loads((tmp_path / "seen.json").read_text())["summary"]["checked"] == 1


def test_a_closed_standard_input_is_an_empty_source(tmp_path: Path) -> None:
    done = preflight("check", "-", cwd=tmp_path, under=("sh", "-c", 'exec "$@" <&-', "sh"))
    assert done.code == 2 and "standard input holds no URL" in done.err


@pytest.mark.parametrize("debug", ["", "1"])
@pytest.mark.parametrize(
    "fault",
    ["raise RuntimeError('boom')", "import sys; sys.exit(1)", "import os; os.kill(os.getpid(), 2)"],
)
def test_a_fault_of_ours_is_no_verdict(fault: str, debug: str, tmp_path: Path) -> None:
    """The code that judges is replaced on disk by one that fails, as a broken installation would."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, types\n"
        "import preflight.report.terminal as broken\n"
        f"def fail(*_, **__):\n    {fault}\n"
        "broken.Text.finish = fail\n"
    )
    (tmp_path / "seen.jsonl").write_text("")
    done = preflight(
        "judge", "seen.jsonl", "--allow-empty", cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PREFLIGHT_DEBUG": debug},
    )  # fmt: skip
    wanted = 130 if "kill" in fault else 2
    assert done.code == wanted
    assert ("Traceback" in done.err) == bool(debug and wanted == 2)
    assert ("a fault of our own (RuntimeError)" in done.err) == ("boom" in fault)
