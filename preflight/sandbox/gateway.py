"""A gateway on loopback that speaks saveMMS, sendMMS and sendSavedMMS as the vendor documents them, in XML and in JSON.

It copies media by the published rules, with code that shares nothing with preflight's own judgement, so that the two can be held
against each other. What the vendor leaves open (HTTP status of failures: 200 here; redirects: followed) is said where it stands.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from aiohttp import web

from .actions import Actions, Work, failure
from .calls import Call, State, Template, masked
from .copying import Copier
from .postbacks import Outbox, Postback
from .speech import Unreadable, from_json, from_xml, to_json, to_xml

_BODY_LIMIT = 1_048_576  # bytes


class SandboxGateway:
    """The gateway as an asynchronous context manager.

    ``calls`` logs every request, ``postbacks`` every notification; ``postback_url`` (loopback) receives them. Encoding of sound and film
    takes ``encode_s`` seconds, or with ``hold_encoding`` until ``release`` is called; until then the answer is E626. A key other
    than ``api_key`` gets E104, ``blocked_key`` E105. ``fallback_required`` makes it an Optimized MMS account. ``copier`` says how it fetches.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "sandbox-key",
        blocked_key: str | None = None,
        postback_url: str | None = None,
        encode_s: float = 0.0,
        hold_encoding: bool = False,
        fallback_required: bool = False,
        copier: Copier | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.api_key = api_key
        self.calls: list[Call] = []
        self.copier = copier or Copier()
        self._blocked_key = blocked_key
        self._outbox = Outbox(postback_url)
        self._actions = Actions(
            self.copier, self._outbox,
            encode_s=encode_s, hold_encoding=hold_encoding, fallback_required=fallback_required,
        )  # fmt: skip
        self.templates = self._actions.templates
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> SandboxGateway:
        app = web.Application(client_max_size=_BODY_LIMIT)
        for path in ("/ep/v1", "/ep/v1/", "/ep/v2", "/ep/v2/"):
            app.router.add_route("*", path, self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port, backlog=1024)
        try:
            await site.start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._outbox.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def endpoint_xml(self) -> str:
        """Where the XML API answers."""
        return f"http://{self.host}:{self.port}/ep/v1/"

    @property
    def endpoint_json(self) -> str:
        """Where the JSON API answers."""
        return f"http://{self.host}:{self.port}/ep/v2/"

    @property
    def postbacks(self) -> list[Postback]:
        """Every notification so far, sent or not."""
        return self._outbox.sent

    def save(self, mms_id: str, urls: Iterable[str] = (), *, state: State = State.READY) -> None:
        """Put a template there as if saveMMS had been called before; nothing is fetched."""
        self.templates[mms_id] = Template(mms_id=mms_id, urls=tuple(urls), state=state)

    def posts(self, *, to: str | None = None, mms_id: str | None = None) -> int:
        """How many sends arrived, for a recipient or an mms-id or any, whatever the answer was."""
        return sum(
            call.action in ("sendSavedMMS", "sendMMS")
            and to in (None, call.to)
            and mms_id in (None, call.mms_id)
            for call in self.calls
        )

    def release(self) -> None:
        """Let the encoding that ``hold_encoding`` held end."""
        self._actions.released.set()

    async def idle(self) -> None:
        """Wait until all postbacks are out; with ``hold_encoding``, only after ``release``."""
        await self._outbox.idle()

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        work = Work(as_json=request.path.startswith("/ep/v2"))
        answer = await self._answer(request, body, work)
        self._log(request, body, work, answer)
        content = to_json(answer) if work.as_json else to_xml("response", answer)
        return web.Response(
            body=content, content_type="application/json" if work.as_json else "text/xml", charset="utf-8"
        )  # fmt: skip

    def _log(
        self, request: web.Request, body: bytes, work: Work, answer: Mapping[str, str]
    ) -> None:
        secret = ("x-api-key", "authorization")
        self.calls.append(
            Call(
                time=time.time(),
                method=request.method,
                api="json" if work.as_json else "xml",
                action=work.action or work.asked.value("action"),
                fields={name: "***" if name == "api-key" else value for name, value in work.asked.fields.items()},
                headers={name: "***" if name.lower() in secret else value for name, value in request.headers.items()},
                body=masked(body.decode("utf-8", "replace"), self.api_key),
                answer=answer,
                copies=work.copies,
            )
        )  # fmt: skip

    async def _answer(self, request: web.Request, body: bytes, work: Work) -> dict[str, str]:
        if request.method != "POST" or not body:
            return failure("E100")
        try:
            content_type = request.headers.get("Content-Type", "")
            work.asked = from_json(body) if work.as_json else from_xml(body, content_type)
        except Unreadable:
            return failure("E108")
        key = request.headers.get("x-api-key", "") if work.as_json else work.asked.value("api-key")
        if key != self.api_key:
            return failure("E105" if self._blocked_key and key == self._blocked_key else "E104")
        return await self._actions.answer(work)
