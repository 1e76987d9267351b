from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from preflight.errors import UsageError
from preflight.gateway.codes import CodeClass
from preflight.gateway.ledger import Ledger
from preflight.gateway.ledger_entry import Claim, Entry, State
from preflight.gateway.liveness import may_be_alive, this_process
from preflight.gateway.postback import Postback
from preflight.gateway.reply import Accepted, NotSent, Refused, Reply, Unknown
from preflight.gateway.request import CustomText, SendRequest

REQUEST = SendRequest(
    mms_id="35674", to="15553199144", from_="28444", service_id="1", client_reference="order 7"
)
THERE = "https://gateway.example/"
ACCEPTED = Accepted(tracking_id="T1", mms_id="35674")
REFUSED = Refused(code="E110", klass=CodeClass.DEFINITE, text="Invalid to: +1 (555) 319-9144")
LATER = Refused(code="E113", klass=CodeClass.RETRY_LATER)
STOPPED = Refused(code="E713", klass=CodeClass.STOP_RUN)
LOST = Unknown(reason="lost")
GONE = NotSent(reason="refused")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger", clock=clock) as opened:
        yield opened


def claimed(
    ledger: Ledger, key: str = "k", request: SendRequest = REQUEST, retry: bool = False
) -> Claim:
    claim = ledger.claim(key, THERE, request, retry=retry)
    assert isinstance(claim, Claim)
    return claim


def settled(ledger: Ledger, reply: Reply, key: str = "k", request: SendRequest = REQUEST) -> Entry:
    assert ledger.settle(claimed(ledger, key, request), reply)
    entry = ledger.get(key)
    assert entry is not None
    return entry


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (ACCEPTED, State.SENT), (REFUSED, State.REJECTED), (LATER, State.NOT_SENT), (STOPPED, State.REJECTED),
        (LOST, State.UNKNOWN), (GONE, State.NOT_SENT),
    ],
)  # fmt: skip
def test_each_reply_has_its_state(ledger: Ledger, reply: Reply, state: State) -> None:
    entry = settled(ledger, reply)
    assert (entry.state, entry.attempt, entry.mms_id, entry.to_tail, entry.under_way) == (
        state,
        1,
        "35674",
        "44",
        False,
    )
    assert [listed.key for listed in ledger.list(state)] == ["k"]
    assert sum(1 for other in State for _ in ledger.list(other)) == 1


@pytest.mark.parametrize(
    ("reply", "plain", "with_retry"),
    [
        (ACCEPTED, False, False), (REFUSED, False, False), (LOST, False, False), (GONE, True, True), (LATER, False, True),
        (STOPPED, False, True),
    ],
)  # fmt: skip
def test_who_may_send_again(ledger: Ledger, reply: Reply, plain: bool, with_retry: bool) -> None:
    settled(ledger, reply)
    assert (ledger.look("k", THERE, REQUEST) is None) is plain
    assert (ledger.look("k", THERE, REQUEST, retry=True) is None) is with_retry
    if not plain:
        assert isinstance(ledger.claim("k", THERE, REQUEST), Entry)
    if with_retry:
        assert claimed(ledger, retry=True).attempt == 2


def test_an_earlier_outcome_comes_back_as_its_reply(ledger: Ledger) -> None:
    assert settled(ledger, ACCEPTED).reply() == replace(ACCEPTED, from_ledger=True)
    assert settled(ledger, STOPPED, "b").reply() == replace(STOPPED, from_ledger=True)
    assert settled(ledger, GONE, "c").reply() == GONE
    assert settled(
        ledger, Unknown(reason="r", code="E503", text="Internal"), "d"
    ).reply() == Unknown(
        reason="an earlier send with this key was never settled",
        code="E503",
        text="Internal",
        from_ledger=True,
    )


