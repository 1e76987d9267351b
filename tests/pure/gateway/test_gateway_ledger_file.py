"""The ledger as a file: whose it is, what is never touched, what SQLite must not make of its name."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from preflight.errors import UsageError
from preflight.gateway import ledger_file
from preflight.gateway.decode import decode
from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import Claim, State
from preflight.gateway.postback import Postback, parse
from preflight.gateway.reply import Accepted
from preflight.gateway.request import SendRequest

THERE = "https://gateway.example/"
REQUEST = SendRequest(mms_id="35674", to="15553199144", from_="28444")
DAMAGED = "is damaged, and cannot tell what was sent: ask the gateway what went out before you send with another one"


def claim(ledger: Ledger) -> None:
    assert isinstance(ledger.claim("k", THERE, REQUEST), Claim)


def test_the_files_are_private(tmp_path: Path) -> None:
    wide = tmp_path / "wide"
    wide.touch(mode=0o644)
    for path in (wide, tmp_path / "new"):
        with Ledger(path) as ledger:
            claim(ledger)
            modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob(path.name + "*")}
        assert modes == {0o600}


def test_a_ledger_that_somebody_opened_up_is_private_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        claim(ledger)
        for file in tmp_path.iterdir():
            file.chmod(0o644)
        with Ledger(path, create=False):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == {"ledger": 0o600, "ledger-wal": 0o600, "ledger-shm": 0o600}


@pytest.mark.parametrize("create", [False, True])
def test_what_is_no_ledger_is_left_as_it_is(tmp_path: Path, create: bool) -> None:
    folder, words, other = tmp_path / "folder", tmp_path / "words", tmp_path / "other"
    folder.mkdir(mode=0o755)
    words.write_text("not a database, " * 100)
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE t (a)")
    words.chmod(0o644)
    other.chmod(0o664)
    os.mkfifo(tmp_path / "pipe", 0o620)
    (tmp_path / "pipe").chmod(0o620)
    before = {file.name: (file.stat().st_mode, file.stat().st_size) for file in tmp_path.iterdir()}
    for name, said in (
        ("folder", "it is not a regular file"), ("pipe", "it is not a regular file"),
        ("words", "it is no SQLite file"), ("other", "is a database of something else"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            Ledger(tmp_path / name, create=create)
    after = {file.name: (file.stat().st_mode, file.stat().st_size) for file in tmp_path.iterdir()}
    assert after == before


def test_an_empty_file_becomes_a_ledger_only_where_one_is_wanted(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch(mode=0o644)
    with pytest.raises(UsageError, match="empty is not a ledger: it is empty"):
        Ledger(empty, create=False)
    assert (stat.S_IMODE(empty.stat().st_mode), empty.stat().st_size) == (0o644, 0)
    assert [file.name for file in tmp_path.iterdir()] == ["empty"]


def test_opening_it_twice_drops_no_lock(tmp_path: Path) -> None:
    """POSIX locks of a process end when it closes any descriptor of the file; another process must still be kept out."""
    path = tmp_path / "ledger"
    attempt = f"import sqlite3; sqlite3.connect({str(path)!r}, timeout=0).execute('PRAGMA journal_mode = DELETE')"
    with Ledger(path), Ledger(path):
        other = subprocess.run(
            [sys.executable, "-c", attempt], capture_output=True, text=True, check=False
        )
        assert "database is locked" in other.stderr


def test_special_names_of_sqlite_are_file_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Ledger(":memory:") as ledger:
        claim(ledger)
    with Ledger(":memory:", create=False) as again:
        assert again.get("k") is not None


def test_what_cannot_be_a_ledger(tmp_path: Path) -> None:
    text, foreign = tmp_path / "text", tmp_path / "foreign"
    text.write_text("not a database, " * 100)
    with closing(sqlite3.connect(foreign)) as database:
        database.execute("CREATE TABLE t (x)")
        database.commit()
    before = foreign.read_bytes()
    for path in (text, foreign, tmp_path, tmp_path / "no" / "where"):
        with pytest.raises(UsageError):
            Ledger(path)
    with pytest.raises(UsageError, match="No such file"):
        Ledger(tmp_path / "absent", create=False)
    assert foreign.read_bytes() == before
    assert not (tmp_path / "absent").exists()


def used(ledger: Ledger) -> list[Callable[[], object]]:
    """Every way to use a ledger but the end of a POST, which says False."""
    return [
        lambda: ledger.get("k"), lambda: list(ledger.list()), lambda: ledger.look("k", THERE, REQUEST),
        lambda: ledger.claim("k", THERE, REQUEST), lambda: ledger.resolve("k", not_sent=True),
        lambda: ledger.reconcile(Postback(code="N101", tracking_id="T1")),
    ]  # fmt: skip


def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.close()
    for use in used(ledger):
        with pytest.raises(UsageError, match="cannot be used: it is locked, closed, or its disk"):
            use()


def test_a_file_damaged_while_it_is_open_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger"
    filled(path)
    content = bytearray(path.read_bytes())
    for start in range(2 * 4096, len(content), 4096):
        content[start : start + 2000] = b"\xff" * 2000
    path.write_bytes(content)
    monkeypatch.setattr(ledger_file, "_is_whole", lambda _: True)  # as it was then
    with Ledger(path) as ledger:
        for use in used(ledger):
            with pytest.raises(UsageError, match=f"^the ledger {path} {DAMAGED}$"):
                use()


def filled(path: Path, keys: int = 300) -> None:
    with Ledger(path) as ledger:
        for number in range(keys):
            ledger.claim(f"{number}", THERE, REQUEST)


def test_no_page_takes_the_place_of_another(tmp_path: Path) -> None:
    """A write that went astray: keys that were sent would be granted again, and SQLite itself says nothing."""
    path = tmp_path / "ledger"
    filled(path)
    sound = path.read_bytes()
    pages = [sound[start : start + 4096] for start in range(0, len(sound), 4096)]
    assert len(pages) > 20
    for lost, other in pairwise(range(2, len(pages))):
        if pages[lost] == pages[other]:
            continue  # two indexes with nothing in them
        path.write_bytes(b"".join([*pages[:lost], pages[other], *pages[lost + 1 :]]))
        with pytest.raises(UsageError) as caught:
            Ledger(path, create=False)
        assert str(caught.value) == f"the ledger {path} {DAMAGED}"


@pytest.mark.parametrize(
    ("there", "instead"),
    [(b"CREATE INDEX", b"CRE\xc3TE INDEX"), (b"key TEXT", b"key TEXU"), (b"CREATE TABLE send", b"CREATE TABLE sent")],
    ids=["no text", "another type", "another name"],
)  # fmt: skip
def test_a_schema_with_a_byte_that_is_not_ours_is_damage(
    tmp_path: Path, there: bytes, instead: bytes
) -> None:
    path = tmp_path / "ledger"
    filled(path, 1)
    content = path.read_bytes()
    assert there in content
    path.write_bytes(content.replace(there, instead))
    with pytest.raises(UsageError, match=f"ledger {DAMAGED}$"):
        Ledger(path, create=False)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM salt", "UPDATE salt SET value = ''", "UPDATE salt SET value = 'text'", "DROP TABLE send", "DROP TABLE salt"],
)  # fmt: skip
def test_what_was_lost_is_never_made_anew(tmp_path: Path, statement: str) -> None:
    """With another salt, or an empty table, everybody would be sent to once more."""
    path = tmp_path / "ledger"
    filled(path, 1)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    with pytest.raises(UsageError, match=f"ledger {DAMAGED}$"):
        Ledger(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE send SET state = 'sunk'",
        "UPDATE send SET klass = 'x'",
        "UPDATE send SET updated_at = 1e17",
        "UPDATE send SET created_at = -1",
        "UPDATE send SET created_at = 'then'",
        "UPDATE send SET deadline = x'00'",
        "UPDATE send SET process = x'00'",
        "UPDATE send SET text = x'00'",
        "UPDATE send SET attempt = 'one'",
        "UPDATE send SET fingerprint = x'00'",
    ],
)
def test_a_row_that_is_none_of_ours_is_damage(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        claim(ledger)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    for use in (lambda one: one.get("k"), lambda one: list(one.list()), claim):
        with pytest.raises(UsageError, match=f"ledger .*{DAMAGED}$"), Ledger(path) as ledger:
            use(ledger)


@pytest.mark.parametrize("key", ["", "\ud800", "a\nb", "x" * 257])
def test_nothing_is_known_of_what_is_no_key(tmp_path: Path, key: str) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        claim(ledger)
        assert ledger.get(key) is None
        assert ledger.look(key, THERE, REQUEST) is None
        with pytest.raises(UsageError, match="the ledger has no such key"):
            ledger.resolve(key, not_sent=True)


def test_what_the_gateway_says_in_half_characters_can_be_kept(tmp_path: Path) -> None:
    body = rb'{"status": "Success", "tracking-id": "T\ud800", "status-details": "\udfff"}'
    with Ledger(tmp_path / "ledger") as ledger:
        granted = ledger.claim("k", THERE, REQUEST)
        reply = decode(200, {}, body)
        assert isinstance(granted, Claim)
        assert isinstance(reply, Accepted)
        assert ledger.settle(granted, reply)
        entry = ledger.get("k")
        assert entry is not None
        assert (entry.state, entry.tracking_id) == (State.SENT, "T\N{REPLACEMENT CHARACTER}")
        for fields in (rb'"tracking-id": "\ud800"', rb'"tracking-id": "x", "client-reference": "\ud800"'):  # fmt: skip
            postback = parse(rb'{"code": "N101", %b, "\udc00": "\udc00"}' % fields)
            assert isinstance(postback, Postback)
            assert ledger.reconcile(postback) is None


def test_a_file_without_wal_is_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(":memory:", isolation_level=None)
    from preflight.gateway.ledger_file import _prepare

    with closing(database), pytest.raises(UsageError, match="write-ahead log"):
        _prepare(database, tmp_path)
