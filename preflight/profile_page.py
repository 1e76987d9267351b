"""A profile as Markdown: every value and where it comes from."""

from __future__ import annotations

from .profile import Profile

_UNITS = {
    "_bytes": "bytes",
    "_seconds": "s",
    "_s": "s",
    "_characters": "characters",
    "pixels": "pixels",
}


def markdown(profile: Profile) -> str:
    """One profile as a page: a heading, what it is for, and a table of setting, value and source.

    A source that begins with "assumed" stands for what no vendor documents; a value without one
    was set by the user.
    """
    lines = [f"## {profile.name}", ""]
    lines += [text for part in (profile.title, profile.note) if part for text in (_prose(part), "")]
    lines += ["| setting | value | source |", "| --- | --- | --- |"]
    for key, value, source in profile.settings():
        lines.append(
            f"| `{_cell(key)}` | {_cell(_shown(key, value))} | {_cell(source) or 'not given'} |"
        )
    return "\n".join(lines) + "\n"


def _prose(text: str) -> str:
    ended = text if text.endswith((".", "!", "?")) else text + "."
    return " ".join(ended.split())


def _shown(key: str, value: object) -> str:
    """A value for people: digits grouped, with its unit."""
    if value is None:
        return "no limit"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(str(item) for item in value) or "none"
    if isinstance(value, int | float):
        unit = next((unit for end, unit in _UNITS.items() if key.endswith(end)), "")
        return f"{value:,} {unit}".rstrip()
    return str(value)


def _cell(text: str) -> str:
    """Text that cannot break out of a table cell or be taken for HTML."""
    safe = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return safe.replace("&", "&amp;").replace("<", "&lt;")
