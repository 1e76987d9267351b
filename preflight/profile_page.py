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
_MEANINGS = {
    "types": "accepted types",
    "limits.image_bytes": "largest image",
    "limits.gif_bytes": "largest GIF",
    "limits.audio_bytes": "largest audio file",
    "limits.video_bytes": "largest video file",
    "limits.text_bytes": "largest text file",
    "limits.object_bytes": "largest vCard, iCal, PDF or Passbook file",
    "limits.recommended_bytes": "size up to which all carriers deliver a file",
    "limits.text_characters": "longest text file",
    "limits.pixels": "most pixels of an image",
    "limits.width": "widest image; either way round, so alone it bounds the shorter side",
    "limits.height": "highest image; either way round, so alone it bounds the shorter side",
    "limits.frame_pixels": "most pixels of a video's picture",
    "limits.audio_seconds": "longest audio",
    "limits.video_seconds": "longest video",
    "limits.audio_codecs": "accepted audio codecs",
    "limits.video_codecs": "accepted video codecs",
    "limits.url_lifetime_s": "how long a signed URL must last",
    "fetch.user_agent": "the name under which is asked (User-Agent)",
    "fetch.accept": "what is asked for (Accept)",
    "fetch.encodings": "compression that is asked for (Accept-Encoding)",
    "fetch.redirects": "whether redirects are allowed",
    "fetch.max_redirects": "most redirects that are followed",
    "fetch.strips_query": "kinds of media whose URLs lose their query",
    "fetch.timeout_s": "time allowed for one attempt",
    "fetch.deep": "whether media is asked for twice and decoded to the end",
    "message.slides": "most slides of a message",
    "message.subject_characters": "longest subject",
    "message.subject_recommended": "characters of a subject that all handsets show",
    "message.subject_required": "whether a subject is required",
    "message.subject_ascii": "whether a subject must be printable ASCII",
    "message.text_characters": "longest text of a slide",
    "message.files": "most media files of a message",
    "message.raw_bytes": "largest message, as its files and texts are",
    "message.wire_bytes": "largest message, as it is on the way to the handset",
    "message.wire_factor": "how much larger a message is on the way",
    "message.wire_overhead": "bytes that come on top of that",
    "gateway.fallback_sms_text": "whether a send needs the text of a fallback SMS",
}


def markdown(profile: Profile) -> str:
    """One profile as a page: a heading, what it is for, and a table of setting, meaning, value and source.

    A source that begins with "assumed" stands for what no vendor documents; a value without one
    was set by the user.
    """
    lines = [f"## {profile.name}", ""]
    lines += [text for part in (profile.title, profile.note) if part for text in (_prose(part), "")]
    lines += ["| setting | what it is | value | source |", "| --- | --- | --- | --- |"]
    for key, value, source in profile.settings():
        cells = (f"`{key}`", _meaning(key), _shown(key, value), source or "not given")
        lines.append(f"| {' | '.join(_cell(each) for each in cells)} |")
    return "\n".join(lines) + "\n"


def _prose(text: str) -> str:
    ended = text if text.endswith((".", "!", "?")) else text + "."
    return " ".join(ended.split())


def _meaning(key: str) -> str:
    section, _, rule = key.partition(".")
    return f"severity of the rule {rule}" if section == "severities" else _MEANINGS[key]


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
