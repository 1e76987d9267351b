"""Rules as functions: each is in the table and has its page, and a user may bring one."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import pytest
from helpers.sight import SINCH, seen

from preflight.judging import judge
from preflight.observation import Image
from preflight.rules import BY_ID, FAMILIES, MESSAGE_RULES, RULES
from preflight.rules.rule import Objection, rule
from preflight.verdict import Severity


def test_a_rule_of_the_users_own() -> None:
    @rule(Severity.WARNING)
    def wide_image(image: Image) -> Objection | None:
        """The image is wide.

        Why: a test.

        Fix: none.
        """
        return Objection("it is wide") if image.width else None

    found = judge(
        seen(image=Image(format="jpeg", width=9, height=1)), SINCH, rules=(*RULES, wide_image)
    )
    assert [(one.rule, one.message, one.fix) for one in found.findings] == [
        ("wide-image", "It is wide.", "None.")
    ]


def test_a_rule_without_its_page_fails_at_import() -> None:
    def pageless_rule(image: Image) -> Objection | None:
        return None

    with pytest.raises(TypeError, match="needs a summary"):
        rule(Severity.ERROR)(pageless_rule)


def test_a_rule_that_asks_for_what_is_no_evidence_fails_at_import() -> None:
    def strange_rule(thing: Any) -> Objection | None:
        """It is strange.

        Why: a test.

        Fix: none.
        """
        return None

    strange_rule.__annotations__["thing"] = "Nothing"
    with pytest.raises(TypeError, match="Nothing, which is no evidence"):
        rule(Severity.ERROR)(strange_rule)


def test_every_rule_is_in_the_table_once_and_its_name_names_a_fault() -> None:
    from preflight import rules

    names = [found.name for found in pkgutil.iter_modules(rules.__path__, "preflight.rules.")]
    modules = [import_module(name) for name in names]
    made = [
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type(RULES[0]))
    ]
    assert sorted(one.id for one in made) == sorted(BY_ID)
    assert (
        len(BY_ID)
        == len(RULES) + len(MESSAGE_RULES)
        == sum(len(rules) for rules in FAMILIES.values())
    )
    for name in BY_ID:
        assert not name.startswith(("no-", "bad-", "use-", "check-", "invalid-media"))


def test_the_page_of_all_rules_has_each_of_them() -> None:
    from preflight.rules.explain import page

    text = page()
    assert all(f"\n## {name}\n" in text for name in BY_ID)