def test_an_open_intent_is_unknown_and_nobody_elses(ledger: Ledger, clock: Clock) -> None:
    claim = claimed(ledger)
    second = ledger.claim("k", THERE, REQUEST, retry=True)
    assert isinstance(second, Entry)
    assert (second.state, second.under_way) == (State.UNKNOWN, True)
    assert "under way" in str(second.reply())
    with pytest.raises(UsageError, match="still under way"):
        ledger.resolve("k", not_sent=True)
    clock.now += 36
    (stale,) = ledger.list(State.UNKNOWN)
    assert not stale.under_way
    assert isinstance(ledger.claim("k", THERE, REQUEST, retry=True), Entry)
    assert not ledger.settle(replace(claim, token="another"), ACCEPTED)
    assert ledger.settle(claim, ACCEPTED)
    assert not ledger.settle(claim, LOST)


def test_the_same_key_for_another_message_is_an_error(ledger: Ledger) -> None:
    settled(ledger, ACCEPTED)
    for other in (
        replace(REQUEST, to="15553199145"), replace(REQUEST, mms_id="1"), replace(REQUEST, from_="28445"),
        replace(REQUEST, custom_text=(CustomText(slide=1, value="x"),)), replace(REQUEST, data=(("a", "b"),)),
    ):  # fmt: skip
        with pytest.raises(UsageError, match="another message"):
            ledger.claim("k", THERE, other)
    with pytest.raises(UsageError, match="another message"):
        ledger.claim("k", "https://elsewhere.example/", REQUEST)
    assert isinstance(ledger.claim("k", THERE, replace(REQUEST, client_reference="order 8")), Entry)


def test_the_default_key(ledger: Ledger, tmp_path: Path) -> None:
    key = ledger.key_of(THERE, REQUEST)
    assert len(key) == 32
    assert key == ledger.key_of(
        THERE, replace(REQUEST, from_="28445", fallback_sms_text="x", operator_id="1")
    )
    different = {
        key, ledger.key_of("https://elsewhere.example/", REQUEST), ledger.key_of(THERE, replace(REQUEST, mms_id="1")),
        ledger.key_of(THERE, replace(REQUEST, to="15553199145")), ledger.key_of(THERE, replace(REQUEST, custom_subject="x")),
        ledger.key_of(THERE, replace(REQUEST, data=(("a", "b"),))),
        ledger.key_of(THERE, replace(REQUEST, message_subject="x")),
        ledger.key_of(THERE, replace(REQUEST, custom_slides=({"a": 1},))),
        ledger.key_of(THERE, replace(REQUEST, custom_text=(CustomText(slide=1, value="x"),))),
    }  # fmt: skip
    assert len(different) == 9
    one, two = (
        replace(REQUEST, data=(("A", "1"), ("b", "2"))),
        replace(REQUEST, data=(("b", "2"), ("a", "1"))),
    )
    assert ledger.key_of(THERE, one) == ledger.key_of(THERE, two)
    with Ledger(tmp_path / "other") as other:
        assert other.key_of(THERE, REQUEST) != key


@pytest.mark.parametrize("key", ["", "x" * 257, "a\nb"])
def test_what_is_no_key(ledger: Ledger, key: str) -> None:
    with pytest.raises(UsageError):
        ledger.claim(key, THERE, REQUEST)


def test_no_number_is_in_the_file(ledger: Ledger, tmp_path: Path) -> None:
    settled(ledger, REFUSED)
    settled(ledger, Unknown(reason="r", text="to=15553199144 failed"), "b")
    assert [entry.text for entry in ledger.list()] == ["to=***44 failed", "Invalid to: ***44"]
    claimed(ledger, "open")
    contents = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"3199144" not in contents and b"319-9144" not in contents and b"order 7" not in contents


