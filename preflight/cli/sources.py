"""The sources of a command: the options that say how they are read, and what is in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click

from ..manifest import FORMS, Options, meant_as_url, read
from ..message import Message
from ..target import Target
from ..text import encodable
from .options import together

source_options = together(
    click.option(
        "--from-format",
        type=click.Choice(FORMS),
        help="Read the sources as this, instead of recognising them.",
    ),
    click.option("--column", help="The column of a CSV file that holds the URLs."),
    click.option("--field", help="The path in JSON that holds the URLs, such as items[].url."),
    click.option(
        "--base-url",
        metavar="URL",
        help="What relative URLs and the keys of an inventory are joined to.",
    ),
    click.option("--allow-empty", is_flag=True, help="A source without any URL is no error."),
    click.option("--no-progress", is_flag=True, help="No progress line on standard error."),
)
"""For every command that takes sources."""


class Sources:
    """What the sources hold, read once: targets one by one; ``messages`` and the ``empty`` sources, complete when the targets are."""

    def __init__(self, names: tuple[str, ...], given: Mapping[str, Any]) -> None:
        self.names = names
        self.form: str | None = given["from_format"]
        self.options = Options(
            base_url=given["base_url"], column=given["column"], field=given["field"]
        )
        self.messages: list[Message] = []
        self.seen = 0
        self.empty: list[str] = []

    def targets(self) -> Iterator[Target]:
        """Every target in the order of the sources, those of messages included."""
        for name in self.names:
            before = self.seen
            for entry in self._entries(name):
                if isinstance(entry, Target):
                    self.seen += 1
                    yield entry
                    continue
                self.messages.append(entry)
                for target in entry.targets():
                    self.seen += 1
                    yield target
            if self.seen == before:
                self.empty.append(name)

    def _entries(self, name: str) -> Iterable[Target | Message]:
        if meant_as_url(name) and not os.path.exists(name):  # noqa: PTH110 - no name is too long for it
            return [Target(url=encodable(name))]
        return read(name, form=self.form, options=self.options)
