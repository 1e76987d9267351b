"""Programs that a test needs and that pip cannot bring."""

from __future__ import annotations

import os
import shutil

import pytest


def need(name: str) -> str:
    """The path of a program. Where it is missing, the test is skipped with one line, and fails under CI."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed, and under CI it must be")
        pytest.skip(f"{name} is not installed")
    return path
