"""Pages, help, the demo, the doctor, the sandbox, and what a start loads."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from helpers.command import LOCAL, command, environment, preflight, together

import preflight as package
from preflight.cli import _COMMANDS
from preflight.rules import BY_ID


def test_the_version_is_quick_and_loads_nothing_heavy() -> None:
    program = (
        "import sys\nsys.argv = ['preflight', '--version']\nfrom preflight.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(sorted({'aiohttp', 'PIL', 'asyncio', 'magic', 'msgspec'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.splitlines() == [f"preflight {package.__version__}", "[]"]


UNUSED = {
    "aiohttp", "PIL", "magic", "mutagen", "gzip", "click.shell_completion", "preflight.recording", "preflight.cli.offline",
    "preflight.cli.resume", "preflight.engines.processes", "preflight.manifest.inventory", "preflight.manifest.json_scan",
    "preflight.cache", "preflight.report.terminal",
}  # fmt: skip


def test_a_check_loads_only_what_it_uses(tmp_path: Path) -> None:
    listed = tmp_path / "urls.txt"
    listed.write_text("http://127.0.0.1:1/a.jpg\n")
    program = (
        f"import sys\nsys.argv = ['preflight', 'check', {str(listed)!r}, '-f', 'jsonl']\n"
        "from preflight.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 1\n"
        f"print(sorted({UNUSED!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], env=environment(), capture_output=True, text=True, check=True)  # fmt: skip
    verdict, *_, loaded = done.stdout.splitlines()
    assert '"private-address"' in verdict
    assert loaded == "[]"


def test_every_command_has_help_with_an_example() -> None:
    words: list[tuple[str, ...]] = [(name,) for name in _COMMANDS]
    words += [
        ("baseline", "create"),
        ("baseline", "prune"),
        ("ledger", "list"),
        ("ledger", "resolve"),
    ]
    results = together((*one, "--help") for one in words)
    assert {one: done.code for one, done in zip(words, results, strict=True)} == dict.fromkeys(
        words, 0
    )
    without = [
        one
        for one, done in zip(words, results, strict=True)
        if f"preflight {' '.join(one)}" not in done.out.partition("\n")[2]
    ]
    assert without == []


def test_explain() -> None:
    runs = [
        ("explain",),
        ("explain", "chunked-transfer-encoding"),
        ("explain", "e629"),
        ("explain", "N102"),
    ]
    every, rule, code, postback = together(runs)
    assert {done.code for done in (every, rule, code, postback)} == {0}
    assert [name for name in BY_ID if f"  {name} " not in every.out] == []
    assert "Why" in rule.out and "Fix" in rule.out
    assert "E629" in code.out and "N102" in postback.out


def test_profiles() -> None:
    every, one = together([("profiles",), ("profiles", "sinch")])
    assert every.code == one.code == 0
    assert every.out.startswith("sinch ")
    assert "1,000,000" in one.out or "1000000" in one.out


def test_the_demo_ends_by_itself() -> None:
    started = time.monotonic()
    done = preflight("demo")
    assert done.code == 0, done
    assert time.monotonic() - started < 30
    assert "chunked-transfer-encoding" in done.out
    assert re.search(r"tracking id \S+", done.out) and "received 1 POST in all" in done.out


def test_the_doctor_finds_this_machine_fit() -> None:
    done = preflight("doctor", env={"HTTPS_PROXY": "http://user:c4n4ry@127.0.0.1:9"})
    assert done.code == 0, done
    names = [line.split()[1] for line in done.out.splitlines()]
    assert (
        names[:4] == ["python", "libmagic", "Pillow", "mutagen"]
        and len(set(names)) == len(names) >= 12
    )
    assert "HTTPS_PROXY set; ignored, unless you say --proxy env" in done.out
    assert "c4n4ry" not in done.all


def test_the_doctor_names_what_is_missing_and_its_mend(tmp_path: Path) -> None:
    """A broken Pillow stands in front of the real one; descriptors are few; there is no authority."""
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("raise ImportError('libjpeg is gone')\n")
    (tmp_path / "empty.pem").write_text("")
    env = {
        "PYTHONPATH": str(tmp_path),
        "SSL_CERT_FILE": str(tmp_path / "empty.pem"),
        "SSL_CERT_DIR": str(tmp_path),
    }
    done = preflight("doctor", env=env, under=("sh", "-c", 'ulimit -n 100; exec "$@"', "sh"))
    assert done.code == 1 and "Traceback" not in done.err
    lines = {line.split()[1]: line for line in done.out.splitlines()}
    assert lines["Pillow"].startswith("missing") and "pip install pillow" in lines["Pillow"]
    assert lines["authorities"].startswith("missing") and "ca-certificates" in lines["authorities"]
    assert lines["descriptors"].startswith("note") and "ulimit -n" in lines["descriptors"]


def test_the_sandbox_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    run = subprocess.Popen(command("sandbox", "--slow", "1"), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert run.stdout is not None
    lines = []
    for line in run.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    text = "".join(lines)
    found = re.search(r"^hosting: (http://127\.0\.0\.1:\d+/)$", text, re.MULTILINE)
    gateway = re.search(r"^gateway, XML: (http://127\.0\.0\.1:\d+/ep/v1/)$", text, re.MULTILINE)
    assert found and gateway
    port = found[1].rpartition(":")[2].strip("/")
    outcomes = dict(re.findall(r"^  /(\S+\?\S+) +(accept|reject|unknown) ", text, re.MULTILINE))
    assert {"with-query.jpg?token=0123", "by-query.wav?version=2"} < set(outcomes)
    queried = [found[1] + path for path in outcomes]
    checked, taken, asked = together(
        [
            ("check", f"{found[1]}chunked.jpg", *LOCAL, "--quick"),
            ("sandbox", "--port", port),
            ("check", *queried, *LOCAL, "-f", "json", "--show-secrets"),
        ],
        tmp_path,
    )
    shown = {one["url"].removeprefix(found[1]): one["outcome"] for one in asked.json()["verdicts"]}
    assert shown == outcomes
    assert checked.code == 1
    assert taken.code == 2 and "cannot listen on 127.0.0.1" in taken.err
    run.send_signal(signal.SIGINT)
    assert run.wait(20) == 0
    run.stdout.close()


def test_a_missing_extra_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "yaml.py").write_text("raise ImportError('no yaml here')\n")
    (tmp_path / "media.yaml").write_text("- https://127.0.0.1/a.jpg\n")
    done = preflight(
        "check",
        "media.yaml",
        "--from-format",
        "yaml",
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.code == 2 and done.err.count("\n") == 1
    assert "mms-preflight[yaml]" in done.err
