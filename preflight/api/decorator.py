"""A function that sends becomes one that checks first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from ..errors import UsageError
from ..target import Target
from .guard import Guard

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Call = inspect.BoundArguments


def requires_preflight(
    *, url_arg: str = "media_urls", guard: Guard | None = None
) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
    """Before each call of the function, ``guard.require`` the URLs in its argument ``url_arg``: one string, an iterable, or None for no media.

    An asynchronous function awaits it; any other one blocks, with the guard's blocking form. Without ``guard`` the function gets a
    ``Guard()`` of its own. Raises UsageError at once where the function has no such argument; the call raises what the guard raises.
    """
    mine = guard or Guard()

    def decorate(function: Callable[_P, _T]) -> Callable[_P, _T]:
        signature = inspect.signature(function)
        if url_arg not in signature.parameters:
            name = getattr(function, "__qualname__", repr(function))
            raise UsageError(f"{name} has no argument {url_arg!r} that could hold media URLs")

        def bound(*args: _P.args, **kwargs: _P.kwargs) -> tuple[_Call, list[str | Target]]:
            call = signature.bind(*args, **kwargs)
            call.apply_defaults()
            urls, call.arguments[url_arg] = _urls(call.arguments[url_arg])
            return call, urls

        @wraps(function)
        async def asynchronous(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            call, urls = bound(*args, **kwargs)
            await mine.require(urls)
            return await cast("Any", function)(*call.args, **call.kwargs)

        @wraps(function)
        def blocking(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            call, urls = bound(*args, **kwargs)
            mine.require_blocking(urls)
            return cast("Any", function)(*call.args, **call.kwargs)

        chosen = asynchronous if inspect.iscoroutinefunction(function) else blocking
        return cast("Callable[_P, _T]", chosen)

    return decorate


def _urls(value: Any) -> tuple[list[str | Target], Any]:
    """The URLs in an argument, and the argument to go on with: an iterator can be read once only."""
    if value is None:
        return [], value
    if isinstance(value, str | Target):
        return [value], value
    if not isinstance(value, Iterable):
        raise UsageError("the media URLs must be a string or a list of strings")
    urls = list(value)
    return urls, iter(urls) if iter(value) is value else value
