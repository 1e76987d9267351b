"""Sound."""

from __future__ import annotations

from ..observation import Audio
from ..profile import Profile
from ..verdict import Severity
from .rule import Objection, rule


@rule(Severity.ERROR)
def unreadable_audio(audio: Audio) -> Objection | None:
    """The beginning of the audio file, which says how it is coded, cannot be read.

    Why: the gateway's encoder fails (codes E002, E012), and the message must not be sent with that mms-id.

    Fix: export the audio again as MP3, and upload it in binary mode (not as text).
    """
    if not audio.problem:
        return None
    return Objection(f"the {audio.format} header of the audio cannot be read: {audio.problem}")


@rule(Severity.ERROR)
def unaccepted_audio_codec(audio: Audio, profile: Profile) -> Objection | None:
    """The audio is coded in a way (a codec) that the profile does not take.

    Why: a file type such as WAV or MP4 says nothing about the codec inside, and handsets play only some codecs.

    Fix: export the audio with an accepted codec.
    """
    accepted = profile.limits.audio_codecs
    if accepted is None or audio.codec is None or audio.codec in accepted:
        return None
    return Objection(f"the audio codec is {audio.codec}; accepted are {', '.join(accepted)}")


@rule(Severity.ERROR)
def audio_too_long(audio: Audio, profile: Profile) -> Objection | None:
    """The audio lasts longer than the profile allows.

    Why: a slide lasts as long as its audio, and long ones are cut or not delivered (saveMMS: a duration SHOULD NOT exceed 30 seconds).

    Fix: shorten the audio, or link to it in the text.
    """
    limit = profile.limits.audio_seconds
    if limit is None or audio.duration_s is None or audio.duration_s <= limit:
        return None
    return Objection(f"the audio lasts {audio.duration_s:.1f} seconds; the limit is {limit:g}")
