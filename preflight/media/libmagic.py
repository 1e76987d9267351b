"""The adapter to libmagic: found and loaded on first use, tried on samples, asked one file at a time.

``magic.from_buffer`` is broken in libmagic 5.46 (ZIP) and 5.47 (most media), so the bytes always go through a file descriptor.
Order: the system's library through python-magic; the one in the pylibmagic wheel, loaded by path (importing that package patches
ctypes and the environment); the libmagic rules in Rust (pure-magic-rs). Where none works, identification goes on without.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from ..values import dataclass
from .canary import canary
from .id3 import tag_length

MAX_BYTES = 65_536
"""Bytes of a file that are shown to libmagic; an ID3v2 tag in front does not count."""
_MAX_TAG = 4_194_304


@dataclass(frozen=True, slots=True, kw_only=True)
class _Engine:
    name: str
    ask: Callable[[bytes], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    engine: _Engine | None
    reason: str | None


_lock = threading.Lock()
_state: _State | None = None


def ask(data: bytes) -> str | None:
    """libmagic's own answer, a media type in lower case, or None where it has none or cannot be used. Thread-safe."""
    engine = _load().engine
    if engine is None:
        return None
    try:
        with _lock:
            answer = engine.ask(_shown(data))
    except Exception:  # a C library's error is no verdict on the media
        return None
    answer = answer.partition(";")[0].strip().lower()
    return None if answer in ("", "application/octet-stream") or "/" not in answer else answer


def usable() -> str | None:
    """None where libmagic answers rightly; else why it is not used, as one sentence for ``doctor``."""
    return _load().reason


def version() -> str:
    """Who answers: "libmagic 5.44", "pure-magic-rs 0.5.1", or "no libmagic"."""
    engine = _load().engine
    return engine.name if engine else "no libmagic"


def _shown(data: bytes) -> bytes:
    return data[: MAX_BYTES + min(tag_length(data, 0) or 0, _MAX_TAG)]


def _load() -> _State:
    global _state
    if _state is None:
        with _lock:
            if _state is None:
                _state = _choose()
    return _state


def _choose() -> _State:
    """The first engine that passes the canary; else the first reason against one."""
    reasons = []
    for load in (_system, _wheel, _rust):
        try:
            engine = load()
        except (
            Exception
        ) as error:  # absent, of another name, or without its database: try the next one
            reasons.append(f"libmagic unusable: {type(error).__name__} while loading")
            continue
        if engine is None:
            continue
        wrong = canary(engine.ask)
        if wrong is None:
            return _State(engine=engine, reason=None)
        reasons.insert(0, f"libmagic unusable: {engine.name} {wrong}")
    return _State(
        engine=None, reason=reasons[0] if reasons else "libmagic unusable: no library was found"
    )


def _system() -> _Engine | None:
    import magic

    return _Engine(name=_numbered(magic), ask=_through_descriptor(magic.Magic(mime=True)))


def _wheel() -> _Engine | None:
    """The library of the pylibmagic wheel: once it is loaded, python-magic's own look-up finds it by its soname."""
    spec = importlib.util.find_spec("pylibmagic")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    library = next(
        iter(sorted(folder.rglob("libmagic*.so*")) or sorted(folder.rglob("libmagic*.dylib"))), None
    )
    database = next(iter(sorted(folder.rglob("magic.mgc"))), None)
    if library is None or database is None:
        return None
    ctypes.CDLL(str(library))
    import magic

    found = magic.Magic(mime=True, magic_file=str(database))
    return _Engine(name=_numbered(magic), ask=_through_descriptor(found))


def _rust() -> _Engine | None:
    if importlib.util.find_spec("pure_magic_rs") is None:
        return None
    from importlib.metadata import version as installed

    import pure_magic_rs

    rules = pure_magic_rs.MagicDb()

    def answer(data: bytes) -> str:
        return str(rules.best_magic_buffer(data).mime_type)

    return _Engine(name=f"pure-magic-rs {installed('pure-magic-rs')}", ask=answer)


def _numbered(magic: ModuleType) -> str:
    """libmagic's 544 as "libmagic 5.44"."""
    number: int = magic.version()
    return f"libmagic {number // 100}.{number % 100:02d}"


def _through_descriptor(magic: object) -> Callable[[bytes], str]:
    from_descriptor: Callable[[int], str] = getattr(magic, "from_descriptor")  # noqa: B009  untyped library

    def answer(data: bytes) -> str:
        descriptor = _descriptor(data)
        try:
            return from_descriptor(descriptor)
        finally:
            os.close(descriptor)

    return answer


def _descriptor(data: bytes) -> int:
    """A descriptor at the start of a nameless file that holds the bytes: in memory where the system can."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("media", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.lseek(descriptor, 0, os.SEEK_SET)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
