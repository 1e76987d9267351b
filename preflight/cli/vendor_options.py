"""The options of ``preflight send`` that are the vendor's own parameters, and the request that they make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from ..errors import UsageError
from ..gateway.request import CustomText, SendRequest
from .options import NAMED, together

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


vendor_options = together(
    click.option(
        "--mms-id",
        type=NAMED,
        help="Id of the saved message; by default the one in messages.toml.",
    ),
    click.option(
        "--to", type=NAMED, help="One recipient: digits with the country code, no plus sign."
    ),
    click.option(
        "--from",
        "from_",
        required=True,
        help="Sender: short code, toll-free number or 10DLC number.",
    ),
    *(click.option(f"--{name}", help=text) for name, text in _TEXTS.items()),
    click.option(
        "--custom-text", multiple=True, metavar="SLIDE=VALUE", help="Replaces the text of a slide."
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
)
"""Every documented parameter of sendSavedMMS as an option with the vendor's name."""


def request_from(given: Mapping[str, Any], mms_id: str, to: str) -> SendRequest:
    """The request that the options make. Raises UsageError for an option of the wrong form."""
    names = [name.replace("-", "_") for name in (*_TEXTS, *_FLAGS)]
    return SendRequest(
        mms_id=mms_id, to=to, from_=given["from_"], custom_text=tuple(map(_custom_text, given["custom_text"])),
        data=tuple(map(_datum, given["data"])), to_displayonly=tuple(given["to_displayonly"]),
        custom_slides=_slides(given["custom_slides"]), ddm_message_timeout=given["ddm_message_timeout"],
        **{name: given[name] for name in names},
    )  # fmt: skip


def _custom_text(text: str) -> CustomText:
    slide, equals, value = text.partition("=")
    if not equals or not (slide.isascii() and slide.isdigit()):
        raise UsageError("--custom-text must look like SLIDE=VALUE, such as 1=Hello")
    return CustomText(slide=int(slide[:6]), value=value)


def _datum(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError("--data must look like NAME=VALUE, such as firstname=Ann")
    return name, value


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
