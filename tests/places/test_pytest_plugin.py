"""The pytest plugin, in the test suites of others."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers.command import Stage, environment

pytest_plugins = ["pytester"]

LET_IN = "--preflight-allow-network=127.0.0.0/8"
GO = ("--preflight", LET_IN)


@pytest.fixture(autouse=True)
def _nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("CI", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    """A suite of one file, in a process of its own, with strict markers and no other plugins."""
    pytester.makepyfile(text)
    return pytester.runpytest_subprocess(
        "--strict-markers", "-W", "error", "-rs", "-p", "preflight.pytest_plugin", *options
    )


def test_without_the_option_nothing_is_fetched_and_one_line_says_so(
    pytester: pytest.Pytester, stage: Stage
) -> None:
    text = f"""
        import pytest
        @pytest.mark.preflight({stage.url("/good.jpg")!r})
        def test_marked(): pass
        def test_with_fixture(assert_servable): assert_servable({stage.url("/good.jpg")!r})
        def test_with_the_other(preflight_check): preflight_check([{stage.url("/good.jpg")!r}])
        def test_by_name(request): request.getfixturevalue("assert_servable")
        def test_of_theirs(): pass
        """
    result = run(pytester, text, LET_IN)
    result.assert_outcomes(passed=1, skipped=4)
    lines = [line for line in result.outlines if line.startswith("preflight:")]
    assert lines == ["preflight: 4 tests not run: would fetch media; pytest --preflight lets it"]
    assert not stage.hosting.requests


def test_a_suite_without_such_tests_hears_nothing(pytester: pytest.Pytester) -> None:
    result = run(pytester, "import pytest\n@pytest.mark.skip(reason='theirs')\ndef test_a(): pass")
    result.assert_outcomes(skipped=1)
    assert "preflight" not in "\n".join(
        line for line in result.outlines if not line.startswith(("plugins:", "rootdir:"))
    )


def test_a_mark_checks_before_the_test_runs(pytester: pytest.Pytester, stage: Stage) -> None:
    text = f"""
        import pytest
        ran = []
        @pytest.mark.preflight({stage.url("/good.jpg")!r}, {stage.url("/good.mp3")!r})
        def test_good(): ran.append("good")
        @pytest.mark.preflight({stage.url("/chunked.jpg")!r})
        def test_bad(): ran.append("bad")
        @pytest.mark.preflight
        def test_bare(): ran.append("bare")
        @pytest.mark.preflight({stage.url("/no-length.jpg")!r})
        class TestClass:
            def test_inside(self): ran.append("inside")
        def test_last(): assert ran == ["good", "bare"]
        """
    result = run(pytester, text, *GO)
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines([
        f"reject: {stage.url('/chunked.jpg')}", "  error chunked-transfer-encoding: *", "    fix: *",
        f"reject: {stage.url('/no-length.jpg')}", "  error missing-content-length: *",
    ])  # fmt: skip
    assert {"/good.jpg", "/good.mp3", "/chunked.jpg"} <= stage.hosting.counts.keys()


def test_the_fixtures_give_verdicts_and_judgement(pytester: pytest.Pytester, stage: Stage) -> None:
    text = f"""
        def test_verdicts(preflight_check):
            first, second = preflight_check([{stage.url("/chunked.jpg")!r}, {stage.url("/good.jpg")!r}])
            assert (first.outcome, second.outcome) == ("reject", "accept")
            assert first.findings[0].rule == "chunked-transfer-encoding"
        def test_selected(assert_servable):
            assert_servable({stage.url("/chunked.jpg")!r}, select=["content-too-large"])
        def test_misspelt(preflight_check):
            preflight_check([], select=["chunked-transfer-encodin"])
        def test_two(assert_servable):
            assert_servable({stage.url("/good.jpg?token=secret")!r}, {stage.url("/octet-stream.bin?token=secret")!r})
        """
    result = run(pytester, text, *GO)
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        ["*did you mean 'chunked-transfer-encoding'?*", "*/octet-stream.bin?token=[*][*][*]"]
    )
    assert "good.jpg?token=***" not in result.stdout.str()


def test_ini_keys_hold_and_options_outrank_them(pytester: pytest.Pytester, stage: Stage) -> None:
    pytester.makeini(
        "[pytest]\npreflight_allow_networks = 127.0.0.0/8\npreflight_profile = twilio\n"
        "preflight_depth = quick\npreflight_retries = 0\npreflight_timeout = 5\n"
    )
    text = f"""
        def test_profile(preflight_check, pytestconfig):
            wanted = pytestconfig.getoption("--preflight-profile") or "twilio"
            assert preflight_check([{stage.url("/good.jpg")!r}])[0].profile == wanted
        """
    run(pytester, text, "--preflight").assert_outcomes(passed=1)
    assert stage.hosting.counts["/good.jpg"] == 1
    run(pytester, text, "--preflight", "--preflight-profile=bandwidth").assert_outcomes(passed=1)


@pytest.mark.parametrize(("unknown", "outcome"), [("fail", "failed"), ("skip", "skipped")])
def test_what_could_not_be_told_fails_or_is_skipped(
    pytester: pytest.Pytester, stage: Stage, unknown: str, outcome: str
) -> None:
    text = f"def test_slow(assert_servable): assert_servable({stage.url('/slow.jpg')!r})"
    options = ("--preflight-timeout=0.3", "--preflight-retries=0", f"--preflight-unknown={unknown}")
    result = run(pytester, text, *GO, *options)
    assert result.parseoutcomes() == {outcome: 1}
    result.stdout.fnmatch_lines(["*unknown: *slow.jpg*"])


def test_a_reject_beside_an_unknown_is_never_skipped(
    pytester: pytest.Pytester, stage: Stage
) -> None:
    urls = f"{stage.url('/slow.jpg')!r}, {stage.url('/chunked.jpg')!r}"
    text = f"def test_both(assert_servable): assert_servable({urls})"
    options = ("--preflight-timeout=0.3", "--preflight-retries=0", "--preflight-unknown=skip")
    run(pytester, text, *GO, *options).assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--preflight-unknown=pass", "preflight_unknown must be fail or skip"),
        ("--preflight-depth=deeper", "preflight_depth must be quick or default or deep"),
        ("--preflight-timeout=soon", "preflight_timeout must be a number"),
        ("--preflight-retries=1.5", "preflight_retries must be a number"),
    ],
)
def test_settings_that_cannot_be_end_the_run(
    pytester: pytest.Pytester, option: str, sentence: str
) -> None:
    result = run(pytester, "def test_a(): pass", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert sentence in result.stderr.str()


def test_private_addresses_are_refused_unless_allowed(
    pytester: pytest.Pytester, stage: Stage
) -> None:
    text = f"def test_a(assert_servable): assert_servable({stage.url('/good.jpg')!r})"
    result = run(pytester, text, "--preflight")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  error private-address: *"])
    assert not stage.hosting.requests


def test_several_workers(pytester: pytest.Pytester, stage: Stage) -> None:
    text = f"def test_a(assert_servable): assert_servable({stage.url('/good.jpg')!r})"
    run(pytester, text, *GO, "-p", "xdist", "-n", "2").assert_outcomes(passed=1)
    result = run(pytester, text, "-p", "xdist", "-n", "2")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["preflight: 1 test not run: *"])


def test_pytest_finds_it_by_itself(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    pytester.makepyfile("def test_a(assert_servable): pass")
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(skipped=1)


def test_every_run_pays_next_to_nothing_for_it() -> None:
    text = (
        "import sys, pytest; before = set(sys.modules); import preflight.pytest_plugin;"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", text], env=environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["preflight", "preflight._version", "preflight.pytest_plugin"]
