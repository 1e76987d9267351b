"""The promises of fuzz/promises.py under Hypothesis: the same ones that atheris is set on."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

FRAGMENTS = [
    b"HTTP/1.1 200 OK", b"HTTP/1.", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b"Content-Length", b"Transfer-Encoding", b"chunked", b"67", b"0", b",", b";", b'"',
    b"\x00", b"\x0b", b"\xe2\x84\xaa", b"\xff", b"http://", b"//", b"a.example", b"@", b"[::1]", b"127.0.0.1", b"0x7f", b"%", b"%41", b"?", b"#", b"&", b"=", b"..", b"/",
    b"Cookie", b"Location", b"CANARY", b"\x1b[", b"eyJ", b"deadbeef" * 4, b"5\r\nhello\r\n", b"ffff", b"\x7f\x00\x00\x01",
]  # fmt: skip
DATA = st.one_of(
    st.binary(max_size=300), st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(b"".join)
)


def _promises() -> ModuleType:
    path = Path(__file__).parents[2] / "fuzz" / "promises.py"
    spec = importlib.util.spec_from_file_location("promises", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["head", "chunks", "url", "address", "masking"])
def test_a_promise_holds_for_any_bytes(name: str) -> None:
    promise: Callable[[bytes], None] = getattr(_promises(), name)

    @settings(max_examples=5_000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(DATA)
    def holds(data: bytes) -> None:
        promise(data)

    holds()
