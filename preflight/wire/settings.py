"""What a fetch may do and how long it may take: one value, made once a run."""

from __future__ import annotations

from ..profile import Profile
from ..values import dataclass
from .address import Network


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """Times in seconds. ``total_s`` covers one attempt at one URL: all hops and variants.

    ``headers`` are (name, value) pairs for the first origin only. ``budget`` is the number of body bytes that may be held in memory at
    once. ``proxy`` is None, ``env``, or a proxy's URL.
    """

    profile: Profile
    allow_networks: tuple[Network, ...] = ()
    total_s: float = 20.0
    connect_s: float = 10.0
    first_byte_s: float = 20.0
    stall_s: float = 10.0
    headers: tuple[tuple[str, str], ...] = ()
    proxy: str | None = None
    cafile: str | None = None
    budget: int = 64_000_000


MAX_BODY = 50_000_000
"""Bytes of one body where the profile knows no limit."""
