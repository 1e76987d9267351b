"""The options of ``preflight send`` that are the vendor's own parameters, and the request that they make."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from ..errors import UsageError
from ..gateway.reply import Accepted, NotSent, Refused, Reply, Unknown
from ..gateway.request import CustomText, Secret, SendRequest
from ..text import printable

_TEXTS = {
    "service-id": "Campaign id; required by the XML API.",
    "fallback-sms-text": "Text of the SMS that is sent when MMS cannot be delivered.",
    "custom-subject": "Replaces the template's subject: ASCII, up to 80 characters, 40 recommended.",
    "operator-id": "The recipient's operator.",
    "ddm-message-text": "Device discovery; withdrawn by the vendor.",
    "ddm-message-subject": "Device discovery; withdrawn by the vendor.",
    "message-subject": "JSON API: replaces the template's subject.",
    "from-mask": "JSON API: an alphanumeric sender, not in the US.",
    "client-reference": "JSON API: up to 64 characters, echoed in postbacks.",
    "fallback-sms-link-expiration": "JSON API: an RFC 3339 time.",
    "mms-expiry-timestamp": "JSON API: an RFC 3339 time, at most 3 days ahead.",
}
_FLAGS = {
    "ddm-force": "Device discovery; withdrawn by the vendor.",
    "disable-fallback-sms": "JSON API: no SMS when MMS cannot be delivered.",
    "disable-fallback-sms-link": "JSON API: no link in that SMS.",
}


def vendor_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Every documented parameter of sendSavedMMS as an option with the vendor's name."""
    decorators = [
        click.option(
            "--mms-id", help="Id of the saved message; by default the one in messages.toml."
        ),
        click.option("--to", help="One recipient: digits with the country code, no plus sign."),
        click.option(
            "--from",
            "from_",
            required=True,
            help="Sender: short code, toll-free number or 10DLC number.",
        ),
        *(click.option(f"--{name}", help=text) for name, text in _TEXTS.items()),
        click.option(
            "--custom-text",
            multiple=True,
            metavar="SLIDE=VALUE",
            help="Replaces the text of a slide.",
        ),
        click.option(
            "--data", multiple=True, metavar="NAME=VALUE", help="Fills a merge tag of the template."
        ),
        click.option(
            "--to-displayonly",
            multiple=True,
            metavar="NUMBER",
            help="JSON API: a further number shown in a group message.",
        ),
        click.option(
            "--custom-slides",
            metavar="JSON",
            help="JSON API: an array that replaces text of the template.",
        ),
        click.option(
            "--ddm-message-timeout",
            type=int,
            metavar="MINUTES",
            help="Device discovery; withdrawn by the vendor.",
        ),
        *(
            click.option(f"--{name}", is_flag=True, default=None, help=text)
            for name, text in _FLAGS.items()
        ),
    ]
    for decorate in reversed(decorators):
        function = decorate(function)
    return function


def request_from(given: Mapping[str, Any], mms_id: str, to: str) -> SendRequest:
    """The request that the options make. Raises UsageError for an option of the wrong form."""
    names = [name.replace("-", "_") for name in (*_TEXTS, *_FLAGS)]
    plain = {name: given[name] for name in names}
    texts = []
    for text in given["custom_text"]:
        slide, equals, value = text.partition("=")
        if not equals or not (slide.isascii() and slide.isdigit()):
            raise UsageError("--custom-text must look like SLIDE=VALUE, such as 1=Hello")
        texts.append(CustomText(slide=int(slide[:6]), value=value))
    pairs = []
    for text in given["data"]:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError("--data must look like NAME=VALUE, such as firstname=Ann")
        pairs.append((name, value))
    return SendRequest(
        mms_id=mms_id, to=to, from_=given["from_"], custom_text=tuple(texts), data=tuple(pairs),
        to_displayonly=tuple(given["to_displayonly"]), custom_slides=_slides(given["custom_slides"]),
        ddm_message_timeout=given["ddm_message_timeout"], **plain,
    )  # fmt: skip


def _slides(text: str | None) -> tuple[Mapping[str, object], ...]:
    if text is None:
        return ()
    try:
        slides = json.loads(text)
    except (ValueError, RecursionError):
        slides = None
    if not isinstance(slides, list) or not all(isinstance(one, dict) for one in slides):
        raise UsageError("--custom-slides must be a JSON array of objects")
    return tuple(slides)


def api_key(file: str | None) -> Secret | None:
    """The api-key from ``--api-key-file``, else from PREFLIGHT_API_KEY; never from an argument, which others could see."""
    if file is not None:
        try:
            return Secret(Path(file).read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"cannot read the key file {file!r}: {getattr(error, 'strerror', None) or 'not a text'}"
            ) from None
    text = os.environ.get("PREFLIGHT_API_KEY")
    return Secret(text.strip()) if text else None


def exit_code(reply: Reply) -> int:
    """0 accepted and queued, 1 refused or not sent for certain, 3 unknown."""
    return 0 if isinstance(reply, Accepted) else 3 if isinstance(reply, Unknown) else 1


def describe(reply: Reply) -> str:
    """A reply in a sentence or two."""
    earlier = (
        " (by an earlier call; nothing was sent now)"
        if getattr(reply, "from_ledger", False)
        else ""
    )
    match reply:
        case Accepted():
            return f"sent: the gateway accepted and queued the message{earlier}; tracking id {printable(reply.tracking_id)}"
        case Refused():
            said = f": {printable(reply.text)}" if reply.text else ""
            return f"refused: the gateway answered {printable(reply.code)}{said}{earlier} (preflight explain {printable(reply.code)})"
        case NotSent():
            return f"not sent: {reply.reason}"
    said = f", {printable(reply.code)}" if reply.code else ""
    return f"unknown: {reply.reason}{said}{earlier}; the message may have gone out, so do not send it again before this is settled"
