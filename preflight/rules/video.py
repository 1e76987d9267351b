"""Moving pictures."""

from __future__ import annotations

from ..observation import Video
from ..profile import Profile
from ..verdict import Severity
from .rule import Objection, rule


@rule(Severity.ERROR)
def unreadable_video(video: Video) -> Objection | None:
    """The part of the video file that says how it is coded (its header) cannot be read.

    Why: the gateway's encoder fails (codes E003, E013), and the message must not be sent with that mms-id.

    Fix: export the video again as MP4 (H.264 and AAC), and upload it in binary mode (not as text).
    """
    if not video.problem:
        return None
    return Objection(f"the {video.format} header of the video cannot be read: {video.problem}")


@rule(Severity.ERROR)
def unaccepted_video_codec(video: Video, profile: Profile) -> Objection | None:
    """The video or its audio is coded in a way (a codec) that the profile does not take.

    Why: a file type such as MP4 says nothing about the codecs inside, and handsets play only some codecs.

    Fix: export the video with accepted codecs.
    """
    for part, codec, accepted in (
        ("video", video.codec, profile.limits.video_codecs),
        ("audio", video.audio_codec, profile.limits.audio_codecs),
    ):
        if accepted is not None and codec is not None and codec not in accepted:
            return Objection(f"the {part} codec is {codec}; accepted are {', '.join(accepted)}")
    return None


@rule(Severity.ERROR)
def too_many_frame_pixels(video: Video, profile: Profile) -> Objection | None:
    """The picture of the video has more pixels than the profile allows.

    Why: handsets play video up to a size that their chip sets, and show nothing beyond it.

    Fix: export the video with a smaller picture.
    """
    limit = profile.limits.frame_pixels
    if (
        limit is None
        or video.width is None
        or video.height is None
        or video.width * video.height <= limit
    ):
        return None
    size = f"{video.width:,} x {video.height:,} pixels"
    return Objection(
        f"the video has {size} ({video.width * video.height:,} a frame); the limit is {limit:,}"
    )


@rule(Severity.ERROR)
def video_too_long(video: Video, profile: Profile) -> Objection | None:
    """The video lasts longer than the profile allows.

    Why: a slide lasts as long as its video, and long ones are cut or not delivered (saveMMS: a duration SHOULD NOT exceed 30 seconds).

    Fix: shorten the video, or link to it in the text.
    """
    limit = profile.limits.video_seconds
    if limit is None or video.duration_s is None or video.duration_s <= limit:
        return None
    return Objection(f"the video lasts {video.duration_s:.1f} seconds; the limit is {limit:g}")


@rule(Severity.WARNING)
def late_movie_header(video: Video) -> Objection | None:
    """The header of the video (moov) stands at the end of the file, after the pictures and sound.

    Why: a player that starts before the whole file is there shows nothing until the end, and some old handsets never do.

    Fix: export the video with its header first ("fast start" or "web optimised"; ffmpeg: -movflags +faststart).
    """
    if not video.late_header:
        return None
    return Objection("the header of the video comes last in the file (moov after mdat)")
