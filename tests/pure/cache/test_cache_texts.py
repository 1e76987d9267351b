"""The sentences of a verdict that is kept: the URL stands in them again as it did, and no other word is taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.sight import SINCH

from preflight.cache import VerdictCache
from preflight.judging import judge
from preflight.observation import Observation
from preflight.target import Target
from preflight.verdict import Verdict
from preflight.wire.unasked import unasked

URLS = [
    "", "t", "e", " ", ".", ":", "/", "//", "://", "https", "https:", "https://", "https:///a?b=c", "http://.", "The URL", "a.jpg", "https:/host/x?a=b",
    "http://[x", "//e", "//user:pa55@host/a?b=c#d", "https://cdn.example.com:99999/a?token=s3cr3t", "http://x/\ud800?a=b",
    "https://user:pa55@cdn.example.com/a.jpg",
]  # fmt: skip


def invalid(url: str) -> Verdict:
    seen = Observation(target=Target(url=url), observed_at=1.8e9, exchanges=(unasked(url, ()),))
    return judge(seen, SINCH)


@pytest.mark.parametrize("url", URLS, ids=ascii)
def test_what_is_read_again_says_what_was_said(tmp_path: Path, url: str) -> None:
    said = invalid(url)
    assert [one.rule for one in said.findings] == ["invalid-url"]
    with VerdictCache(tmp_path / "cache", prefix=b"p", max_age=60) as cache:
        cache.store(said)
        kept = cache.lookup(said.target)
    assert kept is not None
    assert kept.findings == said.findings
