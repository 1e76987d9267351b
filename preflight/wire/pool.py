"""Connections at rest, kept for the next request to the same origin. The oldest go first where there are too many."""

from __future__ import annotations

from .connection import Connection

MAX_IDLE = 128
"""Connections kept at rest, over all origins."""

Key = tuple[str, str, int, bool]
"""Scheme, host, port, and whether a proxy is between."""


class Pool:
    """Takes what is kept last first: it is the least likely to have been closed by the other side."""

    def __init__(self) -> None:
        self._idle: dict[Connection, Key] = {}  # in the order in which they were kept
        self._kept: dict[Key, list[Connection]] = {}

    def __len__(self) -> int:
        return len(self._idle)

    def take(self, key: Key) -> Connection | None:
        """A connection that can be used, or None."""
        kept = self._kept.get(key)
        while kept:
            connection = kept.pop()
            self._idle.pop(connection, None)
            if connection.usable:
                return connection
        return None

    def keep(self, key: Key, connection: Connection) -> None:
        """Keep a connection for later."""
        self._kept.setdefault(key, []).append(connection)
        self._idle[connection] = key
        if len(self._idle) > MAX_IDLE:
            oldest = next(iter(self._idle))
            self._kept[self._idle.pop(oldest)].remove(oldest)
            oldest.close()
        elif len(self._kept) > 4 * MAX_IDLE:
            self._kept = {key: kept for key, kept in self._kept.items() if kept}

    def close(self) -> None:
        """Close everything that is kept."""
        for connection in self._idle:
            connection.close()
        self._idle.clear()
        self._kept.clear()
