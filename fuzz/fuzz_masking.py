"""atheris on the promise ``masking``; see promises.py."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

with atheris.instrument_imports(include=["preflight"]):
    import promises

atheris.Setup(sys.argv, promises.masking)
atheris.Fuzz()
