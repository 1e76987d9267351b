"""A rule as Markdown: the page of ``preflight explain`` and of docs/rules.md."""

from __future__ import annotations

from . import FAMILIES
from .rule import Rule
from .server_fixes import SERVER_FIXES

_WHO = {
    "reach": "whoever runs the web server, bucket or CDN that the URL leads to; whoever wrote the URL, where it is wrong.",
    "framing": "whoever runs the web server, bucket or CDN that the URL leads to.",
    "type": "whoever runs the web server, bucket or CDN; whoever uploaded the file, where it is not what it should be.",
    "source": "whoever keeps the list, feed or inventory that names the file.",
    "size": "whoever made the file.",
    "damage": "whoever uploaded the file.",
    "image": "whoever made or uploaded the image.",
    "audio": "whoever made or uploaded the audio.",
    "video": "whoever made or uploaded the video.",
    "message": "whoever writes the message.",
    "not-checked": "whoever runs this check.",
}
"""Whom to ask, by family, and of the rules that are about somebody else."""

_WORDS = {
    "answer": "what a server sends back for a URL: a status such as 200 or 404, header fields, and a body, which is the file.",
    "header field": "a named line before the body, such as `Content-Type: image/jpeg`.",
    "Content-Length": "the header field that says how many bytes the body has.",
    "chunked": "sent in pieces, without saying beforehand how many bytes there will be (`Transfer-Encoding: chunked`).",
    "Content-Type": "the header field that says what the file is: its type, such as `image/jpeg`.",
    "octet-stream": "a type that only says that there are bytes (`application/octet-stream`).",
    "origin, CDN": "the server that keeps the file, and the network of caches that stands before it.",
    "media path": "the part of the site, such as `/media/`, under which the media is served.",
    "codec": "how sound or moving pictures are coded inside a file, such as H.264 or AAC.",
    "gateway, carrier, handset": "who takes the message from you, whose network brings it, and the phone that shows it.",
    "profile": "what one gateway accepts; choose one with `--profile`.",
}


def markdown(rule: Rule) -> str:
    """The manual page of one rule."""
    family = family_of(rule)
    lines = [
        f"## {rule.id}", "", f"{rule.summary}", "",
        f"*{rule.severity.value.capitalize()}, family {family}.*", "",
        f"**Why.** {_begun(rule.why)}", "", f"**Fix.** {_begun(rule.fix)}", "",
    ]  # fmt: skip
    who = _WHO.get(rule.id) or _WHO.get(family)
    if who:
        lines += [f"**Who.** {_begun(who)}", ""]
    fixes = SERVER_FIXES.get(rule.id)
    if fixes:
        lines += ["**By server**, where the answer shows which one sent it:", ""]
        lines += [f"- {text}" for text in fixes.values()]
        lines.append("")
    return "\n".join(lines)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def family_of(rule: Rule) -> str:
    """The name of the family that a rule belongs to."""
    return next((family for family, rules in FAMILIES.items() if rule in rules), "other")


def page() -> str:
    """All rules as one page, docs/rules.md."""
    lines = [
        "# Rules", "", "Made from the rules themselves; do not edit.", "",
        "## The words", "", "| word | what it means |", "| --- | --- |",
    ]  # fmt: skip
    lines += [f"| {word} | {meaning} |" for word, meaning in _WORDS.items()]
    lines += ["", "## All rules", "", "| family | rule | severity | seen when |"]
    lines.append("| --- | --- | --- | --- |")
    for family, rules in FAMILIES.items():
        lines += [
            f"| {family} | [{rule.id}](#{rule.id}) | {rule.severity.value} | {rule.summary} |"
            for rule in rules
        ]
    pages = [markdown(rule) for rules in FAMILIES.values() for rule in rules]
    return "\n".join([*lines, "", *pages])
