"""docs/framing.md is made from the vector file, and is in step with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_page_is_in_step() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "fixtures" / "make_framing_page.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stdout) == (0, "")
