"""One answer to a GET, read from its bytes however they are cut: pure, without a socket and without a clock.

Bytes are kept until the whole final head is there, so that what is concluded never depends on segments; the body is read by
its framing under a limit. Whatever the other side does ends in a ``Reply``: there are no exceptions here.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from ..observation import BodyEnd, Failure, FailureKind, Fault, Head
from ..text import quoted
from .body import Chunks, Framing, framing
from .head import MAX_HEAD, MAX_INTERIM, find_end, not_http, read_head, unreadable
from .reply import DROP, Keep, Planner, Reply

# A member of an enumeration is found by a function of its metaclass, at each use anew (Python 3.11); an answer would do that twenty times.
_LENGTH, _CHUNKED = Framing.LENGTH, Framing.CHUNKED
_BYTES, _NOTHING = Keep.BYTES, Keep.NOTHING
_COMPLETE = BodyEnd.COMPLETE

_PREFIX = 65_536
"""Bytes that are still read of a body whose announced length is already over its limit: enough to tell what it is."""

Buffer = bytes | bytearray


class Answer:
    """Feed it bytes until it is ``over``. ``framing`` is None until the final head was read; ``keep`` is then what is done with the body."""

    framing: Framing | None = None
    keep = _NOTHING
    over = False
    _heads: Buffer = b""
    _start = 0  # of the head that is being read
    _scan = 0  # up to where its end was looked for
    _interim = 0
    _odd: tuple[Fault, ...] = ()  # what was tolerated in interim heads
    _left = 0
    _limit = 0
    _hash: hashlib._Hash | None = None
    _chunks: Chunks | None = None

    def __init__(self, planner: Planner) -> None:
        self.reply = Reply()
        self._planner = planner
        self._pieces: list[bytes] = []

    @property
    def room(self) -> int:
        """Bytes of the body that are kept, or may still come to be: by its length, else by its limit."""
        known = self.over or self.framing is _LENGTH
        return min(self.reply.received + self._left, self._limit) if known else self._limit

    def feed(self, data: bytes) -> None:
        """Take a segment."""
        if self.framing is not None:
            self._take_body(data)
        elif self._heads:
            self._heads += data
            self._read_heads(self._heads)
        else:
            self._read_heads(data)

    def lost(self, *, reset: bool) -> None:
        """The connection is closed, or was reset."""
        how = "reset" if reset else "closed"
        if self.framing is not None:
            closed = BodyEnd.CLOSED if self.framing is Framing.CLOSE else BodyEnd.SHORT
            self._finish(BodyEnd.RESET if reset else closed)
        elif not self._heads:
            detail = f"the connection was {how} before any byte of an answer"
            self._fail(FailureKind.CLOSED, detail)
        elif self._foreign(self._heads):
            self._finish_foreign(self._heads)
        else:
            self.reply.raw_head = bytes(self._heads[self._start :])
            detail = f"the connection was {how} inside the head of the answer"
            self._fail(FailureKind.HEAD_CUT, detail)

    def refused(self, failure: Failure) -> None:
        """The connection was ended before any byte of an answer, for a reason that it gave."""
        self.reply.failure = failure
        self._finish(None)

    def expire(self) -> None:
        """The time allowed is over."""
        if self.framing is not None:
            self._finish(BodyEnd.TIMEOUT)
        elif self._heads and self._foreign(self._heads):
            self._finish_foreign(self._heads)
        else:
            what = "the head of the answer did not end" if self._heads else "no answer came"
            self._fail(FailureKind.TIMEOUT, f"{what} within the time allowed")

    # Heads

    def _read_heads(self, heads: Buffer) -> None:
        """Read interim heads and the final one, once they are whole."""
        while True:
            start = self._start
            if self._foreign(heads) and (len(heads) - start >= 32 or b"\n" in heads[start:]):
                self._finish_foreign(heads)
                return
            end = find_end(heads, self._scan, start)
            self._scan = len(heads)
            if end > MAX_HEAD or (end < 0 and len(heads) > MAX_HEAD):
                self._finish_unreadable(f"the head of the answer is over {MAX_HEAD // 1024} KiB")
                return
            if end < 0:
                self._heads = heads if isinstance(heads, bytearray) else bytearray(heads)
                return
            raw = bytes(heads[start:end])
            head = read_head(raw)
            self._start = self._scan = end
            if not _interim(head):
                self.reply.raw_head = raw
                self._heads = b""
                self._begin_body(head, bytes(heads[end:]))
                return
            self._interim += 1
            self._odd += head.faults
            if self._interim > MAX_INTERIM:
                self.reply.raw_head = raw
                self._finish_unreadable(f"more than {MAX_INTERIM} interim (1xx) answers came")
                return

    def _foreign(self, heads: Buffer) -> bool:
        """Whether what stands where a head should begin cannot be one of HTTP/1.x."""
        start = self._start
        return not heads.startswith(b"HTTP/1.", start) and not_http(
            bytes(heads[start : start + 16])
        )

    def _finish_foreign(self, heads: Buffer) -> None:
        start = self._start
        beginning = bytes(heads[start : start + 16]).split(b"\n")[0].decode("latin-1")
        self.reply.raw_head = bytes(heads[start : start + 64])
        self._finish_unreadable(f"the answer is not HTTP/1.x: it begins with {quoted(beginning)}")

    def _finish_unreadable(self, detail: str) -> None:
        self.reply.head = unreadable(detail, self._interim)
        self._finish(None)

    # The body

    def _begin_body(self, head: Head, rest: bytes) -> None:
        reply = self.reply
        if self._interim:
            head = replace(head, interim=self._interim, faults=(*self._odd, *head.faults))
        reply.head = head
        if head.malformed:
            self._finish(None)
            return
        self.framing = framing(head)
        plan = self._planner(head) if head.status == 200 else DROP
        self.keep, self._limit = plan.keep, plan.limit
        if plan.keep is Keep.DIGEST:
            self._hash = hashlib.sha256()
        if self.framing is _LENGTH:
            self._left = head.length or 0
        if self.framing is Framing.NONE or (self.framing is _LENGTH and not self._left):
            reply.surplus = len(rest)
            self._finish(_COMPLETE)
            return
        if self.framing is _CHUNKED:
            self._chunks = Chunks()
        elif self._left > self._limit:
            if self.keep is not _BYTES:
                self._finish(BodyEnd.DROPPED)  # nothing of it is worth reading
                return
            self._limit = min(self._limit, _PREFIX)
        if rest:
            self._take_body(rest)

    def _take_body(self, data: bytes) -> None:
        if self.framing is _LENGTH:
            self._take_length(data)
        elif self._chunks is not None:
            self._take_chunks(self._chunks, data)
        else:
            self._store(data)

    def _take_length(self, data: bytes) -> None:
        if len(data) > self._left:
            self.reply.surplus = len(data) - self._left
            data = data[: self._left]
        self._left -= len(data)
        self._store(data)
        if not self._left and not self.over:
            self._finish(_COMPLETE)

    def _take_chunks(self, chunks: Chunks, data: bytes) -> None:
        content = b"".join(chunks.feed(data))
        if content:
            self._store(content)
        if not self.over and (chunks.done or chunks.broken):
            self.reply.surplus = chunks.surplus
            self._finish(_COMPLETE if chunks.done else BodyEnd.BAD_CHUNK)

    def _store(self, data: bytes) -> None:
        reply = self.reply
        reply.received += len(data)
        if self.keep is _BYTES:
            self._pieces.append(data)
        elif self._hash is not None:
            self._hash.update(data)
        if reply.received > self._limit or (self._left and reply.received == self._limit):
            self._finish(BodyEnd.LIMIT if self.keep is not _NOTHING else BodyEnd.DROPPED)

    # Ends

    def _fail(self, kind: FailureKind, detail: str) -> None:
        self.refused(Failure(kind=kind, detail=detail))

    def _finish(self, end: BodyEnd | None) -> None:
        reply, pieces = self.reply, self._pieces
        self.over = True
        reply.end = end
        reply.body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        self._pieces = []
        if self._hash is not None and end in (_COMPLETE, BodyEnd.CLOSED):
            reply.digest = self._hash.hexdigest()


def _interim(head: Head) -> bool:
    """Whether another head follows (RFC 9110 section 15.2); 101 is the last one of its connection."""
    status = head.status
    return status is not None and 100 <= status < 200 and status != 101 and not head.malformed
