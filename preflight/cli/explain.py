"""``preflight explain``: the manual pages."""

from __future__ import annotations

import click

from ..errors import UsageError
from ..profile import built_in, load, nearest
from ..profile_page import markdown as profile_page
from .completion import rules


@click.command("explain")
@click.argument("name", required=False, shell_complete=rules)
def command(name: str | None) -> int:
    """The page of a rule, of an error or postback code of the gateway, or of a profile. Without NAME, all rules in a line each.

    \b
    preflight explain chunked-transfer-encoding
    preflight explain E629
    preflight explain sinch
    """
    from ..rules import BY_ID, FAMILIES
    from ..rules.explain import markdown

    if name is None:
        width = max(len(rule) for rule in BY_ID)
        for family, rules in FAMILIES.items():
            click.echo(f"{family}:")
            for rule in rules:
                click.echo(f"  {rule.id:<{width}}  {rule.severity.value:<7}  {rule.summary}")
        click.echo("\nOne page: preflight explain RULE; a code (E629) or a profile (sinch) has one, too.")
        return 0
    if name in BY_ID:
        click.echo(markdown(BY_ID[name]))
        return 0
    from ..gateway.codes import explain

    page = profile_page(load(name)) if name in built_in() else explain(name.upper())
    if page is None:
        hint = nearest(name, [*BY_ID, *built_in()])
        raise UsageError(f"there is no rule, code or profile {name!r}{hint}")
    click.echo(page)
    return 0
