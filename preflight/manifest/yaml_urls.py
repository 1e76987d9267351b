"""URLs in YAML, by PyYAML's marks (the extra ``yaml``). Nodes are only composed: no tag is ever acted upon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from ..target import Source, Target
from ..text import encodable
from .base import Input, Place, is_url, pointer
from .fields import Step, matches, parse

if TYPE_CHECKING:
    import yaml

_PROPERTIES = re.compile(r"(?:[&!]\S*[ \t]+)+")  # an anchor, a tag
_MAX_BRACKETS = 100
_Found = tuple["yaml.ScalarNode", list[str | int]]


class _TooDeepError(Exception):
    """More brackets in each other than anybody writes."""


def read_yaml(source: Input) -> Iterator[Target]:
    """Every scalar that is an http(s) URL, or the field asked for. A node behind several aliases is reported once."""
    try:
        import yaml
    except ImportError:
        raise source.error(
            "is YAML, which needs an extra: pip install 'mms-preflight[yaml]'"
        ) from None
    steps = parse(source.options.field) if source.options.field is not None else None
    text = source.whole()
    lines = text.split("\n")
    try:
        for document in yaml.compose_all(text, Loader=_loader()):
            for node, path in _scalars(document, [], set()):
                if _wanted(node, path, steps):
                    url = source.absolute(node.value) if steps is not None else node.value
                    yield Target(url=url.strip(), source=_place(source, node, path, lines))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise source.error(f"is not YAML: {error.problem or error.context}", line, column) from None
    except yaml.YAMLError as error:
        raise source.error(
            f"is not YAML: {getattr(error, 'reason', None) or 'a wrong character'}"
        ) from None
    except (RecursionError, _TooDeepError):
        raise source.error("is nested too deep") from None


@cache
def _loader() -> type[yaml.SafeLoader]:
    """PyYAML's, with a bound: for each token it looks at every bracket around it."""
    import yaml

    class Bounded(yaml.SafeLoader):
        def fetch_flow_collection_start(self, TokenClass: Any) -> None:
            if self.flow_level == _MAX_BRACKETS:
                raise _TooDeepError
            super().fetch_flow_collection_start(TokenClass)

    return Bounded


def _scalars(node: yaml.Node | None, path: list[str | int], seen: set[int]) -> Iterator[_Found]:
    """Scalars in document order, keys left out."""
    import yaml

    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        node.value = encodable(node.value)
        yield node, path
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _scalars(item, [*path, index], seen)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            yield from _scalars(value, [*path, encodable(str(name))], seen)


def _wanted(node: yaml.ScalarNode, path: list[str | int], steps: list[Step] | None) -> bool:
    if steps is None:
        return is_url(node.value.lstrip())
    return matches(steps, path) and node.tag != "tag:yaml.org,2002:null"


def _place(source: Input, node: yaml.ScalarNode, path: list[str | int], lines: list[str]) -> Source:
    line, column = node.start_mark.line, node.start_mark.column
    if properties := _PROPERTIES.match(lines[line], column):
        column = properties.end()
    end: int | None = node.end_mark.column
    if node.style in ("'", '"'):
        column, end = column + 1, node.end_mark.column - 1
        many = node.end_mark.line != line
    elif node.style in ("|", ">"):
        line = next(number for number in range(line + 1, len(lines)) if lines[number].strip())
        column = len(lines[line]) - len(lines[line].lstrip())
        end, many = len(lines[line].rstrip()), "\n" in node.value.strip()
    else:
        many = node.end_mark.line != line
    place = Place(line + 1, column + 1, None if many or end is None else end + 1)
    return source.at(place, pointer(path))
