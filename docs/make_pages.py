"""Make the pages that say what the code says: rules, profiles, codes, framing, servers. ``--check`` only compares."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

DOCS = Path(__file__).parent


def rules() -> str:
    """docs/rules.md"""
    from preflight.rules.explain import page

    return page()


def profiles() -> str:
    """docs/profiles.md"""
    from preflight.profile import built_in, load
    from preflight.profile_page import markdown

    pages = [markdown(load(name)) for name in built_in()]
    return "\n".join(
        ["# Profiles", "", "Made from the profiles themselves; do not edit.", "", *pages]
    )


def codes() -> str:
    """docs/codes.md"""
    from preflight.gateway.codes import ADVICE, CODES, explain

    lines = ["# Error and postback codes", "", "Made from the tables of the code; do not edit.", ""]
    lines += ["| class | what it means as the answer to a call |", "| --- | --- |"]
    lines += [f"| {klass.value} | {advice} |" for klass, advice in ADVICE.items()]
    names = dict.fromkeys(code for _, code in CODES)
    pages = [(name, (explain(name) or "").partition("\n")[2]) for name in names]
    for (page, _), run in groupby(enumerate(pages), key=_page_and_run):
        first, *rest = [name for _, (name, _) in run]
        lines += ["", f"## {first} to {rest[-1]}" if rest else f"## {first}"]
        lines.append(page.replace("\n## ", "\n### ").rstrip())
    return "\n".join(lines)


def _page_and_run(numbered: tuple[int, tuple[str, str]]) -> tuple[str, int]:
    """Alike for codes that follow each other without a gap and have the same page."""
    position, (name, page) = numbered
    return page, int(name[1:]) - position


def servers() -> str:
    """docs/servers.md"""
    from preflight.rules.server_fixes import TOPICS

    lines = ["# Fixes by server", "", "Made from the table of the code; do not edit.", ""]
    for topic, rules, fixes in TOPICS:
        mended = ", ".join(f"[{rule}](rules.md#{rule})" for rule in rules)
        lines += [f"## {topic}", "", f"For {mended}.", "", "| server | what to do |"]
        lines += [
            "| --- | --- |",
            *(f"| {server} | {_cell(fix)} |" for server, fix in fixes.items()),
        ]
        lines.append("")
    return "\n".join(lines)


def _cell(fix: str) -> str:
    """A fix in a table, where the bars of a pattern would end the cell, in a code span too."""
    return fix.replace("|", "\\|")


PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules, "profiles.md": profiles, "codes.md": codes, "servers.md": servers,
}  # fmt: skip


def main() -> int:
    """Write the pages, or say which are out of step."""
    stale = 0
    for name, make in PAGES.items():
        text = make().rstrip() + "\n"
        path = DOCS / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        if "--check" in sys.argv:
            print(f"docs/{name} is out of step with the code; run: make pages")
            stale += 1
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{name}")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