def test_it_is_durable_and_keeps_its_salt(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        key = ledger.key_of(THERE, REQUEST)
        settled(ledger, ACCEPTED, key)
    with Ledger(tmp_path / "ledger", create=False) as again:
        assert again.key_of(THERE, REQUEST) == key
        standing = again.claim(key, THERE, REQUEST)
        assert isinstance(standing, Entry) and standing.tracking_id == "T1"
    with closing(sqlite3.connect(tmp_path / "ledger")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_every_commit_waits_for_the_disk(ledger: Ledger) -> None:
    assert ledger._database.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_resolving_by_hand(ledger: Ledger) -> None:
    for key in ("a", "b", "c"):
        settled(ledger, LOST, key)
    sent = ledger.resolve("a", sent="T9")
    assert (sent.state, sent.tracking_id) == (State.SENT, "T9")
    assert ledger.resolve("b", not_sent=True).state is State.NOT_SENT
    assert claimed(ledger, "b").attempt == 2
    for key, arguments in (
        ("a", {"not_sent": True}), ("none", {"not_sent": True}), ("c", {}), ("c", {"sent": ""}),
        ("c", {"sent": "T", "not_sent": True}),
    ):  # fmt: skip
        with pytest.raises(UsageError):
            ledger.resolve(key, **arguments)


def test_a_postback_settles_an_unknown_send_by_its_tracking_id(ledger: Ledger) -> None:
    """An answer that left it open may still have given one."""
    lost = Unknown(reason="HTTP 500", tracking_id="T7", text="queued")
    entry = settled(ledger, lost)
    assert (entry.state, entry.tracking_id) == (State.UNKNOWN, "T7")
    earlier = entry.reply()
    assert isinstance(earlier, Unknown) and earlier.tracking_id == "T7"
    found = ledger.reconcile(Postback(code="N102", tracking_id="T7"))
    assert found is not None
    assert (found.state, found.tracking_id, found.delivery) == (State.SENT, "T7", "N102")


def test_postbacks_are_matched_by_tracking_id(ledger: Ledger) -> None:
    settled(ledger, ACCEPTED)
    assert ledger.reconcile(Postback(code="N101", tracking_id="other")) is None
    assert ledger.reconcile(Postback(code="N101")) is None
    for code, delivery in (
        ("N101", "N101"),
        ("N102", "N102"),
        ("N101", "N102"),
        ("N102", "N102"),
        ("E102", "E102"),
    ):
        entry = ledger.reconcile(Postback(code=code, tracking_id="T1"))
        assert entry is not None and (entry.state, entry.delivery) == (State.SENT, delivery)


def test_a_postback_settles_an_unknown_send_by_its_reference(ledger: Ledger) -> None:
    settled(ledger, LOST)
    settled(ledger, REFUSED, "b", replace(REQUEST, client_reference="order 8"))
    assert (
        ledger.reconcile(Postback(code="N101", tracking_id="T5", client_reference="order 8"))
        is None
    )
    assert ledger.reconcile(Postback(code="N101", client_reference="order 7")) is None
    entry = ledger.reconcile(Postback(code="N101", tracking_id="T5", client_reference="order 7"))
    assert entry is not None
    assert (entry.state, entry.tracking_id, entry.delivery) == (State.SENT, "T5", "N101")


def test_a_reference_that_two_sends_share_settles_neither(ledger: Ledger) -> None:
    settled(ledger, LOST, "a")
    settled(ledger, LOST, "b", replace(REQUEST, to="15553199145"))
    assert (
        ledger.reconcile(Postback(code="N101", tracking_id="T5", client_reference="order 7"))
        is None
    )


def test_a_ledger_that_cannot_be_written_leaves_the_key_unknown(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    claim = claimed(ledger)
    ledger.close()
    assert not ledger.settle(claim, ACCEPTED)
    with Ledger(tmp_path / "ledger") as again:
        (entry,) = again.list()
        assert entry.state is State.UNKNOWN


def test_threads_share_one_ledger(ledger: Ledger) -> None:
    won: list[Claim] = []

    def race() -> None:
        for number in range(20):
            claim = ledger.claim(f"k{number}", THERE, REQUEST)
            if isinstance(claim, Claim):
                won.append(claim)

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claim.key for claim in won) == sorted(f"k{number}" for number in range(20))


def test_whether_a_process_may_be_alive() -> None:
    host, pid, start = this_process().rsplit("/", 2)
    assert may_be_alive(this_process())
    assert may_be_alive(f"elsewhere/{pid}/{start}")
    assert not may_be_alive(f"{host}/{pid}/{start}9") or not start
    assert not may_be_alive(f"{host}/4999999/1")
    assert may_be_alive("garbage")
