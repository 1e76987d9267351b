"""One HTTP/1.1 connection that carries one GET at a time and hands back raw bytes, with no opinion about them.

It is a plain ``asyncio.Protocol``. Bytes are kept until the whole final head is there, so that what is concluded never
depends on how the bytes were cut into segments; the body is read by its framing under a limit. Whatever the other side
does ends in a ``Reply``: there are no exceptions here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import cast

from ..observation import BodyEnd, Failure, FailureKind, Head
from ..text import quoted
from .body import Chunks, Framing, framing
from .head import MAX_HEAD, MAX_INTERIM, find_end, not_http, read_head, unreadable
from .reply import Deadlines, Keep, Planner, Reply

_PREFIX = 65_536
"""Bytes that are still read of a body whose announced length is already over its limit: enough to tell what it is."""


Gate = Callable[["Connection", Reply, int], bool]
"""Asks for room for so many bytes of a reply's body: True where it is granted; otherwise ``resume`` is called once it is."""


class Connection(asyncio.Protocol):
    """A connection, at rest or carrying one request. The owner reads ``usable`` and ``deadline``."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.transport: asyncio.Transport | None = None
        self.usable = True
        self.served = 0
        self.deadline = 0.0
        self.permitted = False
        self.peer: str | None = None
        self.opened: dict[str, float] = {}
        self._waiter: asyncio.Future[Reply] | None = None
        self._reply = Reply()
        self._reset()

    def _reset(self) -> None:
        self._buffer = bytearray()
        self._head_start = 0
        self._scan = 0
        self._interim = 0
        self._framing: Framing | None = None
        self._pieces: list[bytes] = []
        self._left = 0
        self._limit = 0
        self._keep = Keep.NOTHING
        self._hash: hashlib._Hash | None = None
        self._chunks: Chunks | None = None

    # The owner's side

    def request(
        self, data: bytes, planner: Planner, deadlines: Deadlines, gate: Gate | None = None
    ) -> asyncio.Future[Reply]:
        """Send one request head; the future is always resolved with a Reply, unless it is cancelled."""
        assert self.transport is not None and self._waiter is None  # noqa: S101 - one GET at a time
        self._reset()
        self._reply = Reply()
        self._planner = planner
        self._deadlines = deadlines
        self._gate = gate
        self.served += 1
        self.deadline = min(deadlines.total, self.loop.time() + deadlines.first_byte_s)
        self._waiter = self.loop.create_future()
        self.transport.write(data)
        return self._waiter

    def expire(self) -> None:
        """The deadline has passed."""
        if self._framing is None and not_http(
            bytes(self._buffer[self._head_start : self._head_start + 16])
        ):
            self._finish_unreadable(self._not_http())
        elif self._framing is None:
            detail = (
                "no answer came"
                if not self._reply.started
                else "the head of the answer did not end"
            )
            self._fail(
                Failure(kind=FailureKind.TIMEOUT, detail=f"{detail} within the time allowed")
            )
        else:
            self._finish(BodyEnd.TIMEOUT)

    def close(self) -> None:
        """Drop the connection; a request under way is not answered any more."""
        self.usable = False
        self._waiter = None
        if self.transport is not None:
            self.transport.abort()

    @property
    def reply(self) -> Reply:
        """The reply under way, or the last one."""
        return self._reply

    def resume(self) -> None:
        """There is now room for the body."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
            self.deadline = min(self._deadlines.total, self.loop.time() + self._deadlines.stall_s)

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport, and who is at the other end."""
        self.transport = cast(asyncio.Transport, transport)
        peername = transport.get_extra_info("peername")
        self.peer = peername[0] if isinstance(peername, tuple) else None

    def data_received(self, data: bytes) -> None:
        """Take a segment."""
        if self._waiter is None:
            self.close()  # bytes that nobody asked for: this connection cannot be trusted again
            return
        reply = self._reply
        if not reply.started:
            reply.started = True
            reply.first_byte = self.loop.time()
        if self._framing is None:
            self._buffer += data
            self._read_heads()
            return
        self.deadline = min(self._deadlines.total, self.loop.time() + self._deadlines.stall_s)
        self._take_body(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side closed (no exception) or reset."""
        self.usable = False
        if self._waiter is None:
            return
        how = "reset" if exc is not None else "closed"
        if self._framing is not None:
            self._finish(self._end_on_loss(exc))
        elif not self._reply.started:
            self._fail(
                Failure(
                    kind=FailureKind.CLOSED,
                    detail=f"the connection was {how} before any byte of an answer",
                )
            )
        elif not_http(bytes(self._buffer[self._head_start : self._head_start + 16])):
            self._finish_unreadable(self._not_http())
        else:
            self._reply.raw_head = bytes(self._buffer[self._head_start :])
            self._fail(
                Failure(
                    kind=FailureKind.HEAD_CUT,
                    detail=f"the connection was {how} inside the head of the answer",
                )
            )

    def _end_on_loss(self, exc: Exception | None) -> BodyEnd:
        if exc is not None:
            return BodyEnd.RESET
        return BodyEnd.CLOSED if self._framing is Framing.CLOSE else BodyEnd.SHORT

    # Heads

    def _read_heads(self) -> None:
        """Read interim heads and the final one out of the buffer, once they are whole."""
        buffer = self._buffer
        while True:
            start = self._head_start
            if not_http(bytes(buffer[start : start + 16])) and (
                len(buffer) - start >= 32 or buffer.find(b"\n", start) >= 0
            ):
                self._finish_unreadable(self._not_http())
                return
            end = find_end(buffer, max(start, self._scan))
            self._scan = len(buffer)
            if end > MAX_HEAD or (end < 0 and len(buffer) > MAX_HEAD):
                self._finish_unreadable(f"the head of the answer is over {MAX_HEAD // 1024} KiB")
                return
            if end < 0:
                return
            raw = bytes(buffer[start:end])
            head = read_head(raw)
            self._head_start = self._scan = end
            if (
                head.status is None
                or not 100 <= head.status < 200
                or head.status == 101
                or head.malformed
            ):
                self._begin_body(raw, head)
                return
            self._interim += 1
            if self._interim > MAX_INTERIM:
                self._reply.raw_head = raw
                self._finish_unreadable(f"more than {MAX_INTERIM} interim (1xx) answers came")
                return

    def _not_http(self) -> str:
        start = self._head_start
        beginning = bytes(self._buffer[start : start + 16]).split(b"\n")[0]
        self._reply.raw_head = bytes(self._buffer[start : start + 64])
        return f"the answer is not HTTP/1.x: it begins with {quoted(beginning.decode('latin-1'))}"

    def _begin_body(self, raw: bytes, head: Head) -> None:
        reply = self._reply
        reply.raw_head = raw
        reply.head = replace(head, interim=self._interim) if self._interim else head
        rest = bytes(self._buffer[self._head_start :])
        self._buffer.clear()
        if head.malformed:
            self._finish(None)
            return
        self._framing = framing(head)
        plan = self._planner(head)
        self._keep, self._limit = plan.keep, plan.limit
        if plan.keep is Keep.DIGEST:
            self._hash = hashlib.sha256()
        if self._framing is Framing.NONE or (self._framing is Framing.LENGTH and not head.length):
            reply.surplus = len(rest)
            self._finish(BodyEnd.COMPLETE)
            return
        if not self._announced(head):
            return
        self.deadline = min(self._deadlines.total, self.loop.time() + self._deadlines.stall_s)
        if self._gate and plan.keep is Keep.BYTES and not self._gate(self, reply, self._room()):
            assert self.transport is not None  # noqa: S101 - set in connection_made
            self.transport.pause_reading()
            self.deadline = self._deadlines.total  # the silence is ours
        if rest:
            self._take_body(rest)

    def _announced(self, head: Head) -> bool:
        """Prepare for what the head announces; False where nothing of the body is worth reading."""
        if self._framing is Framing.CHUNKED:
            self._chunks = Chunks()
        elif self._framing is Framing.LENGTH:
            self._left = head.length or 0
            if self._left > self._limit:
                if self._keep is not Keep.BYTES:
                    self._finish(BodyEnd.DROPPED)
                    return False
                self._limit = min(self._limit, _PREFIX)
        return True

    def _room(self) -> int:
        return min(self._left, self._limit) if self._framing is Framing.LENGTH else self._limit

    # Bodies

    def _take_body(self, data: bytes) -> None:
        if self._framing is Framing.LENGTH:
            self._take_length(data)
        elif self._chunks is not None:
            content = b"".join(self._chunks.feed(data))
            if content:
                self._store(content)
            if self._waiter is not None and (self._chunks.done or self._chunks.broken):
                self._reply.surplus = self._chunks.surplus
                self._finish(BodyEnd.COMPLETE if self._chunks.done else BodyEnd.BAD_CHUNK)
        else:
            self._store(data)

    def _take_length(self, data: bytes) -> None:
        if len(data) > self._left:
            self._reply.surplus = len(data) - self._left
            data = data[: self._left]
        self._left -= len(data)
        self._store(data)
        if not self._left and self._waiter is not None:
            self._finish(BodyEnd.COMPLETE)

    def _store(self, data: bytes) -> None:
        reply = self._reply
        reply.received += len(data)
        if self._keep is Keep.BYTES:
            self._pieces.append(data)
        elif self._hash is not None:
            self._hash.update(data)
        if reply.received > self._limit or (self._left and reply.received == self._limit):
            self._finish(BodyEnd.LIMIT if self._keep is not Keep.NOTHING else BodyEnd.DROPPED)

    # Ends

    def _finish_unreadable(self, detail: str) -> None:
        self._reply.head = unreadable(detail, self._interim)
        self._finish(None)

    def _fail(self, failure: Failure) -> None:
        self._reply.failure = failure
        self._finish(None)

    def _finish(self, end: BodyEnd | None) -> None:
        waiter, reply = self._waiter, self._reply
        if waiter is None:
            return
        self._waiter = None
        reply.end = end
        reply.finished = self.loop.time()
        pieces = self._pieces
        reply.body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        if self._hash is not None and end in (BodyEnd.COMPLETE, BodyEnd.CLOSED):
            reply.digest = self._hash.hexdigest()
        self._pieces = []
        if not self._reusable(reply):
            self.usable = False
            if self.transport is not None:
                self.transport.abort() if end is not BodyEnd.COMPLETE else self.transport.close()
        elif self.transport is not None and not self.transport.is_reading():
            self.transport.resume_reading()  # it was paused for want of room, and all of the body was here
        if not waiter.done():
            waiter.set_result(reply)

    def _reusable(self, reply: Reply) -> bool:
        """Whether both sides agree that the answer is over and that another may follow (RFC 9112 section 9.3)."""
        head = reply.head
        if (
            reply.end is not BodyEnd.COMPLETE
            or reply.surplus
            or head is None
            or head.faults
            or head.version == "HTTP/1.0"
        ):
            return False
        if head.status == 101:
            return False
        connection = head.value("connection")
        return connection is None or "close" not in connection.lower()
