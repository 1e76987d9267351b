"""A rule as Markdown: the page of ``preflight explain`` and of docs/rules.md."""

from __future__ import annotations

from . import FAMILIES
from .rule import Rule
from .servers import SETTINGS


def markdown(rule: Rule) -> str:
    """The manual page of one rule."""
    lines = [
        f"## {rule.id}", "", f"{rule.summary}", "",
        f"*{rule.severity.value.capitalize()}, family {family_of(rule)}.*", "",
        f"**Why.** {rule.why}", "", f"**Fix.** {rule.fix}", "",
    ]  # fmt: skip
    settings = SETTINGS.get(rule.id)
    if settings:
        lines += ["By server, where the answer shows which one sent it:", ""]
        lines += [f"- {text}" for text in settings.values()]
        lines.append("")
    return "\n".join(lines)


def family_of(rule: Rule) -> str:
    """The name of the family that a rule belongs to."""
    return next((family for family, rules in FAMILIES.items() if rule in rules), "other")


def page() -> str:
    """All rules as one page, docs/rules.md."""
    lines = [
        "# Rules",
        "",
        "Made from the rules themselves; do not edit.",
        "",
        "| family | rule | severity | seen when |",
        "| --- | --- | --- | --- |",
    ]
    for family, rules in FAMILIES.items():
        lines += [
            f"| {family} | [{rule.id}](#{rule.id}) | {rule.severity.value} | {rule.summary} |"
            for rule in rules
        ]
    return "\n".join(
        [*lines, "", *(markdown(rule) for rules in FAMILIES.values() for rule in rules)]
    )
