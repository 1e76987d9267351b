"""Opening a ledger file: its mode, its journal, its tables, its salt, and whether it is whole."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

from ..errors import UsageError

_APPLICATION_ID = 0x4D4D5331  # "MMS1": tells our files from other SQLite files
_BUSY_S = 30.0
_SALT_BYTES = 32
DAMAGED = "is damaged, and cannot tell what was sent: ask the gateway what went out before you send with another one"
# Nobody connects to a new file before the descriptor that made it is closed.
_opening = threading.Lock()
_SCHEMA = """
CREATE TABLE IF NOT EXISTS salt (one INTEGER PRIMARY KEY CHECK (one = 1), value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS send (
  key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL, token TEXT NOT NULL,
  process TEXT NOT NULL, deadline REAL NOT NULL, mms_id TEXT NOT NULL, to_hash TEXT NOT NULL, to_tail TEXT NOT NULL,
  reference TEXT, created_at REAL NOT NULL, updated_at REAL NOT NULL,
  tracking_id TEXT, code TEXT, klass TEXT, text TEXT, delivery TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS send_by_tracking_id ON send (tracking_id) WHERE tracking_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS send_by_reference ON send (reference) WHERE reference IS NOT NULL;
"""


def open_file(path: Path, create: bool) -> tuple[sqlite3.Connection, bytes]:
    """A connection in WAL mode with synchronous=FULL, and the file's salt; makes the file where there is none and ``create`` says so.

    Raises UsageError where the file cannot be a ledger.
    """
    try:
        with _opening:
            _make(path, create)
            # An absolute path, so that none of SQLite's special names is meant.
            database = sqlite3.connect(
                path.absolute(), timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UsageError(
            f"cannot open the ledger {path}: {reason or 'SQLite refuses it'}"
        ) from None
    try:
        database.row_factory = sqlite3.Row
        ours = _identify(database, path, create)
        _make_private(path)
        if ours and not _is_whole(database):
            raise UsageError(f"the ledger {path} {DAMAGED}")
        return database, _prepare(database, path)
    except OSError as error:
        database.close()
        raise UsageError(
            f"cannot make the ledger {path} private: {error.strerror}; it must be yours, and its mode 0600"
        ) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:
        damaged = is_damage(error) and _has_our_mark(database)
        database.close()
        if damaged:
            raise UsageError(f"the ledger {path} {DAMAGED}") from None
        raise UsageError(
            f"{path} cannot be used as a ledger: it is no SQLite file, or is locked or read-only"
        ) from None
    except UsageError:
        database.close()
        raise


def is_damage(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Whether an error is of what stands in the file, not of who else uses it or of its disk.

    What Python cannot decode, a text or SQLite's own message about one, has no code; a table or column that is not there has code 1.
    """
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR
    return not isinstance(error, sqlite3.ProgrammingError)  # ours, such as a use after the end


def _make(path: Path, create: bool) -> None:
    """A new file with mode 0600 before SQLite sees it; the -wal and -shm files take its mode.

    A file that is there is never opened here: closing it would drop the locks of every connection this process has to it. Nor is it
    changed before it is known to be a ledger: a slip of the pen names anything.
    """
    if create:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            pass
        else:
            return
    if not stat.S_ISREG(path.stat().st_mode):
        raise UsageError(f"{path} cannot be used as a ledger: it is not a regular file")


def _identify(database: sqlite3.Connection, path: Path, create: bool) -> bool:
    """Whether the file is a ledger already. Raises UsageError where it is neither that nor, where one is to be made, empty."""
    database.execute("BEGIN")  # one look at both: another process may be making the file right now
    tables = _number(database, "SELECT count(*) FROM sqlite_master")
    application = _number(database, "PRAGMA application_id")
    database.execute("COMMIT")
    if application == _APPLICATION_ID:
        return True
    if tables or application:
        raise UsageError(f"{path} is a database of something else")
    if not create:
        raise UsageError(f"{path} is not a ledger: it is empty")
    return False


def _has_our_mark(database: sqlite3.Connection) -> bool:
    with suppress(sqlite3.Error, UnicodeDecodeError):
        return _number(database, "PRAGMA application_id") == _APPLICATION_ID
    return False


def _is_whole(database: sqlite3.Connection) -> bool:
    """Whether nothing in a ledger was lost or written over; reads all of it.

    SQLite looks at its tree only when asked: a page in another one's place makes keys vanish without a word, and each of them would be
    sent again. Nor must a table be made anew that was there, or have its columns under another type.
    """
    if database.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
        return False
    for statement in _statements():
        made = statement.replace(" IF NOT EXISTS", "")  # as SQLite keeps it
        if (
            database.execute("SELECT 1 FROM sqlite_master WHERE sql = ?", (made,)).fetchone()
            is None
        ):
            return False
    salts = [row[0] for row in database.execute("SELECT value FROM salt")]
    return len(salts) == 1 and isinstance(salts[0], bytes) and len(salts[0]) == _SALT_BYTES


def _statements() -> list[str]:
    return _SCHEMA.strip().removesuffix(";").split(";\n")


def _make_private(path: Path) -> None:
    """The file for its owner alone, and so what SQLite keeps beside it, which has the mode that the file had."""
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            file = Path(f"{path.resolve()}{suffix}")
            mode = stat.S_IMODE(file.stat().st_mode)
            if mode & ~0o600:
                file.chmod(mode & 0o600)


def _prepare(database: sqlite3.Connection, path: Path) -> bytes:
    if _journal(database) != "wal":
        raise UsageError(f"the ledger {path} is on a filesystem that cannot hold a write-ahead log")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("BEGIN IMMEDIATE")
    for statement in _statements():
        database.execute(statement)
    database.execute(
        "INSERT OR IGNORE INTO salt VALUES (1, ?)", (secrets.token_bytes(_SALT_BYTES),)
    )
    if _number(database, "PRAGMA application_id") != _APPLICATION_ID:
        database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    database.execute("COMMIT")
    return bytes(database.execute("SELECT value FROM salt").fetchone()[0])


def _number(database: sqlite3.Connection, query: str) -> int:
    return int(database.execute(query).fetchone()[0])


def _journal(database: sqlite3.Connection) -> str:
    """The journal mode after WAL was asked for. SQLite does not wait for its lock here, so processes that open at once must."""
    end = time.monotonic() + _BUSY_S
    while True:
        try:
            return str(database.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
