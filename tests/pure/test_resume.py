"""What a kept run is known by, beside its settings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from preflight.cli import resume
from preflight.cli.ignores import Ignore
from preflight.cli.running import Reports
from preflight.cli.settings import Settings
from preflight.errors import UsageError
from preflight.profile import load


def contents(today: date, *, excused: bool) -> dict[str, Any]:
    ignore = Ignore(url="**", rules=("redirected",), reason="ticket 1", expires=date(2027, 1, 31))
    settings = Settings({"cafile": None, "baseline": None}, {}, ignores=(ignore,))

    class Now(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Now:
            return cls(today.year, today.month, today.day, 12, tzinfo=tz or UTC)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resume, "datetime", Now)
        return resume.contents(settings, Reports([], load("sinch")), excused=excused)


def test_verdicts_that_are_final_are_those_of_the_ignores_that_held() -> None:
    """One that has ended meanwhile would still excuse what is in a part file."""
    before, after = date(2027, 1, 31), date(2027, 2, 1)
    assert len(contents(before, excused=True)["ignores"]) == 1
    assert contents(after, excused=True)["ignores"] == []
    assert contents(before, excused=False) == contents(after, excused=False)


def test_a_directory_with_a_damaged_beginning_is_one_sentence(tmp_path: Path) -> None:
    settings = Settings({"retries": 2}, {})
    resume.open_run(str(tmp_path), settings, {"sources": ("a.txt",)})
    resume.open_run(str(tmp_path), settings, {"sources": ("a.txt",)})
    with pytest.raises(UsageError, match=r"by another command \(other sources\)"):
        resume.open_run(str(tmp_path), settings, {"sources": ("b.txt",)})
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(UsageError, match="is damaged; name another directory"):
        resume.open_run(str(tmp_path), settings, {"sources": ("a.txt",)})
