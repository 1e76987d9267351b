"""saveMMS, sendMMS and sendSavedMMS as the vendor documents them: what is copied, kept, refused and queued.

Answers are fields by their dash names, whatever the language of the request.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from .calls import State, Template
from .checks import recipient_fault, template_fault
from .codes import INFO, REFUSED_RECIPIENTS
from .copying import Copier, Copy
from .postbacks import Outbox, not_encoded, saved, story
from .speech import Asked

_ACTIONS = ("saveMMS", "sendMMS", "sendSavedMMS")


@dataclass(slots=True, kw_only=True)
class Work:
    """A request while it is answered."""

    asked: Asked = field(default_factory=Asked)
    as_json: bool = False
    copies: tuple[Copy, ...] = ()

    @property
    def action(self) -> str:
        """The action in the XML API's spelling; the JSON API takes any case. Empty where it is none of ours."""
        said = self.asked.value("action")
        if self.as_json:
            return next((name for name in _ACTIONS if name.lower() == said.lower()), "")
        return said if said in _ACTIONS else ""


def failure(code: str, to: str = "", slide: int = 0) -> dict[str, str]:
    """The answer for a code; ``slide`` counts from 1."""
    answer = {"status": "Failure", "error-code": code}
    if to:
        answer["to"] = to
    return {**answer, "error-info": INFO[code].replace("{slide}", str(slide))}


class Actions:
    """The three actions over one set of templates; the settings are those of ``SandboxGateway``."""

    def __init__(
        self, copier: Copier, outbox: Outbox, *, encode_s: float, hold_encoding: bool, fallback_required: bool
    ) -> None:  # fmt: skip
        self.templates: dict[str, Template] = {}
        self.released = asyncio.Event()
        self._copier = copier
        self._outbox = outbox
        self._encode_s = encode_s
        self._hold = hold_encoding
        self._fallback_required = fallback_required
        self._numbers = 0

    async def answer(self, work: Work) -> dict[str, str]:
        """Do what a request asks for; ``work.copies`` holds the files that were fetched for it."""
        match work.action:
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
        return self._accept(work, self._next(), work.copies)

    def _send_saved(self, work: Work) -> dict[str, str]:
        mms_id = work.asked.value("mms-id")
        code = self._saved_fault(work, mms_id)
        return failure(code, work.asked.value("to")) if code else self._accept(work, mms_id)

    def _saved_fault(self, work: Work, mms_id: str) -> str:
        """The code for a template or a recipient that cannot be; empty where all is well."""
        if not mms_id:
            return "E620"
        code = self._recipient_fault(work)
        if code:
            return code
        template = self.templates.get(mms_id)
        if template is None or template.state is State.BROKEN:
            return "E241"
        return "E626" if template.state is State.ENCODING else ""

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
                copy = await self._copier.copy(kind, url)
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
        broken = next((copy for copy in work.copies if not copy.plays), None)
        if broken is None:
            end, fields = State.READY, saved(template.mms_id)
        else:
            end, fields = State.BROKEN, not_encoded(template.mms_id, broken.kind, broken.url)
        timed = any(copy.kind in ("audio", "video") for copy in work.copies)
        waits = timed and (self._hold or self._encode_s > 0)
        template.state = State.ENCODING if waits else end
        self._outbox.start(self._finish(template, end, fields, waits=waits, as_json=work.as_json))
        return template

    async def _finish(
        self, template: Template, end: State, fields: Mapping[str, str], *, waits: bool, as_json: bool
    ) -> None:  # fmt: skip
        if waits and self._hold:
            await self.released.wait()
        elif waits:
            await asyncio.sleep(self._encode_s)
        template.state = end
        await self._outbox.send(fields, as_json=as_json)

    def _accept(
        self, work: Work, mms_id: str, copies: tuple[Copy, ...] | None = None
    ) -> dict[str, str]:
        """Queue a message: of a sendMMS with its ``copies``, else of a template."""
        self._numbers += 1
        tracking_id = base64.b64encode(f"SANDBOX_{self._numbers}".encode()).decode()
        message = {
            "mms-id": mms_id,
            "tracking-id": tracking_id,
            "to": work.asked.value("to"),
            "from": work.asked.value("from"),
        }
        self._outbox.start(self._deliver(work, message, copies))
        details = "MMS request accepted and queued for delivery"
        return {"status": "Success", **message, "status-details": details}

    async def _deliver(
        self, work: Work, message: Mapping[str, str], copies: tuple[Copy, ...] | None
    ) -> None:
        for fields in story(message, copies, work.asked.value("client-reference")):
            await self._outbox.send(fields, as_json=work.as_json)
