"""The table of formats."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from preflight.errors import UsageError
from preflight.report import Look, open_report

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("jsonn", "there is no report format 'jsonn'; did you mean 'json'?"),
        ("Sarif", "there is no report format 'Sarif'; did you mean 'sarif'?"),
        ("pdf", "there is no report format 'pdf'; there are text, json,"),
    ],
)
def test_an_unknown_format_names_the_nearest(name: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_report(name, io.StringIO(), Look())
    assert str(caught.value).startswith(says)


def test_all_formats_are_there_and_none_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, preflight.report as r\n"
        "heavy = {'difflib', 'tomllib', 'xml.etree.ElementTree', 'preflight.rules'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
        "print(*r.FORMATS)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    first, second = done.stdout.splitlines()
    assert first == "[]"
    assert set(second.split()) >= {
        *("text", "json", "jsonl", "junit", "sarif", "github"),
        *("gitlab", "markdown", "checkstyle", "prometheus", "har"),
    }
