"""Postbacks: what the gateway POSTs to the account's own endpoint, in every spelling it has had since 2011.

Postbacks come more than once (an endpoint that does not answer 200 within 10 s gets it again every 5 minutes, up to
5 times), in any order, and with any field missing but the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from ..values import dataclass
from . import codes
from .codes import Code, Kind
from .document import Node, UnreadableError, put, read, scalars


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A body that is no postback; ``reason`` is in our words."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFile:
    """One file of an inbound MMS: its address, if it has one, and all that was said about it as (name, text) pairs."""

    url: str | None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Postback:
    """One postback. All texts are the gateway's own, unjudged; ``extra`` holds what has no field here, as (name, text) pairs.

    ``timestamp`` is as written, ``when`` as a moment. ``spid`` is the operator in Skycore's numbering. ``notification_id`` and ``created``
    are of the form of 2011.
    """

    code: str
    origin: str | None = None
    sent_as: str | None = None
    status: str | None = None
    status_details: str | None = None
    mms_id: str | None = None
    from_: str | None = None
    to: str | None = None
    copy_to: tuple[str, ...] = ()
    tracking_id: str | None = None
    client_reference: str | None = None
    operator_id: str | None = None
    operator_name: str | None = None
    spid: str | None = None
    timestamp: str | None = None
    handset: str | None = None
    audio_name: str | None = None
    video_name: str | None = None
    image_name: str | None = None
    keyword: str | None = None
    message_subject: str | None = None
    files: tuple[ContentFile, ...] = ()
    from_mask: str | None = None
    aggregator_id: str | None = None
    campaign_ref: str | None = None
    notification_id: str | None = None
    created: str | None = None
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def when(self) -> datetime | None:
        """The timestamp as a moment; None where it is missing, has no offset, or is of another form."""
        try:
            moment = datetime.fromisoformat(self.timestamp or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None

    @property
    def known(self) -> Code | None:
        """What the table says of the code; None for a code that is in none."""
        return codes.lookup(Kind.POSTBACK, self.code)


# Our field for each normalised name of the vendor's.
_FIELDS: Mapping[str, str] = {
    "code": "code", "origin": "origin", "sentas": "sent_as", "status": "status", "statusdetails": "status_details",
    "mmsid": "mms_id", "from": "from_", "to": "to", "trackingid": "tracking_id", "clientreference": "client_reference",
    "operatorid": "operator_id", "spid": "spid", "operatorname": "operator_name", "timestamp": "timestamp",
    "handset": "handset", "audioname": "audio_name", "videoname": "video_name", "imagename": "image_name",
    "keyword": "keyword", "messagesubject": "message_subject", "subject": "message_subject", "frommask": "from_mask",
    "aggregatorid": "aggregator_id", "campaignref": "campaign_ref",
}  # fmt: skip
_ATTRIBUTES: Mapping[str, str] = {"id": "notification_id", "created": "created"}
_ROOTS = ("postback", "notification")


def parse(body: bytes) -> Postback | Unreadable:
    """A postback's body, XML or JSON, up to 64 KiB. A document type declaration, or no code, makes it Unreadable."""
    try:
        root = read(body)
        if root.name == "" and len(root.children) == 1 and root.children[0].name in _ROOTS:
            root = root.children[0]
        if root.name not in (*_ROOTS, ""):
            raise UnreadableError("it is not a postback document")
        return _postback(root)
    except UnreadableError as error:
        return Unreadable(reason=f"the postback cannot be read: {error}")


def _postback(root: Node) -> Postback:
    found: dict[str, str] = {}
    extra: list[tuple[str, str]] = []
    files: list[ContentFile] = []
    copies: list[str] = []
    for node in _members(root):
        if node.name == "content":
            files += [_file(item) for item in node.children] or [ContentFile(url=node.text or None)]
        elif node.name == "copyto":
            copies += [
                part.strip()
                for leaf in _leaves(node)
                for part in leaf.text.split(",")
                if part.strip()
            ]
        elif node.name in _FIELDS and not node.children:
            if node.text:
                put(found, _FIELDS[node.name], node.text)
        else:
            extra += [(leaf.raw_name, leaf.text) for leaf in _leaves(node) if leaf.text]
    for name, text in root.attributes:
        if name.lower() in _ATTRIBUTES:
            found[_ATTRIBUTES[name.lower()]] = text
        else:
            extra.append((name, text))
    code = found.pop("code", "").upper()
    if not code:
        raise UnreadableError("it has no code")
    return Postback(
        code=code, copy_to=tuple(copies), files=tuple(files), extra=tuple(extra), **found
    )


def _members(root: Node) -> Iterator[Node]:
    """The fields of a postback; the BODY of the form of 2011 is no field of its own, what it holds is."""
    for node in root.children:
        if node.name == "body" and node.children:
            yield from node.children
        else:
            yield node


def _leaves(node: Node) -> Iterator[Node]:
    if not node.children:
        yield node
    for child in node.children:
        yield from _leaves(child)


def _file(node: Node) -> ContentFile:
    """A file as its bare address, or as an element with the address among its children."""
    if not node.children:
        return ContentFile(url=node.text or None, fields=node.attributes)
    fields = scalars(node)
    url = next(
        (fields[name] for name in ("url", "file", "href", "link", "location") if name in fields),
        None,
    )
    return ContentFile(url=url, fields=tuple(fields.items()))
