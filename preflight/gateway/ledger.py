"""At most one POST a key, across crashes and processes: intentions are written down before anything is sent.

A row goes from ``intent`` to ``sent``, ``rejected``, ``not-sent`` or ``unknown``. Only who inserted the intent may POST, and an intent that
nobody settled is unknown: its process may have died before or after the POST, and no one can tell. SQLite in WAL mode with synchronous=FULL: a
claim that has returned survives a power cut. Not for network filesystems, where WAL does not work.

Neither telephone numbers nor the api-key are kept: numbers as a keyed hash with the file's own random salt, and their last two digits.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

from ..errors import UsageError
from . import ledger_file, liveness
from .codes import CodeClass
from .fingerprint import default_key, fingerprint, keyed_hash
from .ledger_entry import Claim, Entry, State, settlement
from .postback import Postback
from .reply import Reply
from .request import SendRequest

_MARGIN_S = 5.0  # between the end of a POST's time and the moment when its intent is given up
_KEY_CHARACTERS = 256
_FINAL_POSTBACKS = frozenset({"N102", "N103", "N202", "E101", "E102", "E202", "E999"})
_AGAIN = frozenset({CodeClass.RETRY_LATER.value, CodeClass.STOP_RUN.value})


class Ledger:
    """An open ledger file, made with mode 0600 where there is none. Usable from several threads; not across fork.

    Each claim and each settlement waits for the disk, some milliseconds. Raises UsageError where the file cannot be used: no
    permission, another kind of file, a filesystem without WAL; with ``create`` False also where there is none. ``clock`` gives
    seconds since the epoch.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._database, self._salt = ledger_file.open_file(Path(path), create)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Open claims stay as they are, that is, unknown."""
        self._database.close()

    def key_of(self, endpoint: str, request: SendRequest) -> str:
        """The default key: a hash of endpoint, mms-id, to and the custom fields, keyed with this file's salt."""
        return default_key(self._salt, endpoint, request)

    def look(
        self, key: str, endpoint: str, request: SendRequest, *, retry: bool = False
    ) -> Entry | None:
        """What stands against a POST with this key; None where a claim would be granted.

        Raises UsageError where the key belongs to another message.
        """
        row = self._row(key)
        return None if row is None else self._standing(row, self._mark(endpoint, request), retry)

    def claim(
        self,
        key: str,
        endpoint: str,
        request: SendRequest,
        *,
        timeout_s: float = 30.0,
        retry: bool = False,
    ) -> Claim | Entry:
        """The right to POST under a key, durably written down; or the entry that stands against it.

        Granted for a new key, for one that was not sent for certain, and with ``retry`` for one that was refused by a code that
        may pass (retry-later, stop-run). ``timeout_s`` bounds the POST. Raises UsageError where the key belongs to another message.
        """
        if not 0 < len(key) <= _KEY_CHARACTERS or not key.isprintable():
            raise UsageError(f"a ledger key must be 1 to {_KEY_CHARACTERS} printable characters")
        standing = self.look(
            key, endpoint, request, retry=retry
        )  # spares the lock and the disk where the answer is no
        if standing is not None:
            return standing
        mark = self._mark(endpoint, request)
        now, token = self._clock(), secrets.token_hex(16)
        with self._transaction() as database:
            row = self._row(key, database)
            standing = None if row is None else self._standing(row, mark, retry)
            if standing is not None:
                return standing
            attempt = 1 if row is None else int(row["attempt"]) + 1
            created = now if row is None else float(row["created_at"])
            database.execute(
                "INSERT OR REPLACE INTO send (key, fingerprint, state, attempt, token, process, deadline, mms_id, to_hash, to_tail,"
                " reference, created_at, updated_at) VALUES (?, ?, 'intent', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key, mark, attempt, token, liveness.this_process(), now + timeout_s + _MARGIN_S, request.mms_id,
                    keyed_hash(self._salt, request.to), request.to[-2:], self._reference(request.client_reference), created, now,
                ),
            )  # fmt: skip
        return Claim(key=key, attempt=attempt, token=token)

    def settle(self, claim: Claim, reply: Reply) -> bool:
        """Write down what came of a claim. False where that was not possible, which leaves the key unknown.

        That is so where the file can no longer be written. A claim that a person has resolved meanwhile also stays as it is.
        """
        try:
            return self._settle(claim, reply)
        except UsageError:
            return False

    def _settle(self, claim: Claim, reply: Reply) -> bool:
        state, tracking_id, code, klass, text = settlement(reply)
        with self._transaction() as database:
            done = database.execute(
                "UPDATE send SET state = ?, tracking_id = ?, code = ?, klass = ?, text = ?, updated_at = ?"
                " WHERE key = ? AND token = ? AND state = 'intent'",
                (
                    state.value,
                    tracking_id,
                    code,
                    klass,
                    text,
                    self._clock(),
                    claim.key,
                    claim.token,
                ),
            )
            return done.rowcount == 1

    def get(self, key: str) -> Entry | None:
        """The entry of a key, or None."""
        row = self._row(key)
        return None if row is None else self._entry(row)

    def list(self, state: State | None = None) -> Iterator[Entry]:
        """Every entry, or those in one state, oldest first. Whatever is not settled is shown as unknown."""
        with (
            self._lock,
            closing(
                self._database.execute("SELECT * FROM send ORDER BY created_at, key")
            ) as cursor,
        ):
            rows = cursor.fetchall()
        for row in rows:
            entry = self._entry(row)
            if state is None or entry.state is state:
                yield entry

    def resolve(self, key: str, *, sent: str | None = None, not_sent: bool = False) -> Entry:
        """Settle an unknown key by hand: ``sent`` with its tracking id, or ``not_sent``, after which it may be sent again.

        Raises UsageError for no such key, one that is not unknown, one still under way, or not exactly one of the two.
        """
        if (sent is None) is not not_sent or sent == "":
            raise UsageError("resolve a key either as sent, with its tracking id, or as not sent")
        with self._transaction() as database:
            row = self._row(key, database)
            if row is None:
                raise UsageError("the ledger has no such key")
            entry = self._entry(row)
            if entry.state is not State.UNKNOWN:
                raise UsageError(f"this key is settled already: {entry.state.value}")
            if entry.under_way:
                raise UsageError("a send with this key is still under way")
            state = State.NOT_SENT if not_sent else State.SENT
            database.execute(
                "UPDATE send SET state = ?, tracking_id = ?, code = NULL, klass = NULL, text = 'resolved by hand', updated_at = ?"
                " WHERE key = ?",
                (state.value, sent, self._clock(), key),
            )
        resolved = self.get(key)
        if resolved is None:
            raise UsageError("the ledger has no such key")
        return resolved

    def reconcile(self, postback: Postback) -> Entry | None:
        """Write down what a postback says of its message; None where it belongs to none here. Safe to call again with the same.

        It is matched by tracking id; an unknown send also by client-reference, and is then known to be sent.
        """
        with self._transaction() as database:
            row = self._match(database, postback)
            if row is None:
                return None
            key, known = str(row["key"]), row["delivery"]
            delivery = (
                known
                if known in _FINAL_POSTBACKS and postback.code not in _FINAL_POSTBACKS
                else postback.code
            )
            if delivery != known or row["state"] != State.SENT:
                database.execute(
                    "UPDATE send SET state = 'sent', tracking_id = coalesce(?, tracking_id), delivery = ?, updated_at = ? WHERE key = ?",
                    (postback.tracking_id, delivery, self._clock(), key),
                )
        return self.get(key)

    def _match(self, database: sqlite3.Connection, postback: Postback) -> sqlite3.Row | None:
        if postback.tracking_id is not None:
            query = "SELECT * FROM send WHERE tracking_id = ? AND state = 'sent'"
            rows = database.execute(query, (postback.tracking_id,)).fetchall()
            if rows:
                return _only(rows)
        if postback.client_reference is None or postback.tracking_id is None:
            return None
        query = "SELECT * FROM send WHERE reference = ? AND state IN ('intent', 'unknown')"
        return _only(
            database.execute(query, (self._reference(postback.client_reference),)).fetchall()
        )

    def _reference(self, text: str | None) -> str | None:
        return None if text is None else keyed_hash(self._salt, text)

    def _mark(self, endpoint: str, request: SendRequest) -> str:
        return fingerprint(self._salt, endpoint, request)

    def _row(self, key: str, database: sqlite3.Connection | None = None) -> sqlite3.Row | None:
        query = "SELECT * FROM send WHERE key = ?"
        if database is not None:
            row: sqlite3.Row | None = database.execute(query, (key,)).fetchone()
            return row
        with self._lock, closing(self._database.execute(query, (key,))) as cursor:
            found: sqlite3.Row | None = cursor.fetchone()
        return found

    def _standing(self, row: sqlite3.Row, mark: str, retry: bool) -> Entry | None:
        if row["fingerprint"] != mark:
            raise UsageError(
                "this ledger key was used for another message; take another key, or send the same message"
            )
        if row["state"] == State.NOT_SENT and row["code"] is None:
            return None
        if retry and row["state"] in (State.NOT_SENT, State.REJECTED) and row["klass"] in _AGAIN:
            return None
        return self._entry(row)

    def _entry(self, row: sqlite3.Row) -> Entry:
        state = State(row["state"])
        open_intent = state is State.INTENT
        under_way = (
            open_intent
            and self._clock() < row["deadline"]
            and liveness.may_be_alive(row["process"])
        )
        return Entry(
            key=row["key"], state=State.UNKNOWN if open_intent else state, attempt=row["attempt"], mms_id=row["mms_id"],
            to_tail=row["to_tail"], created_at=row["created_at"], updated_at=row["updated_at"], under_way=under_way,
            tracking_id=row["tracking_id"], code=row["code"], klass=row["klass"], text=row["text"], delivery=row["delivery"],
        )  # fmt: skip

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: begun with the write lock, committed at the end, rolled back by any exception."""
        with self._lock, _usable():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")


@contextmanager
def _usable() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error:
        raise UsageError(
            "the ledger cannot be written: it is locked, closed, damaged, or its disk is full"
        ) from None


def _only(rows: list[sqlite3.Row]) -> sqlite3.Row | None:
    return rows[0] if len(rows) == 1 else None
