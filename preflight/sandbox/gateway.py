"""A gateway on loopback that speaks saveMMS, sendMMS and sendSavedMMS as the vendor documents them, in XML and in JSON.

It copies media by the published rules, with code that shares nothing with preflight's own judgement, so that the two can be held
against each other. What the vendor leaves open (HTTP status of failures: 200 here; redirects: followed) is said where it stands.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Iterable, Mapping

from aiohttp import web

from .calls import Call, State, Template, Work, action_of, failure, masked
from .checks import recipient_fault, template_fault
from .codes import REFUSED_RECIPIENTS
from .copying import Copier
from .postbacks import Outbox, Postback, not_encoded, saved, story
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
        self.templates: dict[str, Template] = {}
        self.copier = copier or Copier()
        self._blocked_key = blocked_key
        self._encode_s = encode_s
        self._released = asyncio.Event()
        self._hold = hold_encoding
        self._fallback_required = fallback_required
        self._outbox = Outbox(postback_url)
        self._numbers = 0
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
        self._released.set()

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
                action=action_of(work) or work.asked.value("action"),
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
        match action_of(work):
            case "saveMMS":
                return await self._save(work)
            case "sendMMS":
                return await self._send(work)
            case "sendSavedMMS":
                return self._send_saved(work)
            case _:
                return failure("E107")

    async def _save(self, work: Work) -> dict[str, str]:
        code, slide = await self._copy_all(work)
        if code:
            return failure(code, slide=slide)
        template = self._encode(work)
        return {"status": "Success", "mms-id": template.mms_id}

    async def _send(self, work: Work) -> dict[str, str]:
        to = work.asked.value("to")
        code = self._recipient_fault(work)
        slide = 0
        if not code:
            code, slide = await self._copy_all(work)
        if code:
            return failure(code, to, slide)
        return self._accept(work, self._next(), sends_media=True)

    def _send_saved(self, work: Work) -> dict[str, str]:
        mms_id, to = work.asked.value("mms-id"), work.asked.value("to")
        template = self.templates.get(mms_id)
        code = "" if mms_id else "E620"
        code = code or self._recipient_fault(work)
        if not code and (template is None or template.state is State.BROKEN):
            code = "E241"
        if not code and template is not None and template.state is State.ENCODING:
            code = "E626"
        return failure(code, to) if code else self._accept(work, mms_id)

    def _recipient_fault(self, work: Work) -> str:
        code = recipient_fault(
            work.asked, service_id=not work.as_json, fallback=self._fallback_required
        )
        return code or REFUSED_RECIPIENTS.get(work.asked.value("to"), "")

    async def _copy_all(self, work: Work) -> tuple[str, int]:
        """Copy every file of a template; the first code, and its slide."""
        code, number = template_fault(work.asked)
        if code:
            return code, number
        for number, slide in enumerate(work.asked.slides, 1):
            for kind, url in slide.media:
                copy = await self.copier.copy(kind, url)
                work.copies += (copy,)
                if copy.code:
                    return copy.code, number
        return "", 0

    def _next(self) -> str:
        """An mms-id that no template has yet."""
        while True:
            self._numbers += 1
            mms_id = str(35_673 + self._numbers)
            if mms_id not in self.templates:
                return mms_id

    def _encode(self, work: Work) -> Template:
        """A new template; sound and film make it wait."""
        template = Template(mms_id=self._next(), urls=tuple(copy.url for copy in work.copies))
        self.templates[template.mms_id] = template
        broken = [copy for copy in work.copies if not copy.plays]
        fields = saved(template.mms_id)
        if broken:
            fields = not_encoded(template.mms_id, broken[0].kind, broken[0].url)
        waits = any(copy.kind in ("audio", "video") for copy in work.copies)
        waits = waits and (self._hold or self._encode_s > 0)
        end = State.BROKEN if broken else State.READY
        template.state = State.ENCODING if waits else end
        self._outbox.start(self._finish(template, end, fields, waits=waits, as_json=work.as_json))
        return template

    async def _finish(
        self, template: Template, end: State, fields: Mapping[str, str], *, waits: bool, as_json: bool
    ) -> None:  # fmt: skip
        if waits and self._hold:
            await self._released.wait()
        elif waits:
            await asyncio.sleep(self._encode_s)
        template.state = end
        await self._outbox.send(fields, as_json=as_json)

    def _accept(self, work: Work, mms_id: str, *, sends_media: bool = False) -> dict[str, str]:
        self._numbers += 1
        tracking_id = base64.b64encode(f"SANDBOX_{self._numbers}".encode()).decode()
        message = {
            "mms-id": mms_id,
            "tracking-id": tracking_id,
            "to": work.asked.value("to"),
            "from": work.asked.value("from"),
        }
        self._outbox.start(self._deliver(work, message, sends_media=sends_media))
        details = "MMS request accepted and queued for delivery"
        return {"status": "Success", **message, "status-details": details}

    async def _deliver(self, work: Work, message: Mapping[str, str], *, sends_media: bool) -> None:
        for fields in story(
            message, work.copies if sends_media else None, work.asked.value("client-reference")
        ):
            await self._outbox.send(fields, as_json=work.as_json)
