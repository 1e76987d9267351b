"""The parts of a profile: how a gateway asks, and the limits of a file, of a message and of an account."""

from __future__ import annotations

from .values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """How the gateway asks. ``strips_query`` names the kinds whose URLs lose their query; ``redirects`` is forbid, warn or
    allow; ``timeout_s`` bounds one attempt."""

    user_agent: str = "mms-preflight/0.1 (+https://github.com/mms-preflight/preflight)"
    accept: str = "*/*"
    encodings: tuple[str, ...] = ("identity", "gzip")
    redirects: str = "warn"
    max_redirects: int = 5
    strips_query: tuple[str, ...] = ()
    timeout_s: float = 20.0
    deep: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLimits:
    """Limits of a whole message. ``wire_bytes`` bounds what is sent to the handset: ``wire_factor`` x bytes + ``wire_overhead``."""

    slides: int | None = None
    subject_characters: int | None = None
    subject_recommended: int | None = None
    subject_required: bool = False
    subject_ascii: bool = False
    text_characters: int | None = None
    files: int | None = None
    raw_bytes: int | None = None
    wire_bytes: int | None = None
    wire_factor: float = 1.37
    wire_overhead: int = 814


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one file: sizes in bytes by kind, pixels, seconds, characters. None or absent: no limit is known."""

    image_bytes: int | None = None
    gif_bytes: int | None = None
    audio_bytes: int | None = None
    video_bytes: int | None = None
    text_bytes: int | None = None
    object_bytes: int | None = None
    recommended_bytes: int | None = None
    text_characters: int | None = None
    pixels: int | None = None
    width: int | None = None
    height: int | None = None
    frame_pixels: int | None = None
    audio_seconds: float | None = None
    video_seconds: float | None = None
    audio_codecs: tuple[str, ...] | None = None
    video_codecs: tuple[str, ...] | None = None
    url_lifetime_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """What the send needs to know of an account: whether fallback-sms-text is required (yes, no, or warn)."""

    fallback_sms_text: str = "warn"
