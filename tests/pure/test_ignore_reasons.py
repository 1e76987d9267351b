"""An ignore gives a reason. What is none, such as False, keeps the finding: a gate that is in doubt stays shut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.sight import SINCH, exchange, seen

from preflight.cache import VerdictCache
from preflight.judging import judge, judge_message
from preflight.message import Message
from preflight.verdict import Outcome

CHUNKED = seen(exchange("Content-Type: image/jpeg", "Transfer-Encoding: chunked"))
NONE: list[Any] = [None, False, True, 0, 1, [], "", "  ", b"known"]


def saying(reason: Any) -> Callable[[object], Any]:
    return lambda _: reason


@pytest.mark.parametrize("reason", NONE, ids=repr)
def test_what_is_no_reason_ignores_nothing(tmp_path: Path, reason: Any) -> None:
    verdict = judge(CHUNKED, SINCH, ignore=saying(reason))
    assert (verdict.outcome, verdict.ignored) == (Outcome.REJECT, ())
    message = judge_message(Message(), [], SINCH, ignore=saying(reason))
    assert (message.outcome, message.ignored) == (Outcome.REJECT, ())
    with VerdictCache(tmp_path / "cache", prefix=b"p", max_age=60) as cache:
        cache.store(verdict)
        kept = cache.lookup(verdict.target, saying(reason))
        assert kept is not None
        assert (kept.outcome, kept.ignored) == (Outcome.REJECT, ())
        excused = cache.lookup(verdict.target, saying("ticket 4711"))
        assert excused is not None
        assert excused.outcome is Outcome.ACCEPT
        assert {one.reason for one in excused.ignored} == {"ticket 4711"}
