"""What cannot be run: one clear sentence on standard error, exit code 2, nothing on standard output."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.command import preflight

URL = "https://127.0.0.1/a.jpg"

SEND = (
    "send", "--media", URL, "--mms-id", "1", "--to", "15551230000", "--from", "28444", "--service-id", "9", "--fallback-sms-text", "hi",
)  # fmt: skip

# words, what the sentence must say
WRONG = (
    (("check",), "name at least one SOURCE"),
    (("chekc", URL), "did you mean 'check'?"),
    ((URL,), "preflight check https://127.0.0.1/a.jpg"),
    (("check", "--prfile", "sinch", URL), "--profile"),
    (("check", URL, "--profile", "sinhc"), "did you mean 'sinch'?"),
    (("check", URL, "--profile", "none.toml"), "no profile file 'none.toml'"),
    (("check", URL, "-f", "sariff"), "did you mean 'sarif'?"),
    (("check", URL, "-f", "text", "-f", "json"), "json=FILE"),
    (("check", URL, "-f", "json=same", "-f", "sarif=same"), "same"),
    (("check", URL, "-f", "json=report.json", "-o", "other"), "--output"),
    (("check", URL, "--select", "chunked"), "there is no rule 'chunked'; did you mean 'chunked-transfer-encoding'?"),
    (("check", URL, "--ignore", "nothing-like-it-at-all"), "there is no rule"),
    (("check", URL, "--fail-on", "info"), "--fail-on"),
    (("check", URL, "--jobs", "0"), "--jobs must be 1 or more"),
    (("check", URL, "--jobs", "many"), "--jobs"),
    (("check", URL, "--per-host", "-1"), "--per-host must be 1 or more"),
    (("check", URL, "--retries", "-1"), "--retries must not be negative"),
    (("check", URL, "--timeout", "0"), "--timeout must be more than 0"),
    (("check", URL, "--timeout", "nan"), "--timeout"),
    (("check", URL, "--timeout", "inf"), "--timeout"),
    (("check", URL, "--rate", "fast"), "--rate must look like 5/s"),
    (("check", URL, "--rate", "0/s"), "--rate must look like 5/s"),
    (("check", URL, "--header", "X-Token"), "--header must look like 'Name: value'"),
    (("check", URL, "--header", "Host: other.example"), "--header cannot set Host"),
    (("check", URL, "--header", "X-A: b\r\nX-C: d"), "--header must look like"),
    (("check", URL, "--allow-network", "10.0.0.1/8"), "10.0.0.0/8"),
    (("check", URL, "--proxy", "ftp://proxy.example"), "proxy"),
    (("check", URL, "--cafile", "missing.pem"), "missing.pem"),
    (("check", URL, "--quick", "--deep"), "exclude each other"),
    (("check", URL, "--config", "missing.toml"), "no settings file 'missing.toml'"),
    (("check", URL, "-o", "no/such/folder/out"), "cannot write to 'no/such/folder/out'"),
    (("check", URL, "-f", "json=/"), "cannot write to '/'"),
    (("check", URL, "--record", "no/such/folder/seen"), "cannot write to 'no/such/folder/seen'"),
    (("check", "missing.txt"), "missing.txt"),
    (("check", ""), "the name of a source is empty"),
    (("check", "x" * 5_000), "file name too long"),
    (("check", "no\nsuch\x1b[31mfile.txt"), "file.txt"),
    (("check", "binary.txt"), "binary.txt"),
    (("check", "unreadable.txt"), "unreadable.txt"),
    (("check", "words.txt", "--from-format", "json"), "words.txt"),
    (("baseline", "create", "no/such/folder/base.jsonl", URL), "cannot write to 'no/such/folder/base.jsonl'"),
    (("baseline", "prune", "missing.jsonl", URL), "cannot read the baseline 'missing.jsonl'"),
    (("judge",), "FILE"),
    (("judge", "missing.jsonl"), "missing.jsonl"),
    (("judge", "words.txt"), "words.txt"),
    (("explain", "chunked"), "there is no rule, code or profile 'chunked'; did you mean 'chunked-transfer-encoding'?"),
    (("explain", "E1"), "there is no rule, code or profile"),
    (("profiles", "twillio"), "did you mean 'twilio'?"),
    (("send", "--to", "15551230000", "--media", URL, "--mms-id", "1"), "--from"),
    *(((*SEND, option, ""), f"'{option}': it is empty; give it a value, or leave the option out")
      for option in ("--ledger", "--key", "--endpoint", "--api-key-file", "--recipients", "--mms-id", "--to")),
    *(((*SEND, "--dry-run", "--send-timeout", given), "the time allowed for the POST must be more than 0 seconds")
      for given in ("0", "-1", "nan", "inf")),
    ((*SEND, "--dry-run", "--endpoint", "gateway.example.com"), "the endpoint must be an absolute https URL"),
    ((*SEND, "--dry-run", "--endpoint", "http://127.0.0.1:1/"), "plain http is allowed only to addresses inside an allowed network"),
    ((*SEND, "--dry-run", "--key", "order-17"), "--key and --retry-refused need --ledger FILE"),
    ((*SEND, "--dry-run", "--retry-refused"), "--key and --retry-refused need --ledger FILE"),
    *((("check", URL, option, ""), "it is empty; give it a value, or leave the option out")
      for option in ("--record", "--output", "--config", "--baseline", "--cache", "--run", "--cafile")),
)  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("usage")
    (folder / "binary.txt").write_bytes(bytes(range(256)) * 8)
    (folder / "words.txt").write_text("no URL is here\n")
    (folder / "unreadable.txt").mkdir()
    (folder / "unreadable.txt" / "inside").symlink_to("nowhere")
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    WRONG,
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else "",
)
def test_what_cannot_be_run_is_one_clear_sentence(
    words: tuple[str, ...], said: str, folder: Path
) -> None:
    done = preflight(*words, cwd=folder)
    assert done.code == 2, done.all
    assert said in done.err
    assert done.out == ""
    assert "Traceback" not in done.err and "fault of our own" not in done.err
    assert len(done.err.splitlines()) == 1 and done.err.startswith("preflight: ")
    assert "\x1b" not in done.err


def test_without_a_command_it_shows_what_there_is() -> None:
    done = preflight()
    assert done.code == 2
    assert "check" in done.all and "Traceback" not in done.all


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("place", ["-o", "stdout", "record"])
def test_a_full_disk_is_one_sentence(place: str, tmp_path: Path) -> None:
    (tmp_path / "seen.txt").write_text("https://127.0.0.1/a.jpg\n" * 400)
    words = {"-o": ("-o", "/dev/full"), "stdout": (), "record": ("--record", "/dev/full")}[place]
    under = ("sh", "-c", 'exec "$@" > /dev/full', "sh") if place == "stdout" else ()
    for name in ("text", "jsonl") if place == "stdout" else ("json",):
        done = preflight("check", "seen.txt", *words, "-f", name, cwd=tmp_path, under=under)
        assert done.code == 2, (name, done)
        assert done.err.count("\n") == 1 and "No space left on device" in done.err
