"""One HTTP/1.1 connection that carries one GET at a time: the socket and the clock around an ``Answer``.

It is an asyncio protocol, ``Plain`` or ``Secured``. It has no opinion about what comes back, and whatever the other side does ends in a ``Reply``.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from ssl import SSLEOFError, SSLError
from typing import cast

from ..observation import BodyEnd
from .answer import Answer
from .reply import Keep, Patience, Planner, Reply
from .tls import describe_failure

_RECORD = 16_384
"""The most that one record of TLS holds, in bytes (RFC 8446 section 5.1)."""

Gate = Callable[["Connection", Reply, int], bool]
"""Asks for room for so many bytes of a reply's body: True where it is granted; otherwise ``resume`` is called once it is."""


class Connection(asyncio.BaseProtocol):
    """A connection, at rest or carrying one request. The owner reads ``usable`` and ``deadline``."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.transport: asyncio.Transport | None = None
        self._source: asyncio.Transport | None = None
        self.usable = True
        self.deadline = 0.0
        self.permitted = False
        self.peer: str | None = None
        self.opened: dict[str, float] = {}
        self.reply = Reply()
        self._answer: Answer | None = None
        self._waiter: asyncio.Future[Reply] | None = None

    # The owner's side

    def request(
        self,
        data: bytes,
        planner: Planner,
        end: float,
        patience: Patience,
        gate: Gate | None = None,
    ) -> asyncio.Future[Reply]:
        """Send one request head; the future is always resolved with a Reply, unless it is cancelled. ``end`` is in the loop's clock."""
        assert self.transport is not None and self._waiter is None  # noqa: S101 - one GET at a time
        self._answer = Answer(planner)
        self.reply = self._answer.reply
        self._end, self._stall_s = end, patience.stall_s
        self._gate = gate
        self.deadline = min(end, self.loop.time() + patience.first_byte_s)
        self._waiter = self.loop.create_future()
        self.transport.write(data)
        return self._waiter

    def expire(self) -> None:
        """The deadline has passed."""
        if self._answer is not None:
            self._answer.expire()
            self._finish()

    def close(self) -> None:
        """Drop the connection; a request under way is not answered any more."""
        self.usable = False
        self._answer = self._waiter = None
        if self.transport is not None:
            self.transport.abort()

    def resume(self) -> None:
        """There is now room for the body."""
        if self._source is not None and not self._source.is_closing():
            self._source.resume_reading()
            self._await_more()

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport, and who is at the other end."""
        self.transport = cast(asyncio.Transport, transport)
        self._source = self._source or self.transport
        peername = transport.get_extra_info("peername")
        self.peer = peername[0] if isinstance(peername, tuple) else None

    def data_received(self, data: bytes) -> None:
        """Take a segment."""
        answer = self._answer
        if answer is None:
            self.close()  # bytes that nobody asked for: this connection cannot be trusted again
            return
        if self.reply.first_byte is None:
            self.reply.first_byte = self.loop.time()
        in_head = answer.framing is None
        answer.feed(data)
        if answer.framing is not None:
            if not answer.over:
                self._await_more()
            if in_head and answer.keep is Keep.BYTES:
                self._ask_for_room(answer)
        if answer.over:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed (no exception) or reset."""
        self.usable = False
        if self._answer is not None:
            alert = isinstance(exc, SSLError) and not isinstance(exc, SSLEOFError)
            if alert and exc is not None and self.reply.first_byte is None:
                # In TLS 1.3 the server's refusal of our side of the handshake comes after our own end of it.
                self._answer.refused(describe_failure(exc))
            else:
                self._answer.lost(reset=exc is not None)
            self._finish()

    # Inside

    def _ask_for_room(self, answer: Answer) -> None:
        """Once a body has begun; where there is no room for it the connection waits, and the silence is ours."""
        room = answer.room
        if not room or self._gate is None or self._gate(self, self.reply, room) or answer.over:
            return
        assert self._source is not None  # noqa: S101 - set in connection_made
        self._source.pause_reading()
        self.deadline = self._end

    def _await_more(self) -> None:
        self.deadline = min(self._end, self.loop.time() + self._stall_s)

    def _finish(self) -> None:
        waiter, reply = self._waiter, self.reply
        self._answer = self._waiter = None
        reply.finished = self.loop.time()
        if not _reusable(reply):
            self.usable = False
            if self.transport is not None:
                self.transport.close() if reply.end is BodyEnd.COMPLETE else self.transport.abort()
        elif self._source is not None and not self._source.is_reading():
            self._source.resume_reading()  # it was paused for want of room, and all of the body was here
        if waiter is not None and not waiter.done():
            waiter.set_result(reply)


class Plain(Connection, asyncio.Protocol):
    """A connection over TCP alone."""


class Secured(Connection, asyncio.BufferedProtocol):
    """A connection over TLS. All that has come is read at once into a buffer that the connections of a thread share: otherwise each read
    takes memory for the largest segment there could be, and gives it back.

    ``source`` is the transport below TLS, which is the one that waits: TLS that waits goes on to read the socket, and uvloop throws away what
    it has read so when the other side closes.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, source: asyncio.Transport) -> None:
        super().__init__(loop)
        self._source = source

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next segment goes: room for more than the records that wait to be read, which are ``sizehint`` bytes.

        A buffer that was filled would leave a rest for the next turn of the loop, and asyncio throws that away where the other side has closed by then.
        """
        need = sizehint + 2 * _RECORD  # and one that was begun before
        if len(_shared.buffer) < need:
            _shared.buffer = memoryview(bytearray(need))
        return _shared.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Take a segment."""
        self.data_received(bytes(_shared.buffer[:nbytes]))


class _Shared(threading.local):
    """One for each thread, which has one loop that runs; what is read is taken before anything else is read."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(_RECORD))


_shared = _Shared()


def _reusable(reply: Reply) -> bool:
    """Whether both sides agree that the answer is over and that another may follow (RFC 9112 section 9.3)."""
    head = reply.head
    if (
        reply.end is not BodyEnd.COMPLETE
        or reply.surplus
        or head is None
        or head.faults
        or head.version == "HTTP/1.0"
        or head.status == 101
    ):
        return False
    connection = head.value("connection")
    return connection is None or "close" not in connection.lower()
