from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from preflight.media import canary, libmagic
from preflight.mediatype import canonical

GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00".ljust(64, b"\x00")


def test_samples_are_a_dozen_of_64_to_4096_bytes() -> None:
    samples = canary.samples()
    assert len(samples) == 12
    assert all(64 <= len(data) <= 4096 for _, data in samples)


def test_right_answers_pass_the_canary() -> None:
    answers = {data: wanted for wanted, data in canary.samples()}
    assert canary.canary(answers.__getitem__) is None


@pytest.mark.parametrize("broken", range(12))
def test_any_wrong_answer_fails_the_canary(broken: int) -> None:
    samples = canary.samples()
    answers = {data: wanted for wanted, data in samples}
    answers[samples[broken][1]] = "application/octet-stream"
    assert (
        canary.canary(answers.__getitem__)
        == f"takes {samples[broken][0]} for application/octet-stream"
    )


def test_a_raising_library_fails_the_canary() -> None:
    def answer(data: bytes) -> str:
        raise OSError("no database")

    assert canary.canary(answer) == "raises OSError on image/jpeg"


def test_without_any_library_there_is_a_reason_and_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_system", "_wheel", "_rust"):
        monkeypatch.setattr(libmagic, name, lambda: None)
    monkeypatch.setattr(libmagic, "_state", None)
    assert libmagic.usable() == "libmagic unusable: no library was found"
    assert libmagic.ask(GIF) is None
    assert libmagic.version() == "no libmagic"


def test_a_wrong_library_is_passed_over_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {data: wanted for wanted, data in canary.samples()}
    wrong = libmagic._Engine(name="libmagic 5.47", ask=lambda data: "application/octet-stream")
    good = libmagic._Engine(name="libmagic 5.48", ask=lambda data: answers.get(data, "image/gif"))
    monkeypatch.setattr(libmagic, "_state", None)
    monkeypatch.setattr(libmagic, "_system", lambda: wrong)
    monkeypatch.setattr(libmagic, "_wheel", lambda: good)
    assert libmagic.version() == "libmagic 5.48"
    monkeypatch.setattr(libmagic, "_state", None)
    monkeypatch.setattr(libmagic, "_wheel", lambda: None)
    monkeypatch.setattr(libmagic, "_rust", lambda: None)
    assert libmagic.usable() == (
        "libmagic unusable: libmagic 5.47 takes image/jpeg for application/octet-stream"
    )


def test_threads_get_their_own_answers() -> None:
    samples = canary.samples() * 20
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(libmagic.ask, [data for _, data in samples]))
    assert [canonical(answer or "") for answer in answers] == [wanted for wanted, _ in samples]


def test_no_descriptor_is_left_open() -> None:
    def lowest_free() -> int:
        descriptor = os.open(os.devnull, os.O_RDONLY)
        os.close(descriptor)
        return descriptor

    libmagic.ask(GIF)
    before = lowest_free()
    for _ in range(20):
        libmagic.ask(GIF)
    assert lowest_free() == before


def test_importing_the_room_loads_no_library() -> None:
    code = (
        "import sys, preflight.media.examine as e; assert not {'magic', 'PIL', 'mutagen', 'pure_magic_rs'} & set(sys.modules);"
        "e.examine(bytes.fromhex('ffd8ffd9'), whole=True, length=4, declared='image/jpeg', extension=None)"
    )
    root = Path(libmagic.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""


LOADERS = [
    loader
    for loader, package in (("_wheel", "pylibmagic"), ("_rust", "pure_magic_rs"))
    if importlib.util.find_spec(package)
]


@pytest.mark.parametrize("loader", LOADERS)
def test_every_other_library_that_is_installed_works_and_leaves_no_trace(loader: str) -> None:
    code = f"""
import os, sys, ctypes
before, patched = dict(os.environ), ctypes.CDLL.__init__
from preflight.media import canary, libmagic
for name in {{"_system", "_wheel", "_rust"}} - {{"{loader}"}}:
    setattr(libmagic, name, lambda: None)
print(libmagic.usable(), libmagic.ask(b"GIF89a".ljust(64, bytes(1))), "pylibmagic" in sys.modules)
assert dict(os.environ) == before and ctypes.CDLL.__init__ is patched
"""
    root = Path(libmagic.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("None image/gif False\n", "")


def test_an_id3_tag_does_not_count_towards_what_is_shown() -> None:
    tag = b"ID3\x04\x00\x00\x00\x0c\x00\x00" + bytes(0x0C << 14)
    assert len(libmagic._shown(tag + bytes(300_000))) == len(tag) + libmagic.MAX_BYTES
    assert len(libmagic._shown(bytes(300_000))) == libmagic.MAX_BYTES
