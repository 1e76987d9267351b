"""A message is as good as its worst medium, and has faults of its own."""

from __future__ import annotations

from dataclasses import replace

from helpers.sight import SINCH

from preflight.judging import judge_message
from preflight.message import Message, Slide, SlideMedia
from preflight.target import Target
from preflight.verdict import Outcome, Verdict


def _verdict(url: str, outcome: Outcome = Outcome.ACCEPT) -> Verdict:
    return Verdict(target=Target(url=url), outcome=outcome, profile="sinch")


def _message(*urls: str) -> Message:
    slides = tuple(Slide(media=(SlideMedia(kind="image", url=url),)) for url in urls)
    return Message(mms_id="1", subject="Sale", slides=slides)


def test_a_message_is_as_good_as_its_worst_medium() -> None:
    message = _message("a", "b")
    assert judge_message(message, [_verdict("a"), _verdict("b")], SINCH).outcome is Outcome.ACCEPT
    assert (
        judge_message(message, [_verdict("a"), _verdict("b", Outcome.UNKNOWN)], SINCH).outcome
        is Outcome.UNKNOWN
    )
    assert (
        judge_message(message, [_verdict("a", Outcome.REJECT), _verdict("b")], SINCH).outcome
        is Outcome.REJECT
    )


def test_a_medium_without_a_verdict_makes_it_unknown() -> None:
    assert judge_message(_message("a", "b"), [_verdict("a")], SINCH).outcome is Outcome.UNKNOWN


def test_a_fault_of_the_message_itself_rejects_and_can_be_ignored() -> None:
    message = replace(_message("a"), subject=None)
    assert judge_message(message, [_verdict("a")], SINCH).outcome is Outcome.REJECT
    ignored = judge_message(message, [_verdict("a")], SINCH, ignore=lambda _: "known")
    assert (ignored.outcome, len(ignored.ignored)) == (Outcome.ACCEPT, 1)
