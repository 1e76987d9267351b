"""Pages, help, the demo, the doctor, the sandbox, completion; and a check without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.command import LOCAL, command, environment, preflight, together
from helpers.programs import need

import preflight as package
from preflight.cli import _COMMANDS
from preflight.rules import BY_ID

NO_SOCKETS = """
import sys

def refuse(event, _):
    if event.startswith("socket."):
        raise RuntimeError("a socket was touched: " + event)

sys.addaudithook(refuse)
"""


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
    assert time.monotonic() - started < 10
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


OFFLINE_LIST = """\
https://cdn.example.com/a.jpg
https://cdn.example.com/a.HEIC?x=1
http://10.1.2.3/a.jpg
http://2130706433/a.jpg
https://cdn.example.com:8443/a.png
https://cdn.example.com/a.mp3#t=1
https://cdn.example.com/no-extension
http://[::1]/a.jpg
http://localhost/a.jpg
https://b.s3.amazonaws.com/a.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60&X-Amz-Signature=0
https://cdn.example.com/a b.jpg
"""
OFFLINE_RULES: dict[int, list[str]] = {
    1: [], 2: ["unaccepted-media-type"], 3: ["private-address"], 4: ["invalid-url"], 5: ["non-standard-port"], 6: [], 7: [],
    8: ["private-address"], 9: ["private-address"], 10: ["expiring-url"], 11: ["invalid-url"],
}  # fmt: skip


@pytest.fixture
def no_sockets(tmp_path: Path) -> dict[str, str]:
    """An environment in which whoever touches a socket fails: the interpreter's own audit events say so."""
    (tmp_path / "fence").mkdir()
    (tmp_path / "fence" / "sitecustomize.py").write_text(NO_SOCKETS)
    return {"PYTHONPATH": str(tmp_path / "fence")}


def test_offline_touches_no_socket(tmp_path: Path, no_sockets: dict[str, str]) -> None:
    (tmp_path / "media.txt").write_text(OFFLINE_LIST)
    done = preflight(
        "check",
        "media.txt",
        "--offline",
        "-f",
        "json",
        "-f",
        "text=text.out",
        cwd=tmp_path,
        env=no_sockets,
    )
    assert done.code == 1, done
    found = {
        one["source"]["line"]: [item["rule"] for item in one["findings"]]
        for one in done.json()["verdicts"]
    }
    assert found == OFFLINE_RULES
    assert "nothing was fetched" in (tmp_path / "text.out").read_text()
    fenced = preflight("check", "https://127.0.0.1/a.jpg", *LOCAL, cwd=tmp_path, env=no_sockets)
    assert fenced.code not in (0, 1)  # the fence stands: a check that fetches does not get through


def test_offline_judges_messages_by_what_they_say(
    tmp_path: Path, no_sockets: dict[str, str]
) -> None:
    slide = '[[message.slide]]\nimage = "https://cdn.example.com/{}.jpg"\n'
    nine = "".join(slide.format(number) for number in range(9))
    (tmp_path / "messages.toml").write_text(f'[[message]]\nmms-id = "1"\nsubject = "Hello"\n{nine}')
    (tmp_path / "good.toml").write_text(
        f'[[message]]\nmms-id = "1"\nsubject = "Hello"\n{slide.format(1)}'
    )
    many = preflight(
        "check", "messages.toml", "--offline", "-f", "json", cwd=tmp_path, env=no_sockets
    )
    good = preflight("check", "good.toml", "--offline", cwd=tmp_path, env=no_sockets)
    assert (many.code, good.code) == (1, 0)
    assert [item["rule"] for item in many.json()["messages"][0]["findings"]] == ["too-many-slides"]


def test_offline_refuses_to_record(tmp_path: Path) -> None:
    done = preflight(
        "check", "https://cdn.example.com/a.jpg", "--offline", "--record", "seen", cwd=tmp_path
    )
    assert done.code == 2 and "--record" in done.err and not (tmp_path / "seen").exists()


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
    checked, taken = together(
        [("check", f"{found[1]}chunked.jpg", *LOCAL, "--quick"), ("sandbox", "--port", port)],
        tmp_path,
    )
    assert checked.code == 1
    assert taken.code == 2 and "cannot listen on 127.0.0.1" in taken.err
    run.send_signal(signal.SIGINT)
    assert run.wait(20) == 0
    run.stdout.close()


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


def test_the_report_of_an_empty_run_is_still_a_report(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    done = preflight("check", "empty.txt", "--allow-empty", "--offline", "-f", "json", cwd=tmp_path)
    assert done.code == 0 and json.loads(done.out)["summary"]["checked"] == 0
