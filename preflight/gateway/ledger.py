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
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from ..errors import UsageError
from . import ledger_file, ledger_table
from .codes import CodeClass
from .fingerprint import default_key, fingerprints, former_key, keyed_hash, marks_of
from .ledger_entry import NO_KEY, Claim, Entry, KeyTakenError, Settlement, State, is_key, settlement
from .ledger_table import Stored
from .postback import Postback
from .reply import Reply
from .request import SendRequest

_MARGIN_S = 5.0  # between the end of a POST's time and the moment when its intent is given up
_FINAL_POSTBACKS = frozenset({"N102", "N103", "N202", "E101", "E102", "E202", "E999"})
_AGAIN = frozenset({CodeClass.RETRY_LATER.value, CodeClass.STOP_RUN.value})


class Ledger:
    """An open ledger file, made with mode 0600 where there is none. Usable from several threads; not across fork.

    Each claim and each settlement waits for the disk, some milliseconds. Raises UsageError where the file cannot be used: no
    permission, another kind of file, damage, a filesystem without WAL; with ``create`` False also where there is none. Opening reads
    the whole file (half a second for 100,000 keys that were sent), since SQLite does not see by itself that a page was lost. ``clock`` gives seconds since
    the epoch.
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
        self._path = Path(path)
        self._database, self._salt = ledger_file.open_file(self._path, create)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Open claims stay as they are, that is, unknown."""
        self._database.close()

    # Before and after a POST

    def key_of(self, endpoint: str, request: SendRequest) -> str:
        """The default key: a hash of endpoint, mms-id, to and the custom fields, keyed with this file's salt.

        What an earlier version has sent keeps the key that it got.
        """
        former = former_key(self._salt, endpoint, request)
        if former is not None and self.get(former) is not None:
            return former
        return default_key(self._salt, endpoint, request)

    def look(
        self, key: str, endpoint: str, request: SendRequest, *, retry: bool = False
    ) -> Entry | None:
        """What stands against a POST with this key; None where a claim would be granted.

        Raises UsageError where the key belongs to another message.
        """
        with self._lock, _usable(self._path):
            stored = self._find(self._database, key)
        return _standing(stored, fingerprints(self._salt, endpoint, request), retry)

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
        if not is_key(key):
            raise UsageError(NO_KEY)
        # Where the answer is no, this spares the write lock and the disk.
        standing = self.look(key, endpoint, request, retry=retry)
        if standing is not None:
            return standing
        marks = marks_of(self._salt, endpoint, request)
        same = fingerprints(self._salt, endpoint, request)
        with self._transaction() as database:
            now = self._clock()  # the lock may have been waited for, and the POST's time begins now
            stored = ledger_table.find(database, key, now)
            standing = _standing(stored, same, retry)
            if standing is not None:
                return standing
            attempt, created = (
                (stored.entry.attempt + 1, stored.entry.created_at) if stored else (1, now)
            )
            claim = Claim(key=key, attempt=attempt, token=secrets.token_hex(16))
            deadline = now + timeout_s + _MARGIN_S
            ledger_table.intend(
                database, claim, marks, deadline=deadline, created_at=created, now=now
            )
        return claim

    def settle(self, claim: Claim, reply: Reply) -> bool:
        """Write down what came of a claim. False where that was not possible, which leaves the key unknown.

        That is so where the file can no longer be written. A claim that a person has resolved meanwhile also stays as it is.
        """
        try:
            with self._transaction() as database:
                mine = ledger_table.is_open(database, claim)
                if mine:
                    ledger_table.settle(database, claim.key, settlement(reply), self._clock())
                return mine
        except UsageError:
            return False

    # Looking, and settling by hand or by postback

    def get(self, key: str) -> Entry | None:
        """The entry of a key, or None."""
        with self._lock, _usable(self._path):
            stored = self._find(self._database, key)
        return stored.entry if stored else None

    def list(self, state: State | None = None) -> Iterator[Entry]:
        """Every entry, or those in one state, oldest first. Whatever is not settled is shown as unknown."""
        with self._lock, _usable(self._path):
            entries = ledger_table.every(self._database, self._clock())
        for entry in entries:
            if state is None or entry.state is state:
                yield entry

    def resolve(self, key: str, *, sent: str | None = None, not_sent: bool = False) -> Entry:
        """Settle an unknown key by hand: ``sent`` with its tracking id, or ``not_sent``, after which it may be sent again.

        Raises UsageError for no such key, one that is not unknown, one still under way, or not exactly one of the two.
        """
        if (sent is None) is not not_sent or sent == "":
            raise UsageError("resolve a key either as sent, with its tracking id, or as not sent")
        state = State.NOT_SENT if not_sent else State.SENT
        settled = Settlement(state=state, tracking_id=sent, text="resolved by hand")
        with self._transaction() as database:
            entry = self._entry(database, key)
            if entry.state is not State.UNKNOWN:
                raise UsageError(f"this key is settled already: {entry.state.value}")
            if entry.under_way:
                raise UsageError("a send with this key is still under way")
            ledger_table.settle(database, key, settled, self._clock())
            return self._entry(database, key)

    def reconcile(self, postback: Postback) -> Entry | None:
        """Write down what a postback says of its message; None where it belongs to none here. Safe to call again with the same.

        It is matched by tracking id; an unknown send also by client-reference, where the postback names no other recipient and no
        other message. An unknown one is then known to be sent.
        """
        if postback.tracking_id is None:
            return None
        with self._transaction() as database:
            entry = self._match(database, postback, postback.tracking_id)
            if entry is None:
                return None
            delivery = _delivery(entry.delivery, postback.code)
            if delivery != entry.delivery or entry.state is not State.SENT:
                ledger_table.deliver(
                    database, entry.key, postback.tracking_id, delivery, self._clock()
                )
            return self._entry(database, entry.key)

    def _match(
        self, database: sqlite3.Connection, postback: Postback, tracking_id: str
    ) -> Entry | None:
        """The one entry that a postback is about; two that could be meant are none."""
        now = self._clock()
        found = ledger_table.known_as(database, tracking_id, now)
        if not found and postback.client_reference is not None:
            # A reference is what the caller says: often one for a whole campaign.
            found = ledger_table.open_under(
                database, keyed_hash(self._salt, postback.client_reference), now,
                to_hash=self._hash_of_number(postback.to), mms_id=postback.mms_id,
            )  # fmt: skip
        return found[0] if len(found) == 1 else None

    def _hash_of_number(self, number: str | None) -> str | None:
        """The keyed hash of a number, however it is punctuated; None where none is given."""
        digits = "".join(mark for mark in number or "" if "0" <= mark <= "9")
        return keyed_hash(self._salt, digits or number) if number else None

    def _find(self, database: sqlite3.Connection, key: str) -> Stored | None:
        # Nothing was ever claimed under what is no key, and SQLite cannot even be asked for half of a surrogate pair.
        return ledger_table.find(database, key, self._clock()) if is_key(key) else None

    def _entry(self, database: sqlite3.Connection, key: str) -> Entry:
        stored = self._find(database, key)
        if stored is None:
            raise UsageError("the ledger has no such key")
        return stored.entry

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: begun with the write lock, committed at the end, rolled back by any exception."""
        with self._lock, _usable(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            finally:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if ledger_file.is_damage(error):
            raise UsageError(f"the ledger {path} {ledger_file.DAMAGED}") from None
        raise UsageError(
            "the ledger cannot be used: it is locked, closed, or its disk is full"
        ) from None


def _standing(stored: Stored | None, same: tuple[str, ...], retry: bool) -> Entry | None:
    """What stands against a POST of the message with one of these fingerprints."""
    if stored is None:
        return None
    if stored.fingerprint not in same:
        raise KeyTakenError
    entry = stored.entry
    if entry.state is State.NOT_SENT and entry.code is None:
        return None
    if retry and entry.state in (State.NOT_SENT, State.REJECTED) and entry.klass in _AGAIN:
        return None
    return entry


def _delivery(known: str | None, code: str) -> str:
    """What is known of a delivery once a postback has said ``code``; they come in any order, and a final one stays."""
    return known if known in _FINAL_POSTBACKS and code not in _FINAL_POSTBACKS else code
