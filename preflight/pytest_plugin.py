"""For pytest: check in a test suite that media URLs are hosted well. Nothing is fetched without ``--preflight``.

``@pytest.mark.preflight("https://cdn.example.com/a.jpg")`` checks its URLs before the test, ``assert_servable(url)`` and
``preflight_check(urls)`` are fixtures. Every pytest run of an environment loads this file, so it imports nothing of ours until a check is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .rules import Rule
    from .verdict import Verdict

_SKIPPED = "would fetch media; pytest --preflight lets it"
_FIXTURES = ("preflight_check", "assert_servable")
_CHOICES = {"depth": ("quick", "default", "deep"), "unknown": ("fail", "skip")}
_NUMBERS = {"timeout": r"\d+(\.\d+)?", "retries": r"\d+"}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options ``--preflight...`` and ini keys ``preflight_...``; an option outranks its key."""
    group = parser.getgroup("preflight", "hosting of media (mms-preflight)")
    group.addoption("--preflight", action="store_true", help="run the tests that fetch media URLs")
    for name, metavar, text in (
        ("profile", "NAME|FILE", "the gateway to imitate (sinch)"),
        ("timeout", "SECONDS", "seconds for one attempt at one URL (the profile's)"),
        ("retries", "N", "further attempts after a failure that may go away (2)"),
        ("depth", "|".join(_CHOICES["depth"]), "how much is asked (default)"),
        ("unknown", "fail|skip", "what a test does where it could not be told (fail)"),
    ):
        group.addoption(f"--preflight-{name}", metavar=metavar, help=text)
        parser.addini(f"preflight_{name}", text)
    text = "permit addresses that are not public, such as 127.0.0.0/8"
    group.addoption(
        "--preflight-allow-network", metavar="CIDR", action="append", default=[], help=text
    )
    parser.addini("preflight_allow_networks", text, type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker, for ``--strict-markers``, and look over the settings. Raises ``pytest.UsageError``."""
    config.addinivalue_line(
        "markers",
        "preflight(*urls, select=None, profile=None): fetches media; the URLs must be servable before the test runs",
    )
    for name, choices in _CHOICES.items():
        if _value(config, name) not in ("", *choices):
            raise pytest.UsageError(f"preflight_{name} must be {' or '.join(choices)}")
    for name, form in _NUMBERS.items():
        if not re.fullmatch(form, _value(config, name) or "0"):
            raise pytest.UsageError(f"preflight_{name} must be a number")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what would fetch, unless ``--preflight`` was given."""
    if config.getoption("--preflight"):
        return
    for item in items:
        fixtures: Iterable[str] = getattr(item, "fixturenames", ())
        if item.get_closest_marker("preflight") or not set(_FIXTURES).isdisjoint(fixtures):
            item.add_marker(pytest.mark.skip(reason=_SKIPPED))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line what was left out."""
    reasons = [report.longrepr for report in terminalreporter.getreports("skipped")]
    left_out = sum(isinstance(reason, tuple) and reason[2].endswith(_SKIPPED) for reason in reasons)
    if left_out:
        tests = "1 test" if left_out == 1 else f"{left_out} tests"
        terminalreporter.write_line(f"preflight: {tests} not run: {_SKIPPED}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Check the URLs of the marks, those of the class and the module first."""
    for mark in reversed(list(item.iter_markers("preflight"))):
        if mark.args:
            _expect(item.config, mark.args, **mark.kwargs)


@pytest.fixture(scope="session")
def preflight_check(request: pytest.FixtureRequest) -> Callable[..., list[Verdict]]:
    """``preflight_check(urls, select=None, profile=None)``: one verdict a URL, in order. Raises ``UsageError``."""
    config = request.config
    if not config.getoption("--preflight"):
        pytest.skip(_SKIPPED)  # asked for by name, from inside a test

    def check(
        urls: Iterable[str], *, select: Iterable[str] | None = None, profile: str | None = None
    ) -> list[Verdict]:
        return _check(config, urls, select, profile)

    return check


@pytest.fixture(scope="session")
def assert_servable(
    request: pytest.FixtureRequest, preflight_check: Callable[..., list[Verdict]]
) -> Callable[..., None]:
    """``assert_servable(*urls, select=None, profile=None)``: fail, with the findings and their fixes, unless all are accepted."""
    config = request.config

    def expect(*urls: str, select: Iterable[str] | None = None, profile: str | None = None) -> None:
        __tracebackhide__ = True
        _expect(config, urls, select, profile)

    return expect


def _expect(
    config: pytest.Config, urls: Iterable[str], select: Iterable[str] | None = None, profile: str | None = None
) -> None:  # fmt: skip
    __tracebackhide__ = True
    from .verdict import Outcome

    bad = [verdict for verdict in _check(config, urls, select, profile) if not verdict.accepted]
    if not bad:
        return
    text = "\n".join(map(_shown, bad))
    if (
        all(verdict.outcome is Outcome.UNKNOWN for verdict in bad)
        and _value(config, "unknown") == "skip"
    ):
        pytest.skip(text)
    pytest.fail(text, pytrace=False)


def _check(
    config: pytest.Config, urls: Iterable[str], select: Iterable[str] | None, profile: str | None
) -> list[Verdict]:  # fmt: skip
    from .api import check

    options: dict[str, Any] = {"profile": profile or _value(config, "profile") or "sinch"}
    if timeout := _value(config, "timeout"):
        options["timeout"] = float(timeout)
    if retries := _value(config, "retries"):
        options["retries"] = int(retries)
    return check(
        urls, depth=_value(config, "depth") or "default", rules=_rules(select),
        allow_networks=[*config.getini("preflight_allow_networks"), *config.getoption("--preflight-allow-network")],
        **options,
    )  # fmt: skip


def _value(config: pytest.Config, name: str) -> str:
    option: str | None = config.getoption(f"--preflight-{name}")
    return option or str(config.getini(f"preflight_{name}") or "")


def _rules(select: Iterable[str] | None) -> tuple[Rule, ...]:
    from .rules import RULES, named

    if select is None:
        return RULES
    wanted = {named(one, "").id for one in ([select] if isinstance(select, str) else select)}
    return tuple(rule for rule in RULES if rule.id in wanted)


def _shown(verdict: Verdict) -> str:
    from .text import mask_text, mask_url, printable

    lines = [f"{verdict.outcome}: {printable(mask_url(verdict.url), None)}"]
    for finding in verdict.findings:
        lines.append(
            f"  {finding.severity} {finding.rule}: {printable(mask_text(finding.message), None)}"
        )
        lines.append(f"    fix: {printable(mask_text(finding.fix), None)}")
    return "\n".join(lines)
