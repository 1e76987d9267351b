"""Where an audit runs: in this process, in several, or on a cluster. One small interface, one table."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from ..errors import UsageError
from .base import Engine, Judge, Keep, Seen, Sink, Task

__all__ = ["ENGINES", "Engine", "Judge", "Keep", "Seen", "Sink", "Task", "engine_named"]

ENGINES: dict[str, str] = {"local": "local", "processes": "processes", "dask": "dask"}
"""The name of each engine, and the module inside this package that has its ``run``."""

_EXTRAS = {"dask": ("distributed", "dask")}


def engine_named(text: str) -> tuple[Engine, str | None]:
    """The engine of a setting such as ``processes`` or ``dask=tcp://10.0.0.1:8786``, and the address in it.

    Raises UsageError for one that there is not, and for one whose extra is not installed.
    """
    name, equals, address = text.partition("=")
    if name not in ENGINES:
        from ..nearest import nearest

        hint = nearest(name, list(ENGINES)) or f"; there are {', '.join(ENGINES)}"
        raise UsageError(f"there is no engine {name!r}{hint}")
    if equals and name != "dask":
        raise UsageError(f"the engine {name} takes no address")
    if equals and not address.startswith(("tcp://", "tls://", "ws://", "wss://", "ucx://")):
        raise UsageError(
            f"--engine dask={address}: the scheduler's address looks like tcp://HOST:8786"
        )
    module, extra = _EXTRAS.get(name, ("", ""))
    if module:
        _need(name, module, extra)
    run: Engine = import_module(f".{ENGINES[name]}", __name__).run
    return run, address or None


def _need(name: str, module: str, extra: str) -> None:
    if find_spec(module) is None:
        raise UsageError(
            f"the engine {name} is not installed; install it with: pip install 'mms-preflight[{extra}]'"
        )
