"""``preflight profiles``: what each gateway accepts, and where that is written."""

from __future__ import annotations

import click

from ..profile import built_in, load
from ..profile_page import markdown
from .completion import profiles


@click.command("profiles")
@click.argument("name", required=False, shell_complete=profiles)
def command(name: str | None) -> int:
    """The built-in profiles; with NAME (or a TOML file), every limit and where it comes from.

    \b
    preflight profiles
    preflight profiles sinch
    """
    if name is not None:
        click.echo(markdown(load(name)))
        return 0
    names = built_in()
    width = max(len(one) for one in names)
    for one in names:
        click.echo(f"{one:<{width}}  {load(one).title}")
    return 0
