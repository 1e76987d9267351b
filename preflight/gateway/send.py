"""The gate before the POST, and the ledger around it: what the library and the command line call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime

from ..errors import UsageError
from ..text import quoted
from ..values import dataclass
from ..verdict import MessageVerdict, Outcome, Verdict
from . import codes
from .client import Phase, post
from .codes import CodeClass
from .endpoint import Gateway, verify
from .ledger import Ledger
from .ledger_entry import Claim, Entry, KeyTakenError
from .problem import Problem, errors
from .recipients import Recipient
from .reply import NotSent, Refused, Reply, Unknown
from .request import SendRequest
from .validate import validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one recipient. ``stop`` says, in words, why no further one is sent to; None while the run goes on."""

    recipient: Recipient
    reply: Reply
    stop: str | None = None


def gate(verdicts: Iterable[Verdict | MessageVerdict], mms_id: str | None = None) -> str | None:
    """Why media with these verdicts must not be sent, as one clause; None where every one is accept.

    With ``mms_id`` also where they are of messages, and each has another mms-id. A message that has none yet may be any.
    """
    made = tuple(verdicts)  # an iterator is true even where nothing is in it
    if not made:
        return "no media was checked"
    bad = sum(verdict.outcome is not Outcome.ACCEPT for verdict in made)
    if bad:
        return f"{bad} of {len(made)} checks did not end with accept"
    checked = [one.mms_id or None for one in made if isinstance(one, MessageVerdict)]
    if mms_id is None or not checked or None in checked or mms_id in checked:
        return None
    others = " and ".join(quoted(one) for one in dict.fromkeys(checked) if one)
    return f"what was checked is the message {others}, and what is to be sent {quoted(mms_id)}"


async def send_saved_mms(
    request: SendRequest,
    *,
    verdicts: Iterable[Verdict | MessageVerdict],
    gateway: Gateway,
    unchecked: bool = False,
    ledger: Ledger | None = None,
    key: str | None = None,
    retry: bool = False,
    phase: Phase | None = None,
) -> Reply:
    """Send one message to one recipient with exactly one POST, or say why not.

    NotSent, without any POST, where a verdict is not accept, there is none, or they are of messages with another mms-id (unless
    ``unchecked`` says in as many words to send all the same), and where ``validate`` finds an error. With a ledger a key (by default
    a hash of endpoint, mms-id, to and the custom fields) is sent at most once: an earlier outcome is returned as it was, marked
    ``from_ledger``; ``retry`` tries again what was refused by a code that may pass. Cancellation is passed on, and leaves the key
    settled; ``interrupted`` makes of the ``phase`` what is then known. Raises UsageError for a wrong gateway, and for a key that was used for another message.
    """
    shut = None if unchecked else gate(verdicts, request.mms_id)
    if shut is not None:
        return NotSent(reason=shut)
    wrong = _wrong(request, gateway)
    if wrong:
        return NotSent(reason=wrong[0].message, problems=tuple(wrong))
    verify(gateway)  # a gateway that cannot be shall leave nothing in the ledger
    if ledger is None:
        if key is not None or retry:
            raise UsageError("a key and a retry need a ledger")
        return await post(request, gateway, phase=phase)
    key = ledger.key_of(gateway.url, request) if key is None else key
    claim = ledger.claim(key, gateway.url, request, timeout_s=gateway.timeout_s, retry=retry)
    if isinstance(claim, Entry):
        return claim.reply()
    return await _post_claimed(request, gateway, ledger, claim, phase or Phase())


def _wrong(request: SendRequest, gateway: Gateway) -> list[Problem]:
    return errors(validate(request, gateway.api, gateway.fallback_sms_text, now=datetime.now(UTC)))


async def _post_claimed(
    request: SendRequest, gateway: Gateway, ledger: Ledger, claim: Claim, phase: Phase
) -> Reply:
    """The POST that a claim allows, and its record, whatever ends it."""
    reply: Reply | None = None
    try:
        reply = await post(request, gateway, phase=phase)
    finally:
        # Not awaited: a second cancellation must not come between a POST and its record.
        ledger.settle(claim, reply or interrupted(phase))
    return reply


def interrupted(phase: Phase) -> Reply:
    """What is known of a POST that was cancelled this far."""
    if phase.sent:
        return Unknown(reason="interrupted before the gateway had answered")
    return NotSent(reason="interrupted before anything was sent")


async def send_all(
    recipients: Iterable[Recipient],
    *,
    verdicts: Iterable[Verdict | MessageVerdict],
    gateway: Gateway,
    ledger: Ledger | None = None,
    rate: float | None = None,
    unchecked: bool = False,
    retry: bool = False,
    max_failures: int | None = 10,
    phase: Phase | None = None,
) -> AsyncIterator[Result]:
    """One call a recipient, one after the other, at most ``rate`` a second; yields each result as it is known.

    All recipients are read before the first POST, so that a bad line stops the run before it begins. With a ledger the same run
    goes on where it stopped, and what is settled costs no time. The last result names the reason where the run stops early: a code
    that concerns the whole account (E104, E105, E112, E713 and their like), ``max_failures`` in a row that were not sent or are
    unknown (each of those a person must settle), or a gate that is shut. A key that was used for another message is that line's result.
    When the run is cancelled, ``phase`` is that of the recipient after the last result.
    """
    if rate is not None and not rate > 0:
        raise UsageError("the rate must be above 0 a second")
    made = tuple(verdicts)  # each recipient's gate looks at all of them
    phase = phase or Phase()
    failures, slot = 0, 0.0
    for recipient in list(recipients):
        phase.sent = False
        if rate is not None and not _stands(recipient, gateway, ledger, retry):
            await asyncio.sleep(slot - time.monotonic())
            slot = max(slot, time.monotonic()) + 1 / rate
        reply: Reply
        try:
            reply = await send_saved_mms(
                recipient.request, verdicts=made, gateway=gateway, unchecked=unchecked, ledger=ledger,
                key=recipient.key, retry=retry, phase=phase,
            )  # fmt: skip
        except KeyTakenError as error:
            reply = NotSent(reason=str(error))
        failures = failures + 1 if _is_failure(reply) else 0
        shut = None if unchecked else gate(made, recipient.request.mms_id)
        stop = _stop(reply) or shut
        if max_failures is not None and failures >= max_failures:
            stop = stop or f"{failures} recipients in a row without a reply that can be used"
        yield Result(recipient=recipient, reply=reply, stop=stop)
        if stop:
            return


def _stands(recipient: Recipient, gateway: Gateway, ledger: Ledger | None, retry: bool) -> bool:
    """Whether nothing will be sent to a recipient: the ledger stands against it, or the request is wrong, and need not have a key."""
    if ledger is None:
        return False
    if _wrong(recipient.request, gateway):
        return True
    key = recipient.key
    if key is None:
        key = ledger.key_of(gateway.url, recipient.request)
    try:
        return ledger.look(key, gateway.url, recipient.request, retry=retry) is not None
    except KeyTakenError:
        return True


def _is_failure(reply: Reply) -> bool:
    return isinstance(reply, NotSent) or (isinstance(reply, Unknown) and not reply.from_ledger)


def _stop(reply: Reply) -> str | None:
    """A fresh code that concerns the account, whatever else the answer leaves open; one from an earlier run does not stop this one."""
    if not isinstance(reply, Refused | Unknown) or not reply.code or reply.from_ledger:
        return None
    known = codes.lookup(codes.Kind.API, reply.code)
    if known is None or known.klass is not CodeClass.STOP_RUN:
        return None
    return f"the gateway answered {reply.code}, which concerns the whole account"
