"""One budget for all body bytes in flight: a body that finds no room waits, its connection paused, until others are done."""

from __future__ import annotations

from collections import deque

from .connection import Connection
from .reply import Reply


class Budget:
    """``total`` bytes, shared first come first served. A body larger than all of it is let through alone."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.used = 0
        self._held: dict[Reply, int] = {}
        self._waiting: deque[tuple[Connection, Reply, int]] = deque()

    def ask(self, connection: Connection, reply: Reply, size: int) -> bool:
        """Room for the body of a reply. False: its connection is resumed when there is room."""
        size = min(size, self.total)
        if self._waiting or self.used + size > self.total:
            self._waiting.append((connection, reply, size))
            return False
        self._grant(reply, size)
        return True

    def release(self, reply: Reply) -> None:
        """The body of this reply is no longer held, or never will be."""
        self.used -= self._held.pop(reply, 0)
        if not self._waiting:
            return
        self._waiting = deque(item for item in self._waiting if item[1] is not reply)
        while self._waiting and self.used + self._waiting[0][2] <= self.total:
            connection, waiting, size = self._waiting.popleft()
            self._grant(waiting, size)
            connection.resume()

    def _grant(self, reply: Reply, size: int) -> None:
        self._held[reply] = size
        self.used += size
