"""What is known of one medium, as pairs of a label and a value for people."""

from __future__ import annotations

from collections.abc import Iterator

from ..observation import Audio, BodyEnd, Content, Image, Observation, Video
from ..target import Target
from ..text import printable, size
from ..verdict import Media, Verdict
from . import shown
from .base import Look

Facts = list[tuple[str, str]]

ENDS = {
    BodyEnd.COMPLETE: "whole",
    BodyEnd.CLOSED: "until the connection was closed",
    BodyEnd.SHORT: "the connection was closed before the end",
    BodyEnd.RESET: "the connection was reset before the end",
    BodyEnd.TIMEOUT: "the time was over before the end",
    BodyEnd.LIMIT: "more than the profile allows, so reading stopped",
    BodyEnd.DROPPED: "only the head was asked for",
    BodyEnd.BAD_CHUNK: "the chunks cannot be read",
}
_MODES = {"gray": "grey", "rgb": "RGB", "cmyk": "CMYK", "palette": "palette"}


def facts(verdict: Verdict, observation: Observation | None, look: Look) -> Facts:
    """Everything that is known, in the order in which people ask."""
    media = verdict.media
    found = [*_common(media, observation.content if observation else None, look)]
    found += [("Dimensions", dimensions(media))] if media.width and media.height else []
    if media.duration_s is not None:
        found.append(("Duration", duration(media.duration_s)))
    if observation is not None:
        found += _image(observation.image, look) if observation.image else ()
        found += _audio(observation.audio, look) if observation.audio else ()
        found += _video(observation.video, look) if observation.video else ()
    return [*found, *_promised(verdict.target), *_circumstances(verdict, observation, look)]


def _common(media: Media, content: Content | None, look: Look) -> Iterator[tuple[str, str]]:
    if media.declared_type is not None:
        yield "Declared type", printable(media.declared_type)
    if media.detected_type is not None:
        by = f", says {printable(content.detected_by)}" if content and content.detected_by else ""
        yield "The bytes are", printable(media.detected_type) + by
    if media.length is not None:
        yield "Length", exactly(media.length)
    if content is None:
        return
    for label, clause in (
        ("Cut short", content.truncated), ("Damaged", content.corrupt), ("Not looked at", content.overrun),
        ("Not decoded", content.undecoded), ("Document", content.document),
    ):  # fmt: skip
        if clause:
            yield label, shown.words(clause, look)
    if content.characters is not None:
        yield "Characters", f"{content.characters:,}"
    if content.trailing:
        yield "After the end", exactly(content.trailing)
    if content.decode:
        said = content.decode.errors or content.decode.stopped or content.decode.skipped
        yield (
            "Decoded to the end",
            f"{printable(content.decode.decoder)}: {shown.words(said or 'no fault', look)}",
        )


def _image(image: Image, look: Look) -> Iterator[tuple[str, str]]:
    traits = [
        _MODES.get(image.mode or "", printable(image.mode or "")),
        "progressive" if image.progressive else "",
        "transparent" if image.transparent else "",
        f"{image.frames:,} frames" if (image.frames or 1) > 1 else "",
        f"turned by EXIF ({image.orientation})" if (image.orientation or 1) > 1 else "",
        "holds a GPS position" if image.gps else "",
    ]
    yield "Picture", ", ".join(filter(None, [printable(image.format), *traits]))
    if image.problem:
        yield "Unreadable", shown.words(image.problem, look)


def _audio(audio: Audio, look: Look) -> Iterator[tuple[str, str]]:
    rate = f"{audio.sample_rate:,} Hz" if audio.sample_rate else ""
    channels = {None: "", 1: "mono", 2: "stereo"}.get(audio.channels, f"{audio.channels} channels")
    traits = [printable(audio.codec or audio.format), rate, channels, _bitrate(audio.bitrate)]
    yield "Audio", ", ".join(filter(None, traits))
    if audio.problem:
        yield "Unreadable", shown.words(audio.problem, look)


def _video(video: Video, look: Look) -> Iterator[tuple[str, str]]:
    codec = " ".join(printable(part) for part in (video.codec, video.profile, video.level) if part)
    frames = f"{video.fps:.4g} frames a second" if video.fps else ""
    traits = [codec or printable(video.format), frames, _bitrate(video.bitrate)]
    yield "Video", ", ".join(filter(None, traits))
    brand = f", brand {printable(video.brand)}" if video.brand else ""
    audio = f", audio {printable(video.audio_codec)}" if video.audio_codec else ""
    yield "Container", f"{printable(video.format)}{brand}{audio}"
    layout = [
        "header at the end of the file" if video.late_header else "",
        "fragmented" if video.fragmented else "",
    ]
    if any(layout):
        yield "Layout", ", ".join(filter(None, layout))
    if video.problem:
        yield "Unreadable", shown.words(video.problem, look)


def _promised(target: Target) -> Iterator[tuple[str, str]]:
    if target.declared_type:
        yield "The source says", printable(target.declared_type)
    if target.declared_length is not None:
        yield "The source says", exactly(target.declared_length)


def _circumstances(
    verdict: Verdict, observation: Observation | None, look: Look
) -> Iterator[tuple[str, str]]:
    place = shown.place(verdict.target.source, look)
    if place:
        yield "Named in", place
    if observation and observation.signed:
        ends = instant(observation.signed.ends_at)
        yield "Signed", f"{printable(observation.signed.scheme)}, until {ends}"
    if observation and observation.observed_at:
        yield "Seen at", instant(observation.observed_at)
    if verdict.from_cache_s is not None:
        yield "From cache", f"{shown.age(verdict.from_cache_s)} old"
    tries = f", {verdict.attempts} tries" if verdict.attempts > 1 else ""
    yield "Took", f"{took(verdict.elapsed_s)}{tries}"


def in_short(media: Media) -> str:
    """Type, size and extent in one line, as far as they are known: ``image/jpeg, 26.2 KB, 320 x 240``."""
    parts = [
        printable(media.detected_type or media.declared_type or "", 60),
        "" if media.length is None else size(media.length),
        dimensions(media) if media.width and media.height else "",
        "" if media.duration_s is None else duration(media.duration_s),
    ]
    return " \N{MIDDLE DOT} ".join(filter(None, parts))


def dimensions(media: Media) -> str:
    """Width and height in pixels."""
    return f"{media.width:,} \N{MULTIPLICATION SIGN} {media.height:,}"


def duration(seconds: float) -> str:
    """``0.8 s``, ``12 s``, ``2:05``; nothing sensible is longer than hours."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{int(seconds // 60)}:{int(seconds % 60):02d} min"


def took(seconds: float) -> str:
    """``30 ms``, ``1.2 s``."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def instant(seconds: float) -> str:
    """``2026-11-22 10:00:00 UTC``; a foreign number outside the calendar is shown as it is."""
    try:
        return shown.instant(seconds).replace("T", " ").replace("Z", " UTC")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f} s after 1970"


def exactly(octets: int) -> str:
    """A length that can be compared with a header: both rounded and to the byte."""
    rounded = size(octets)
    return rounded if "byte" in rounded else f"{rounded} ({octets:,} bytes)"


def _bitrate(bits: int | None) -> str:
    return f"{bits / 1000:,.0f} kbit/s" if bits else ""
