"""Opening a cache file: its mode, its journal, its tables."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from pathlib import Path

from ..errors import UsageError

_APPLICATION_ID = 0x4D4D5343  # "MMSC": tells our files from other SQLite files
_SCHEMA_VERSION = 1
_OPEN_BUSY_S = 10.0
_BUSY_MS = 100  # a cache is worth a short wait only; what is not written now is written with the next batch
_SMALLEST = 512  # bytes of the smallest page, and so of the smallest SQLite file
_opening = (
    threading.Lock()
)  # nobody connects to a new file before the descriptor that made it is closed
_TABLES = ("verdict", "skipped")
_SCHEMA = (
    "CREATE TABLE verdict (key BLOB PRIMARY KEY, made_at REAL NOT NULL, expires_at REAL NOT NULL, skipped INTEGER NOT NULL,"
    " body BLOB NOT NULL) WITHOUT ROWID",
    "CREATE INDEX verdict_by_end ON verdict (expires_at)",
    "CREATE TABLE skipped (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
)


def damaged(path: Path) -> UsageError:
    """What to raise where the file turns out to be unusable."""
    return UsageError(
        f"the cache {path} is damaged, or no SQLite file; delete it, or name another one"
    )


def open_file(path: Path, now: float) -> sqlite3.Connection:
    """A connection in WAL mode to a file of our own schema, without what has expired. Raises UsageError."""
    try:
        with _opening:
            _make_private(path)
            # An absolute path, so that none of SQLite's special names is meant.
            database = sqlite3.connect(
                path.absolute(), timeout=_OPEN_BUSY_S, isolation_level=None, check_same_thread=False
            )
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(f"cannot open the cache {path}: {reason or 'SQLite refuses it'}") from None
    try:
        _prepare(database, path)
        database.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        _expire(database, now)
    except sqlite3.OperationalError as error:
        database.close()
        reason = "it is locked by another process" if is_locked(error) else "SQLite cannot write it"
        raise UsageError(f"cannot open the cache {path}: {reason}") from None
    except sqlite3.DatabaseError:
        database.close()
        raise damaged(path) from None
    except UsageError:
        database.close()
        raise
    return database


def _make_private(path: Path) -> None:
    """The file with mode 0600 before SQLite sees it; the -wal and -shm files take its mode.

    A file that is there is never opened here: closing it would drop the locks of every connection this process has to it.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    if 0 < path.stat().st_size < _SMALLEST:  # SQLite would take it for empty, and write over it
        raise damaged(path)


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    database.execute("BEGIN")  # one look at all: another process may be making the file right now
    tables = _number(database, "SELECT count(*) FROM sqlite_master")
    application = _number(database, "PRAGMA application_id")
    version = _number(database, "PRAGMA user_version")
    database.execute("COMMIT")
    if application != _APPLICATION_ID and tables:
        raise UsageError(f"{path} is a database of something else, not a cache")
    with contextlib.suppress(PermissionError):  # it belongs to another user, who lets us write
        path.chmod(0o600)
    _enter_wal(database)
    database.execute("PRAGMA synchronous = NORMAL")
    if application == _APPLICATION_ID and version == _SCHEMA_VERSION:
        return  # nothing to write, and nobody to wait for
    database.execute("BEGIN IMMEDIATE")
    if _number(database, "PRAGMA user_version") != _SCHEMA_VERSION:
        for table in _TABLES:
            database.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _SCHEMA:
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    database.execute("COMMIT")


def _expire(database: sqlite3.Connection, now: float) -> None:
    """Drop what has expired. That is tidiness: where another process writes just now, it can be done the next time."""
    try:
        database.execute("DELETE FROM verdict WHERE expires_at <= ?", (now,))
    except sqlite3.OperationalError as error:
        if not is_locked(error):
            raise


def _number(database: sqlite3.Connection, query: str) -> int:
    return int(database.execute(query).fetchone()[0])


def _enter_wal(database: sqlite3.Connection) -> None:
    """Ask for a write-ahead log. SQLite does not wait for its lock here, so processes that open at once must."""
    end = time.monotonic() + _OPEN_BUSY_S
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if not is_locked(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


def is_locked(error: sqlite3.OperationalError) -> bool:
    """Whether another process is writing just now."""
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
