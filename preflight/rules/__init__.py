"""All rules, by family, in the order in which they are reported."""

from __future__ import annotations

from ..errors import UsageError
from ..nearest import nearest
from . import (
    audio,
    damage,
    framing,
    image,
    location,
    media_type,
    message,
    reach,
    size,
    source,
    status,
    video,
)
from .rule import Objection, Rule, rule

FAMILIES: dict[str, tuple[Rule, ...]] = {
    "reach": (
        reach.invalid_url, reach.private_address, reach.unresolvable_host, reach.unreachable_host, reach.timeout,
        reach.not_checked, reach.untrusted_certificate, status.unexpected_status, location.too_many_redirects, location.redirected,
        location.insecure_redirect, location.non_standard_port, location.expiring_url, location.query_dependent_media,
    ),
    "framing": (
        framing.chunked_transfer_encoding, framing.missing_content_length, framing.malformed_response,
        framing.irregular_response, framing.truncated_content, framing.content_length_mismatch, framing.empty_content,
        framing.content_encoding_applied, framing.unstable_hosting,
    ),
    "type": (
        media_type.missing_content_type, media_type.malformed_content_type, media_type.unresolved_octet_stream,
        media_type.generic_content_type, media_type.media_type_mismatch, media_type.unaccepted_media_type,
        media_type.web_page_content, media_type.misleading_extension, media_type.negotiated_media_type,
    ),
    "source": (source.outdated_source,),
    "size": (size.content_too_large, size.oversized_for_carriers),
    "damage": (damage.truncated_media, damage.corrupt_media),
    "image": (
        image.unreadable_image, image.too_many_pixels, image.cmyk_image, image.progressive_jpeg, image.transparent_image,
        image.animated_image, image.rotated_by_exif, image.location_metadata,
    ),
    "audio": (audio.unreadable_audio, audio.unaccepted_audio_codec, audio.audio_too_long),
    "video": (
        video.unreadable_video, video.unaccepted_video_codec, video.too_many_frame_pixels, video.video_too_long,
        video.late_movie_header,
    ),
    "message": (
        message.too_many_slides, message.too_many_files, message.empty_slide, message.repeated_media_type,
        message.conflicting_slide_media, message.subject_too_long, message.text_too_long, message.non_ascii_subject,
        message.missing_subject, message.message_too_large,
    ),
}  # fmt: skip

RULES: tuple[Rule, ...] = tuple(
    one for family, rules in FAMILIES.items() if family != "message" for one in rules
)
"""The rules for one URL."""

MESSAGE_RULES: tuple[Rule, ...] = FAMILIES["message"]
"""The rules for a whole message."""

BY_ID: dict[str, Rule] = {one.id: one for one in (*RULES, *MESSAGE_RULES)}

__all__ = ["BY_ID", "FAMILIES", "MESSAGE_RULES", "RULES", "Objection", "Rule", "named", "rule"]


def named(name: str, where: str) -> Rule:
    """The rule of a name that a person wrote. Raises UsageError, which begins with ``where`` unless that is empty."""
    if name not in BY_ID:
        begin = f"{where}: " if where else ""
        raise UsageError(f"{begin}there is no rule {name!r}{nearest(name, list(BY_ID))}")
    return BY_ID[name]
