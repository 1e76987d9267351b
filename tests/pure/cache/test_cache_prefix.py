"""The verdict cache's prefix: everything but the target that a verdict depends on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from preflight.cache import key_prefix, profile_mark
from preflight.errors import UsageError
from preflight.profile import Profile, load
from preflight.rules import RULES
from preflight.verdict import Severity
from preflight.wire.address import networks
from preflight.wire.settings import FetchSettings


def fetch(**changes: object) -> FetchSettings:
    return replace(FetchSettings(profile=load("sinch")), **changes)  # type: ignore[arg-type]


def _prefix(chosen: FetchSettings, version: str = "1", depth: str = "default") -> bytes:
    return key_prefix(fetch=chosen, version=version, depth=depth)


def _stricter(profile: Profile) -> Profile:
    return replace(profile, limits=replace(profile.limits, image_bytes=7))


def test_the_prefix_covers_everything_a_verdict_depends_on(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pem", tmp_path / "b.pem"
    first.write_text("one")
    second.write_text("two")
    sinch = load("sinch")
    prefixes = [
        _prefix(fetch()),
        _prefix(fetch(), version="2"),
        _prefix(fetch(), depth="quick"),
        _prefix(fetch(profile=load("twilio"))),
        _prefix(fetch(profile=_stricter(sinch))),
        _prefix(fetch(profile=replace(sinch, severities={"redirected": None}))),
        _prefix(fetch(headers=(("X-Key", "1"),))),
        _prefix(fetch(headers=(("X-Key", "2"),))),
        _prefix(fetch(proxy="http://127.0.0.1:3128")),
        _prefix(fetch(proxy="env")),
        _prefix(fetch(cafile=str(first))),
        _prefix(fetch(cafile=str(second))),
        _prefix(fetch(allow_networks=networks(["10.0.0.0/8"]))),
        key_prefix(fetch=fetch(), version="1", rules=RULES[1:]),
        key_prefix(
            fetch=fetch(),
            version="1",
            rules=(replace(RULES[0], severity=Severity.INFO), *RULES[1:]),
        ),
    ]
    assert len(set(prefixes)) == len(prefixes)


def test_the_prefix_is_the_same_where_nothing_that_matters_differs(tmp_path: Path) -> None:
    first, second = tmp_path / "a.pem", tmp_path / "b.pem"
    first.write_text("one")
    second.write_text("one")
    assert _prefix(fetch(cafile=str(first))) == _prefix(fetch(cafile=str(second)))
    assert _prefix(fetch(total_s=3.0)) == _prefix(fetch())
    apart, turned = networks(["10.0.0.0/8", "fd00::/8"]), networks(["fd00::/8", "10.0.0.0/8"])
    assert _prefix(fetch(allow_networks=apart)) == _prefix(fetch(allow_networks=turned))


def test_a_profile_is_known_by_what_it_decides() -> None:
    sinch = load("sinch")
    marked = profile_mark(sinch)
    assert marked == profile_mark(replace(sinch, title="Ours", note="none", sources={"types": "a"}))
    others = [_stricter(sinch), replace(sinch, name="own"), replace(sinch, types=frozenset())]
    others.append(replace(sinch, fetch=replace(sinch.fetch, user_agent="Other/1")))
    assert len({marked, *map(profile_mark, others)}) == 5


def test_the_prefix_follows_the_environments_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    before = _prefix(fetch(proxy="env"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:2")
    assert _prefix(fetch(proxy="env")) != before


def test_a_trust_store_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot use the CA file"):
        _prefix(fetch(cafile=str(tmp_path / "missing.pem")))
