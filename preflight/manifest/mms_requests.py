"""saveMMS and sendMMS requests, in XML and JSON, of every generation, as messages.

Names are compared without case, dashes and underscores: ``message-subject``, ``MESSAGE_SUBJECT`` and ``subject`` are one. What is
inside a text is text: a link in it is no media. Keys and passwords are not kept.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..message import KINDS, Message, Slide, SlideMedia
from .base import Input, Place
from .json_kind import normal
from .tree import Node, json_trees, xml_tree

_WRAPPERS = ("content", "sequence", "slides")


def read_requests(source: Input) -> Iterator[Message]:
    """One message a request; in JSON, a list of them or several one after the other."""
    if source.head.lstrip().startswith("<"):
        yield _message(source, xml_tree(source))
        return
    for tree in json_trees(source):
        for node in [child for _, child in tree.items] if tree.is_list else [tree]:
            yield _message(source, node)


def _message(source: Input, node: Node) -> Message:
    action = normal(node.first_text("action") or "")
    if action == "sendsavedmms":
        raise source.error(
            "is a sendSavedMMS request, which names no media: check its saveMMS request",
            node.place.line,
        )
    if action not in ("savemms", "sendmms"):
        raise source.error(
            "is not a saveMMS or sendMMS request: its action says otherwise", node.place.line
        )
    slides = tuple(_slide(source, slide, number) for number, slide in enumerate(_slides(node), 1))
    wrapped = [node, *_wrapped(node)]
    return Message(
        mms_id=_text(wrapped, "mmsid"),
        name=_text(wrapped, "name"),
        subject=_text(wrapped, "messagesubject", "subject"),
        slides=slides,
        source=source.at(Place(node.place.line, node.place.column)),
    )


def _text(nodes: list[Node], *names: str) -> str | None:
    texts = (node.first_text(*names) for node in nodes)
    return next((text for text in texts if text is not None), None)


def _wrapped(node: Node) -> list[Node]:
    """The elements around the slides that some generations have: content, sequence, slides."""
    found = [child for key, child in node.items if normal(key) in _WRAPPERS and not child.is_list]
    return found + [inner for child in found for inner in _wrapped(child)]


def _slides(node: Node) -> list[Node]:
    found = node.all("slide")
    for key, child in node.items:
        if normal(key) in _WRAPPERS:
            found += [item for _, item in child.items] if child.is_list else _slides(child)
    return found


def _slide(source: Input, node: Node, number: int) -> Slide:
    media: list[SlideMedia] = []
    for key, child in node.items:
        kind = normal(key)
        if kind not in KINDS and not child.all("url"):
            continue
        for item in [inner for _, inner in child.items] if child.is_list else [child]:
            media.append(_media(source, item, kind, number))
    texts = [child.text or "" for child in node.all("messagetext", "text")]
    return Slide(
        text="\n".join(texts) if texts else None,
        media=tuple(media),
        duration_s=_seconds(node.first_text("duration")),
        source=source.at(Place(node.place.line, node.place.column), f"slide[{number}]"),
    )


def _media(source: Input, node: Node, kind: str, number: int) -> SlideMedia:
    """``<image><url>...``, ``"image": {"url": ...}`` or ``"image": "..."``; no URL at all is an empty one."""
    found = next(iter(node.all("url")), node)
    url = (found.text or "") if not found.items else ""
    place = found.place if url else Place(found.place.line, found.place.column)
    return SlideMedia(kind=kind, url=url, source=source.at(place, f"slide[{number}].{kind}"))


def _seconds(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if 0 <= value < 1e6 else None
