"""The words of the rules: one voice, and every page whole enough to be acted on."""

from __future__ import annotations

import re

import pytest

from preflight.rules import BY_ID, FAMILIES, Rule
from preflight.rules.explain import markdown, page
from preflight.rules.server_fixes import SERVER_FIXES, TOPICS
from preflight.rules.servers import SIGNS

_UNWANTED = re.compile(r"\b([Ww]e|[Oo]ur|us|[Yy]ou|[Pp]lease|simply|just)\b|  ")


@pytest.mark.parametrize("rule", BY_ID.values(), ids=list(BY_ID))
def test_a_page_speaks_in_one_voice(rule: Rule) -> None:
    """The summary is a sentence; the reason and the fix follow a heading, or a full stop, and the fix is one sentence."""
    assert rule.summary[0].isupper() and rule.summary.endswith(".")
    for text in (rule.summary, rule.why, rule.fix):
        assert text.endswith(".") and not _UNWANTED.search(text), text
    assert not re.match("[A-Z][a-z]", rule.why)
    assert rule.fix[0].islower() and ". " not in rule.fix


@pytest.mark.parametrize("rule", SERVER_FIXES)
def test_a_servers_fix_names_the_server_and_is_one_sentence(rule: str) -> None:
    assert rule in BY_ID
    for server, fix in SERVER_FIXES[rule].items():
        assert server in dict(SIGNS)
        assert fix.startswith(f"{server}: ") and fix[len(server) + 2].islower()
        assert fix.count("`") % 2 == 0 and fix.endswith(".") and ". " not in fix


def test_every_server_that_is_recognised_has_a_fix_for_compression_and_for_the_type() -> None:
    for _, _, fixes in TOPICS[:2]:
        assert set(fixes) == set(dict(SIGNS))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_page_says_whom_to_ask(family: str) -> None:
    for rule in FAMILIES[family]:
        assert "**Who.** Whoever " in markdown(rule)
    if family == "reach":
        assert "**Who.** Whoever runs this check." in markdown(BY_ID["not-checked"])


def test_what_a_server_would_answer_with_another_fault_is_not_advised() -> None:
    """Tried with nginx 1.22: a types block inside a location replaces all other types; mime.types holds a block of its own."""
    nginx = SERVER_FIXES["media-type-mismatch"]["nginx"]
    assert "`include mime.types;` and `types { TYPE EXTENSION; }` side by side" in nginx
    assert "`<remove fileExtension" in SERVER_FIXES["media-type-mismatch"]["IIS"]
    assert "--acl public-read" in SERVER_FIXES["media-type-mismatch"]["S3"]


def test_code_in_the_pages_stands_in_code_spans() -> None:
    """Outside of them a browser would take a tag for a tag."""
    assert "<" not in re.sub(r"`[^`]*`", "", page())
