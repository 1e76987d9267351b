"""Our ``dataclass`` makes what the standard one makes."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import preflight
from preflight.observation import Attempt, Exchange, Fault, FaultKind, Observation, Purpose
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
import msgspec
from preflight import observation, recording
from preflight.engines import frames, parts
from preflight.target import Target
from preflight.values import decoder

FIRST = observation.Exchange(purpose=observation.Purpose.IDENTITY, url="http://h/")
SEEN = observation.Observation(target=Target(url="http://h/"), observed_at=1.0, exchanges=(FIRST,))
LINE = recording._Line(recording=1, preflight="1", profile="sinch", observation=SEEN)
VALUES = [parts.Part([], []), LINE, SEEN, frames.Done([], [])] * 2
READ = []

def read(value):
    data = msgspec.msgpack.encode(value)
    ready.wait()
    READ.append(decoder(msgspec.msgpack, type(value))(data))

ready = threading.Barrier(len(VALUES))
sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=read, args=(value,)) for value in VALUES]
for one in threads:
    one.start()
for one in threads:
    one.join()
assert len(READ) == len(VALUES)
"""


@pytest.mark.parametrize("attempt", range(4))
def test_threads_may_learn_the_same_types_at_once(attempt: int) -> None:
    """msgspec ends the process where they do (SIGSEGV), in two of three attempts; so decoders learn one at a time."""
    done = subprocess.run(
        [sys.executable, "-c", _AT_ONCE], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_decoders_are_made_in_one_place() -> None:
    """Elsewhere nobody would think of the lock."""
    root = Path(preflight.__file__).parent
    made = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if re.search(r"(json|msgpack|codec)\.(Decoder|decode)\(", path.read_text("utf-8"))
    ]
    assert made == ["values.py"]
