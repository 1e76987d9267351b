"""``preflight completion``: what a shell needs to complete commands, options, rules, profiles and formats.

Every command with options names these functions; click's part is loaded when a shell asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_VARIABLE = "_PREFLIGHT_COMPLETE"


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print the completion script of a shell.

    \b
    preflight completion bash > ~/.local/share/bash-completion/completions/preflight
    preflight completion zsh > ~/.zfunc/_preflight
    preflight completion fish > ~/.config/fish/completions/preflight.fish
    """
    from click.shell_completion import get_completion_class

    from . import cli

    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"there is no completion for {shell}")
    click.echo(made(cli, {}, "preflight", _VARIABLE).source())
    return 0


def rules(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """The rules whose names begin so."""
    from ..rules import BY_ID

    found = [rule for name, rule in BY_ID.items() if name.startswith(begun)]
    return [_item(rule.id, help=rule.summary) for rule in found]


def profiles(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """The built-in profiles whose names begin so, and files."""
    from ..profile import built_in

    found = [_item(name) for name in built_in() if name.startswith(begun)]
    return found or [_item(begun, type="file")]


def formats(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """The report formats whose names begin so."""
    from ..report import FORMATS

    return [_item(name) for name in FORMATS if name.startswith(begun)]


def files(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Files."""
    return [_item(begun, type="file")]


def _item(value: str, type: str = "plain", help: str | None = None) -> CompletionItem:
    from click.shell_completion import CompletionItem

    return CompletionItem(value, type, help)
