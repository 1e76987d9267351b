"""Moving pictures."""

from __future__ import annotations

from ..observation import Video
from ..profile import Profile
from ..verdict import Severity
from .rule import Objection, rule


@rule(Severity.ERROR)
def unreadable_video(video: Video) -> Objection | None:
    """The header of the video cannot be read.

    Why: the gateway's encoder fails (E003, E013), and the message must not be sent with that mms-id.

    Fix: export the video again as MP4 (H.264 and AAC), and upload it in binary mode.
    """
    return (
        Objection(f"the {video.format} header cannot be read: {video.problem}")
        if video.problem
        else None
    )


@rule(Severity.ERROR)
def unaccepted_video_codec(video: Video, profile: Profile) -> Objection | None:
    """The video or its sound is coded in a way that the profile does not take.

    Why: a container such as MP4 says nothing about the codec inside; handsets play only some.

    Fix: export the video with accepted codecs.
    """
    for codec, accepted in (
        (video.codec, profile.limits.video_codecs),
        (video.audio_codec, profile.limits.audio_codecs),
    ):
        if accepted is not None and codec is not None and codec not in accepted:
            return Objection(f"the codec is {codec}; accepted are {', '.join(accepted)}")
    return None


@rule(Severity.ERROR)
def too_many_frame_pixels(video: Video, profile: Profile) -> Objection | None:
    """A frame of the video has more pixels than the profile allows.

    Why: handsets decode video up to the level of their chip, and show nothing beyond it.

    Fix: scale the video down.
    """
    limit = profile.limits.frame_pixels
    if (
        limit is None
        or video.width is None
        or video.height is None
        or video.width * video.height <= limit
    ):
        return None
    return Objection(
        f"{video.width} x {video.height} is {video.width * video.height:,} pixels a frame; the limit is {limit:,}"
    )


@rule(Severity.ERROR)
def video_too_long(video: Video, profile: Profile) -> Objection | None:
    """The video is longer than the profile's limit.

    Why: a slide lasts as long as its video, and long ones are cut or not delivered (saveMMS: a duration SHOULD NOT exceed 30 seconds).

    Fix: cut the video, or link to it.
    """
    limit = profile.limits.video_seconds
    if limit is None or video.duration_s is None or video.duration_s <= limit:
        return None
    return Objection(f"{video.duration_s:.1f} seconds; the limit is {limit:g}")


@rule(Severity.WARNING)
def late_movie_header(video: Video) -> Objection | None:
    """The movie header (moov) comes after the media data.

    Why: a player that starts before the whole file is there shows nothing until the end; some old handsets never do.

    Fix: write the header first (ffmpeg: -movflags +faststart).
    """
    return Objection("the moov box comes after the mdat box") if video.late_header else None
