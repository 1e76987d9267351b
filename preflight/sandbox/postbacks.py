"""The sandbox gateway's postbacks: what it tells a receiver on loopback after the answer has gone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiohttp

from ..errors import UsageError
from .codes import POSTBACK_RECIPIENTS
from .copying import Copy
from .speech import to_json, to_xml

_RECEIVER_S = 10.0  # the vendor gives a receiver ten seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Postback:
    """One notification: its fields by their dash names, and the HTTP status that the receiver gave.

    None: no receiver is set up, or it could not be reached. The vendor tries up to five times more; the sandbox does not.
    """

    fields: Mapping[str, str]
    status: int | None = None

    @property
    def code(self) -> str:
        """N003, N101, N102, E002 and so on."""
        return self.fields["code"]


class Outbox:
    """Sends postbacks one by one, in order, and keeps those that were sent in ``sent``.

    Raises UsageError for a receiver that is not on loopback.
    """

    def __init__(self, url: str | None) -> None:
        if url is not None and urlsplit(url).hostname not in ("127.0.0.1", "::1", "localhost"):
            raise UsageError("the sandbox sends postbacks to loopback only")
        self.url = url
        self.sent: list[Postback] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Do something in the background, before the next ``idle`` returns."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Give up what is still on its way."""
        for task in self._tasks:
            task.cancel()
        await self.idle()

    async def send(self, fields: Mapping[str, str], *, as_json: bool) -> None:
        """Post one notification and log it."""
        async with self._turn:
            status = await _post(self.url, fields, as_json) if self.url else None
            self.sent.append(Postback(fields=dict(fields), status=status))


async def _post(url: str, fields: Mapping[str, str], as_json: bool) -> int | None:
    body = to_json(fields) if as_json else to_xml("postback", fields)
    kind = "application/json; charset=utf-8" if as_json else "text/xml; charset=utf-8"
    limit = aiohttp.ClientTimeout(total=_RECEIVER_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(url, data=body, headers={"Content-Type": kind}) as response,
        ):
            return response.status
    except (aiohttp.ClientError, OSError, TimeoutError):
        return None


def saved(mms_id: str) -> dict[str, str]:
    """A template is ready."""
    return {"origin": "MMS_MT", "code": "N003", "mms-id": mms_id}


def not_encoded(mms_id: str, kind: str, url: str, *, sending: bool = False) -> dict[str, str]:
    """Sound or film could not be encoded: E002 and E003 at saveMMS, E012 and E013 at sendMMS."""
    code = f"E0{'1' if sending else '0'}{'2' if kind == 'audio' else '3'}"
    return {"origin": "MMS_MT", "code": code, "mms-id": mms_id, f"{kind}-name": url}


def delivery(code: str, status: str, message: Mapping[str, str]) -> dict[str, str]:
    """What became of a message: ``message`` holds mms-id, tracking-id, to and from."""
    sent_as = {} if code.startswith("E") else {"sent-as": "SMS" if code == "N202" else "MMS"}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "origin": "MMS_MT", "code": code, **sent_as, "status": status, **message,
        "operator-id": "31003", "timestamp": now, "status-details": status,
    }  # fmt: skip


def story(
    message: Mapping[str, str], copies: Iterable[Copy] | None, reference: str
) -> Iterator[dict[str, str]]:
    """The notifications about one accepted message, in order.

    ``copies`` are the files of a sendMMS, None for a stored template; ``reference`` is echoed where there is one.
    """
    if copies is not None:
        for copy in copies:
            if not copy.plays:
                yield not_encoded(message["mms-id"], copy.kind, copy.url, sending=True)
                return
        yield saved(message["mms-id"]) | {"code": "N013"}
    echo = {**message, "client-reference": reference} if reference else message
    last = POSTBACK_RECIPIENTS.get(message["to"], ("N102", "Message Sent/Delivered"))
    if last[0] != "E101":  # E101: it could not be sent at all
        yield delivery("N101", "Message Sent", echo)
    yield delivery(*last, echo)
