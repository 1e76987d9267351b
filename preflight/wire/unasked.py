"""What a URL shows by itself: no socket is opened, and no name is resolved."""

from __future__ import annotations

from collections.abc import Iterable

from ..observation import Exchange, Failure, FailureKind, Purpose
from .address import Network, refusal
from .url import Problem, Url, parse


def unasked(text: str, allowed: Iterable[Network]) -> Exchange:
    """The exchange of a URL that nobody asked for: failed where no request could change that, because it is no URL or its address is refused."""
    failure, permitted = _refused(parse(text), allowed)
    return Exchange(purpose=Purpose.IDENTITY, url=text, failure=failure, permitted=permitted)


def _refused(url: Url | Problem, allowed: Iterable[Network]) -> tuple[Failure | None, bool]:
    if isinstance(url, Problem):
        return Failure(kind=FailureKind.INVALID_URL, detail=url.text), False
    if url.address is None and not url.is_localhost:
        return None, False
    address = "127.0.0.1" if url.is_localhost else url.host
    what, permitted = refusal(address, allowed)
    if what is None:
        return None, permitted
    detail = f"the address {address} is {what}"
    return Failure(kind=FailureKind.PRIVATE_ADDRESS, detail=detail), False
