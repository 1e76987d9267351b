"""URLs in YAML, by PyYAML's marks (the extra ``yaml``). Nodes are only composed: no tag is ever acted upon."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from ..target import Target
from ..text import encodable
from .base import WHITE, Input, is_url, pointer
from .fields import Step, matches, parse
from .lines import Lines

if TYPE_CHECKING:
    import yaml

# An anchor, a tag, with what may stand between them and the value; \s also takes the line ends that only YAML 1.1 knows.
_PROPERTIES = re.compile(r"(?:[&!]\S*+(?:\s++(?:#[^\n\x85\u2028\u2029]*+)?+)++)*+")
_BLOCK = re.compile(r"[|>][^\n\x85\u2028\u2029]*+\s*+")
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
    lines = Lines(text)
    try:
        for document in yaml.compose_all(text, Loader=_loader()):
            for node, path in _scalars(document, [], set()):
                if _wanted(node, path, steps):
                    url = node.value.strip(WHITE)
                    place = source.at(lines.place(*_extent(node, text)), pointer(path))
                    yield Target(url=url if steps is None else source.absolute(url), source=place)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column, _ = lines.place(mark.index) if mark else (None, None, None)
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
        return is_url(node.value.lstrip(WHITE))
    return matches(steps, path) and node.tag != "tag:yaml.org,2002:null"


def _extent(node: yaml.ScalarNode, text: str) -> tuple[int, int]:
    """From where to where a scalar's content goes in the text, without what surrounds it."""
    start, end = node.start_mark.index, node.end_mark.index
    if properties := _PROPERTIES.match(text, start, end):
        start = properties.end()
    if node.style in ("'", '"'):
        return start + 1, end - 1
    if node.style in ("|", ">"):
        header = _BLOCK.match(text, start, end)
        if header and header.end() < end:
            return header.end(), start + len(text[start:end].rstrip())
        return start, start
    return start, end
