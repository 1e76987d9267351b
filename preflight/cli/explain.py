"""``preflight explain``: the manual pages."""

from __future__ import annotations

import click

from ..errors import UsageError
from ..nearest import nearest
from ..profile import built_in, load
from ..profile_page import markdown as profile_page
from .completion import rules as rule_names


@click.command("explain")
@click.argument("name", required=False, shell_complete=rule_names)
def command(name: str | None) -> int:
    """The page of a rule, of an error or postback code of the gateway, or of a profile. Without NAME, all rules in a line each.

    \b
    preflight explain chunked-transfer-encoding
    preflight explain E629
    preflight explain sinch
    """
    click.echo(_all_rules() if name is None else _page(name))
    return 0


def _all_rules() -> str:
    from ..rules import BY_ID, FAMILIES

    width = max(len(rule) for rule in BY_ID)
    lines = []
    for family, rules in FAMILIES.items():
        lines.append(f"{family}:")
        lines += [f"  {one.id:<{width}}  {one.severity.value:<7}  {one.summary}" for one in rules]
    hint = "One page: preflight explain RULE; a code (E629) or a profile (sinch) has one, too."
    return "\n".join([*lines, "", hint])


def _page(name: str) -> str:
    from ..gateway.codes import explain
    from ..rules import BY_ID
    from ..rules.explain import markdown

    if name in BY_ID:
        return markdown(BY_ID[name])
    page = profile_page(load(name)) if name in built_in() else explain(name)
    if page is None:
        hint = nearest(name, [*BY_ID, *built_in()])
        raise UsageError(f"there is no rule, code or profile {name!r}{hint}")
    return page
