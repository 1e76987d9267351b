"""Options that several commands share, as decorators for click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import click

from . import completion
from .settings_table import Setting

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]

_COMPLETIONS = {
    "profile": completion.profiles, "select": completion.rules, "ignore": completion.rules, "format": completion.formats,
    "cafile": completion.files, "baseline": completion.files, "output": completion.files,
}  # fmt: skip


class _Named(click.types.StringParamType):
    """A text that names something. An empty one is a variable that is not set, and to go on without would do something else than was meant."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = super().convert(value, param, ctx)
        if not text:
            self.fail("it is empty; give it a value, or leave the option out", param, ctx)
        return text


NAMED = _Named()


def together(*decorators: Decorator) -> Decorator:
    """Several options as one decorator; the help shows them in this order."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def options(*settings: Setting) -> Decorator:
    """Settings as options, and the file that may hold them. What was not given is None, so that the layers below can speak."""
    config = click.option("--config", type=NAMED, metavar="FILE", help="The settings file.")
    return together(*(_option(setting) for setting in settings), config)


verbosity = together(
    click.option("-q", "--quiet", is_flag=True, help="Only what is not accepted."),
    click.option("-v", "--verbose", count=True, help="Everything, ungrouped."),
)
"""How much a report on the terminal says."""


def _option(setting: Setting) -> Decorator:
    names = [name for name in (setting.short, setting.option) if name]
    text = setting.help
    if setting.default not in (None, (), False):
        text = f"{text}  [default: {setting.default}]"
    if setting.kind is bool:
        opposite = setting.name[3:] if setting.name.startswith("no-") else f"no-{setting.name}"
        return click.option("/".join((*names, f"--{opposite}")), default=None, help=text)
    repeated = setting.kind is list
    kind: Any = click.Choice(setting.choices) if setting.choices else setting.kind
    if setting.path or setting.name == "output":
        kind = NAMED
    return click.option(
        *names,
        type=None if repeated else kind,
        multiple=repeated,
        default=None,
        metavar=setting.metavar,
        help=text,
        shell_complete=_COMPLETIONS.get(setting.name),
    )
