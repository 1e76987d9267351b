"""The ledger's one table: each statement that reads or writes it. A row is known outside as an Entry."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import asdict

from ..values import dataclass
from . import liveness
from .codes import CodeClass
from .fingerprint import Marks
from .ledger_entry import Claim, Entry, Settlement, State

_INTEND = (
    "INSERT OR REPLACE INTO send (key, fingerprint, state, attempt, token, process, deadline, mms_id, to_hash, to_tail, reference,"
    " created_at, updated_at) VALUES (:key, :fingerprint, 'intent', :attempt, :token, :process, :deadline, :mms_id, :to_hash,"
    " :to_tail, :reference, :created_at, :now)"
)
_SETTLE = (
    "UPDATE send SET state = :state, tracking_id = :tracking_id, code = :code, klass = :klass, text = :text, updated_at = :now"
    " WHERE key = :key"
)
_DELIVER = (
    "UPDATE send SET state = 'sent', tracking_id = ?, delivery = ?, updated_at = ? WHERE key = ?"
)
_TEXTS = ("key", "fingerprint", "state", "token", "process", "mms_id", "to_hash", "to_tail")
_TEXTS_OR_NONE = ("reference", "tracking_id", "code", "klass", "text", "delivery")
_TIMES = ("deadline", "created_at", "updated_at")
_SHOWN_TIMES = ("created_at", "updated_at")
_END_OF_CALENDAR = 253_402_300_800.0  # the year 10000
_STATES = frozenset(State)
_CLASSES = frozenset(CodeClass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A row: what is known of its key, and the fingerprint of the message that the key belongs to."""

    fingerprint: str
    entry: Entry


def find(database: sqlite3.Connection, key: str, now: float) -> Stored | None:
    """The row of a key, or None."""
    rows = _rows(database, "SELECT * FROM send WHERE key = ?", key)
    return Stored(entry=_entry(rows[0], now), fingerprint=rows[0]["fingerprint"]) if rows else None


def every(database: sqlite3.Connection, now: float) -> list[Entry]:
    """Every entry, oldest first; all are read at once, so that no lock stays while they are looked at."""
    rows = _rows(database, "SELECT * FROM send ORDER BY created_at, key")
    return [_entry(row, now) for row in rows]


def known_as(database: sqlite3.Connection, tracking_id: str, now: float) -> list[Entry]:
    """The entries that were sent, or may have been, and have this tracking id."""
    query = "SELECT * FROM send WHERE tracking_id = ? AND state IN ('sent', 'unknown')"
    return [_entry(row, now) for row in _rows(database, query, tracking_id)]


def open_under(
    database: sqlite3.Connection, reference: str, now: float, *, to_hash: str | None, mms_id: str | None
) -> list[Entry]:  # fmt: skip
    """The entries that are not settled and have this (hashed) client-reference; this recipient and mms-id, where they are given."""
    query = (
        "SELECT * FROM send WHERE reference = ?1 AND state IN ('intent', 'unknown')"
        " AND to_hash = coalesce(?2, to_hash) AND mms_id = coalesce(?3, mms_id)"
    )
    return [_entry(row, now) for row in _rows(database, query, reference, to_hash, mms_id)]


def is_open(database: sqlite3.Connection, claim: Claim) -> bool:
    """Whether a claim is still the one that its key waits for."""
    query = "SELECT key FROM send WHERE key = ? AND token = ? AND state = 'intent'"
    return bool(_rows(database, query, claim.key, claim.token))


def intend(
    database: sqlite3.Connection, claim: Claim, marks: Marks, *, deadline: float, created_at: float, now: float
) -> None:  # fmt: skip
    """Write down that a message is about to be sent, in the place of an earlier attempt. All times are in seconds since the epoch."""
    times = {"deadline": deadline, "created_at": created_at, "now": now}
    process = {"process": liveness.this_process()}
    database.execute(_INTEND, asdict(claim) | asdict(marks) | times | process)


def settle(database: sqlite3.Connection, key: str, settlement: Settlement, now: float) -> None:
    """Write down what came of a key."""
    database.execute(_SETTLE, asdict(settlement) | {"key": key, "now": now})


def deliver(
    database: sqlite3.Connection, key: str, tracking_id: str, delivery: str, now: float
) -> None:
    """Write down that a key was sent, and what a postback says of its delivery."""
    database.execute(_DELIVER, (tracking_id, delivery, now, key))


def _is_ours(row: sqlite3.Row) -> bool:
    """Whether each value of a row is one that we write."""
    return (
        all(isinstance(row[name], str) for name in _TEXTS)
        and all(row[name] is None or isinstance(row[name], str) for name in _TEXTS_OR_NONE)
        and all(isinstance(row[name], float) for name in _TIMES)
        and all(0 <= row[name] < _END_OF_CALENDAR for name in _SHOWN_TIMES)
        and isinstance(row["attempt"], int)
        and row["state"] in _STATES
        and (row["klass"] is None or row["klass"] in _CLASSES)
    )


def _rows(database: sqlite3.Connection, query: str, *values: str | None) -> list[sqlite3.Row]:
    with closing(database.execute(query, values)) as cursor:
        return cursor.fetchall()


def _entry(row: sqlite3.Row, now: float) -> Entry:
    """An intent is shown as unknown; under way while its process may live and its time is not over.

    Raises what SQLite raises of damage that it sees itself: it keeps any value in any column.
    """
    if not _is_ours(row):
        raise sqlite3.DatabaseError("a row holds what was never written")
    state = State(row["state"])
    intent = state is State.INTENT
    return Entry(
        key=row["key"], state=State.UNKNOWN if intent else state, attempt=row["attempt"], mms_id=row["mms_id"],
        to_tail=row["to_tail"], created_at=row["created_at"], updated_at=row["updated_at"],
        under_way=intent and now < row["deadline"] and liveness.may_be_alive(row["process"]),
        tracking_id=row["tracking_id"], code=row["code"], klass=row["klass"], text=row["text"], delivery=row["delivery"],
    )  # fmt: skip
