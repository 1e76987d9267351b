"""A small document as a tree with places: what a request to the gateway looks like, in XML or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .base import Input, Place
from .json_kind import normal
from .json_urls import events
from .xml_scan import elements

_MAX_NODES = 50_000
_SECRET = frozenset({"apikey", "password", "pass"})


@dataclass(slots=True, kw_only=True)
class Node:
    """A scalar (``text``), or a list or object (``items``; the keys of a list are empty)."""

    place: Place
    text: str | None = None
    items: list[tuple[str, Node]] = field(default_factory=list)
    is_list: bool = False

    def all(self, *names: str) -> list[Node]:
        """The children of these normalised names, lists taken apart."""
        found: list[Node] = []
        for key, child in self.items:
            if normal(key) in names:
                found += [node for _, node in child.items] if child.is_list else [child]
        return found

    def first_text(self, *names: str) -> str | None:
        """The text of the first child of one of these names."""
        return next((node.text for node in self.all(*names) if node.text is not None), None)


def json_trees(source: Input) -> Iterator[Node]:
    """One tree a top-level value, keys that hold secrets left empty."""
    stack: list[Node] = []
    count = 0
    for event in events(source):
        if event.kind in "}]":
            done = stack.pop()
            if not stack:
                yield done
                count = 0
            continue
        count += 1
        _bounded(source, count, event.line)
        key = str(event.path[-1]) if event.path else ""
        place = Place(event.line, event.column, event.end)
        node = Node(place=place, is_list=event.kind == "[")
        if event.kind in ("string", "other") and event.text != "null":
            node.text = "" if normal(key) in _SECRET else event.text
        if stack:
            stack[-1].items.append(("" if stack[-1].is_list else key, node))
        if event.kind in "{[":
            stack.append(node)
        elif not stack:
            yield node


def xml_tree(source: Input) -> Node:
    """The document's root; character data beside child elements is left out."""
    root = Node(place=Place(1, 1))
    stack = [root]
    for count, element in enumerate(elements(source)):
        _bounded(source, count, element.place.line)
        name, node = element.path[-1], stack[-1]
        if not element.ends:
            child = Node(place=element.place)
            node.items.append((name, child))
            stack.append(child)
            continue
        stack.pop()
        if not node.items:
            node.text = "" if normal(name) in _SECRET else element.text
            node.place = element.place
    return root.items[0][1]


def _bounded(source: Input, count: int, line: int) -> None:
    if count > _MAX_NODES:
        raise source.error(f"a request of over {_MAX_NODES:,} parts", line)
