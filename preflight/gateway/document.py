"""Foreign XML and JSON as one kind of small tree, read with the same care whatever sent it.

A document type declaration is refused wherever it stands, so no entity is ever expanded; size and depth are bounded before
anything is built. Names lose case, dashes and underscores, which is how the vendor's three generations differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.parsers import expat

from ..text import encodable
from ..values import dataclass

MAX_BYTES = 65_536
_MAX_DEPTH = 32
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class UnreadableError(Exception):
    """A document is not what it should be; ``str()`` is one clause in our own words. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Node:
    """An element, or a member of a JSON object; an array is its member repeated.

    ``name`` is normalised and ``raw_name`` as written; ``text`` is without white space at its ends.
    """

    name: str
    raw_name: str
    text: str
    children: tuple[Node, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()


def normalise(name: str) -> str:
    """``tracking-id``, ``trackingId`` and ``TRACKINGID`` are one name."""
    return name.lower().replace("-", "").replace("_", "")


def read(body: bytes) -> Node:
    """The tree of an XML or JSON document, told apart by its first character; a JSON object's root has no name.

    Raises UnreadableError for anything else, and for over 64 KiB, a document type declaration, or more than 32 levels.
    """
    if len(body) > MAX_BYTES:
        raise UnreadableError(f"it is larger than {MAX_BYTES:,} bytes")
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    if not start:
        raise UnreadableError("it is empty")
    if start[:1] == b"{":
        return _read_json(start)
    if start[:1] == b"<" or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _read_xml(start if start[:1] == b"<" else body)
    raise UnreadableError("it is neither XML nor a JSON object")


def scalars(node: Node) -> dict[str, str]:
    """The children that hold a text, by normalised name. Raises UnreadableError where one is given twice, differently."""
    found: dict[str, str] = {}
    for child in node.children:
        if child.children or not child.text:
            continue
        put(found, child.name, child.text)
    return found


def put(fields: dict[str, str], name: str, text: str) -> None:
    """Set a field. Raises UnreadableError where it has another value already."""
    if fields.setdefault(name, text) != text:
        raise UnreadableError("one of its fields is given twice, with different values")


def _read_xml(body: bytes) -> Node:
    if _DECLARATION.search(body):
        raise UnreadableError("it holds a document type declaration")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.texts.append
    # The bytes were searched already; these see a declaration in UTF-16 and other encodings too.
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    parser.ExternalEntityRefHandler = _refuse_declaration
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise UnreadableError("it is not well-formed XML") from None
    return builder.done[0][0]


def _refuse_declaration(*_: object) -> int:
    raise UnreadableError("it holds a document type declaration")


class _Builder:
    """Builds nodes from expat's events: ``done`` holds the finished children of each open element, innermost last."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.done: list[list[Node]] = [[]]
        self.open: list[tuple[str, tuple[tuple[str, str], ...], list[str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= _MAX_DEPTH:
            raise UnreadableError(f"it is nested more than {_MAX_DEPTH} deep")
        if self.open:
            self.open[-1][2].extend(self.texts)
        self.texts.clear()
        self.open.append((name, tuple(attributes.items()), []))
        self.done.append([])

    def end(self, _: str) -> None:
        name, attributes, texts = self.open.pop()
        text = "".join([*texts, *self.texts]).strip()
        self.texts.clear()
        children = tuple(self.done.pop())
        self.done[-1].append(Node(normalise(name), name, text, children, attributes))


class _Pairs(list[tuple[str, object]]):
    """The members of a JSON object in their order, repeated names kept."""


def _read_json(body: bytes) -> Node:
    try:
        value = json.loads(
            body,
            object_pairs_hook=_Pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise UnreadableError("it is not JSON") from None
    (root,) = _nodes("", value, _MAX_DEPTH)
    return root


def _refuse_constant(_: str) -> object:
    raise ValueError("NaN and Infinity are no JSON")


def _nodes(name: str, value: object, depth: int) -> Iterator[Node]:
    """A member as nodes: one for an object or a scalar, one for each item of an array, none for null.

    JSON can write half of a surrogate pair, which no file can hold; whoever keeps what the gateway said would fail on it.
    """
    if depth == 0:
        raise UnreadableError(f"it is nested more than {_MAX_DEPTH} deep")
    if isinstance(value, _Pairs):
        children = [node for key, item in value for node in _nodes(encodable(key), item, depth - 1)]
        yield Node(normalise(name), name, "", tuple(children))
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(name, item, depth - 1)
    elif value is not None:
        text = ("false", "true")[value] if isinstance(value, bool) else str(value)
        yield Node(normalise(name), name, encodable(text.strip()))
