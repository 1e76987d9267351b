"""A table of functions that are imported when they are first asked for: a start pays only for what it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TypeVar

T = TypeVar("T")


class Late(Mapping[str, T]):
    """Names to what stands at a place such as ``jpeg:walk_jpeg``: a module of ``package``, and a name in it."""

    def __init__(self, package: str, places: Mapping[str, str]) -> None:
        self._package = package
        self._places = places
        self._found: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._found:
            module, _, function = self._places[name].partition(":")
            self._found[name] = getattr(import_module(f".{module}", self._package), function)
        return self._found[name]

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def get(self, name: str) -> T | None:  # type: ignore[override]  # a default is nowhere needed
        """What stands under a name, or None."""
        known = self._found.get(name)
        if known is None and name in self._places:
            known = self[name]
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
