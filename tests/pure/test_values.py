"""Our ``dataclass`` makes what the standard one makes."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from preflight.engines import parts
from preflight.observation import Attempt, Exchange, Fault, FaultKind, Observation, Purpose
from preflight.recording import dump
from preflight.target import Source, Target
from preflight.values import dataclass

TARGET = Target(url="http://h/a.png", source=Source(file="a.txt", line=3))
EXCHANGE = Exchange(purpose=Purpose.IDENTITY, url="http://h/a.png")
SEEN = Observation(target=TARGET, observed_at=1.0, exchanges=(EXCHANGE,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """Some of everything."""

    a: int
    b: tuple[int, ...] = ()
    c: dict[str, int] = dataclasses.field(default_factory=dict)
    d: str = dataclasses.field(default="")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """The same."""

    a: int
    b: tuple[int, ...] = ()
    c: dict[str, int] = dataclasses.field(default_factory=dict)
    d: str = dataclasses.field(default="")


def test_it_behaves_as_the_standard_one() -> None:
    for kind in (Ours, Theirs):
        one = kind(a=1, b=(2,), c={"x": 1})
        assert one == kind(a=1, b=(2,), c={"x": 1}) != kind(a=2)
        assert repr(one) == f"{kind.__name__}(a=1, b=(2,), c={{'x': 1}}, d='')"
        assert kind(a=1).c is not kind(a=1).c
        assert dataclasses.replace(one, a=5) == kind(a=5, b=(2,), c=one.c)
        assert dataclasses.asdict(one) == {"a": 1, "b": (2,), "c": {"x": 1}, "d": ""}
        assert [each.name for each in dataclasses.fields(kind)] == ["a", "b", "c", "d"]
        assert str(inspect.signature(kind)).startswith("(*, a")
        with pytest.raises(TypeError):
            kind()  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            kind(1)  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            kind(a=1, z=1)  # type: ignore[call-arg]
    assert Ours(a=1) != Theirs(a=1)  # type: ignore[comparison-overlap]


@pytest.mark.parametrize("value", [Ours(a=1, c={"x": 1}), SEEN, Fault(FaultKind.IRREGULAR, "x", 2)])
def test_it_travels(value: object) -> None:
    assert copy.deepcopy(value) == value
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(value, protocol)) == value  # noqa: S301 - our own bytes
    assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value


@pytest.mark.parametrize("value", [Ours(a=1), SEEN, TARGET])
def test_it_is_frozen(value: object) -> None:
    name = dataclasses.fields(value)[0].name  # type: ignore[arg-type]
    for change in (setattr, lambda one, name, _: delattr(one, name)):
        for field in (name, "other"):
            with pytest.raises(AttributeError):
                change(value, field, 1)
    assert not hasattr(value, "__dict__")


def test_it_is_a_key() -> None:
    assert {TARGET: 1, EXCHANGE: 2}[dataclasses.replace(TARGET)] == 1


def test_what_is_not_frozen_can_change() -> None:
    @dataclass(slots=True, eq=False)
    class Draft:
        a: int
        b: list[int] = dataclasses.field(default_factory=list)

    one, two = Draft(1), Draft(1)
    one.a, two.b = 2, [3]
    assert (one.a, one.b, two.a, two.b) == (2, [], 1, [3])
    assert one != Draft(2)
    assert {one, two} == {two, one}
    with pytest.raises(AttributeError):
        one.c = 1  # type: ignore[attr-defined]


def test_what_a_struct_cannot_do_is_left_to_the_standard_one() -> None:
    @dataclass(frozen=True, slots=True)
    class Peculiar:
        a: int
        b: str = dataclasses.field(default="", repr=False, compare=False)

    assert Peculiar(1, "x") == Peculiar(1, "y")
    assert repr(Peculiar(1, "x")).endswith("Peculiar(a=1)")


def test_it_matches() -> None:
    match Fault(FaultKind.IRREGULAR, "x", 2):
        case Fault(kind, detail, line):
            assert (kind, detail, line) == (FaultKind.IRREGULAR, "x", 2)
    match Attempt(detail="x"):
        case Attempt(detail=detail):
            assert detail == "x"


_AT_ONCE = """
import sys, threading
from preflight import recording
from preflight.engines import frames, packing, parts

DONE = []
LINE = sys.argv[1].encode()

def part():
    parts.read(sys.argv[2], "part")

def line():
    list(recording.load([LINE]))

def row():
    packing.row_decoder()

def frame():
    frames.decode(frames.encode(frames.End())[4:])

def kept():
    import preflight.cache.row

def journal():
    import preflight.engines.journal

def run(step):
    ready.wait()
    step()
    DONE.append(step)

steps = [part, line, row, frame, kept, journal, part, line]
ready = threading.Barrier(len(steps))
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=run, args=(step,)) for step in steps]
for one in threads:
    one.start()
for one in threads:
    one.join()
assert len(DONE) == len(steps)
"""


@pytest.mark.parametrize("attempt", range(4))
def test_threads_may_learn_the_same_types_at_once(attempt: int, tmp_path: Path) -> None:
    """msgspec ends the process where they do (SIGSEGV): in two of three attempts before there was a lock."""
    parts.write(str(tmp_path), "part", parts.Part([], []))
    line = dump(SEEN, version="1", profile="sinch").decode()
    command = [sys.executable, "-c", _AT_ONCE, line, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
