"""The HTML report taken apart: its elements and its islands of data."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from preflight.observation import (
    Observation,
)
from preflight.report import html_data
from preflight.verdict import Verdict

Rendered = Callable[..., str]


VerdictOf = Callable[..., Verdict]


ObservationOf = Callable[..., Observation]


PICTURE = "data:image/webp;base64,AAAA"


class Page(HTMLParser):
    """The elements of a page, with their attributes and their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], str]] = []
        self._inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), ""))
        self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            tag, attributes, text = self.elements[-1]
            self.elements[-1] = tag, attributes, text + data

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [(attributes, text) for name, attributes, text in self.elements if name == tag]

    def island(self, name: str) -> Any:
        return next(
            json.loads(text)
            for found, text in self.all("script")
            if found.get("id") == f"data-{name}"
        )

    def detail(self, number: int) -> Any:
        return self.island(f"details-{number // html_data.CHUNK}")[number % html_data.CHUNK]
