"""The public names: all there, each in one place, and nothing heavy until it is used."""

from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

import preflight


@pytest.mark.parametrize("name", preflight.__all__)
def test_every_public_name_resolves_to_its_own(name: str) -> None:
    value = getattr(preflight, name)
    assert value is getattr(preflight, name)
    if isinstance(value, type):
        assert value.__name__ == name
    assert name in dir(preflight)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'chekc'"):
        getattr(preflight, "chekc")  # noqa: B009


def test_the_error_crosses_processes_with_its_verdicts() -> None:
    verdict = preflight.Verdict(
        target=preflight.Target(url="https://a.example/"), outcome=preflight.Outcome.REJECT, profile="sinch"
    )  # fmt: skip
    error = preflight.NotAcceptedError([verdict])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert (type(again), again.verdicts, str(again)) == (type(error), (verdict,), str(error))


HEAVY = (
    "aiohttp", "aiodns", "asyncio", "PIL", "magic", "mutagen", "click", "msgspec", "uvloop", "ssl", "sqlite3", "xml", "logging",
    "opentelemetry", "prometheus_client", "importlib.metadata", "tomllib", "typing", "re",
)  # fmt: skip


def imported(statement: str) -> set[str]:
    script = (
        f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not imported("import preflight") & set(HEAVY)


def test_judging_needs_no_network_and_no_library_of_c() -> None:
    after = imported("import preflight; preflight.judge; preflight.load_profile('sinch')")
    assert not after & {
        "aiohttp",
        "aiodns",
        "asyncio",
        "PIL",
        "magic",
        "mutagen",
        "click",
        "uvloop",
        "ssl",
        "sqlite3",
    }


def test_public_functions_stay_callable_when_rooms_of_like_names_are_loaded() -> None:
    import preflight

    preflight.check([])
    for name in ("check", "require", "judge", "judge_message", "send_saved_mms"):
        assert callable(getattr(preflight, name)), name
