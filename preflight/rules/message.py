"""The message as a whole: the saveMMS rules for slides, subject and text (the E2xx and E3xx codes of the vendor)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..mediatype import canonical, is_generic
from ..message import OBJECTS, Message, Slide
from ..profile import Profile
from ..text import quoted, size
from ..verdict import Severity, Verdict
from .rule import Objection, rule

MessageMedia = tuple[Verdict, ...]
"""The verdicts of a message's media, one for each file in slide order."""


def _slides(message: Message) -> Iterator[tuple[int, Slide]]:
    return enumerate(message.slides, start=1)


@rule(Severity.ERROR)
def too_many_slides(message: Message, profile: Profile) -> Objection | None:
    """The message has no slide, or more slides than the profile allows.

    Why: saveMMS takes 1 to 8 slides (codes E312, E225).

    Fix: give the message at least one slide; where there are too many, join slides, or send a second message.
    """
    most = profile.message.slides
    if not message.slides:
        return Objection("the message has no slide")
    if most is None or len(message.slides) <= most:
        return None
    return Objection(f"the message has {len(message.slides)} slides; the limit is {most}")


@rule(Severity.ERROR)
def too_many_files(message: Message, profile: Profile) -> Objection | None:
    """The message has more media files than the profile allows.

    Why: the gateway refuses the whole message.

    Fix: send fewer files, or a second message.
    """
    most = profile.message.files
    count = len(message.urls())
    if most is None or count <= most:
        return None
    return Objection(f"the message has {count} media files; the limit is {most}")


@rule(Severity.ERROR)
def empty_slide(message: Message) -> Objection | None:
    """A slide has neither media nor text.

    Why: saveMMS refuses an empty slide (code E313).

    Fix: give the slide an image, an audio, a video or a text, or remove it.
    """
    for number, slide in _slides(message):
        if not slide.media and not (slide.text or "").strip():
            return Objection(f"slide {number} is empty")
    return None


@rule(Severity.ERROR)
def repeated_media_type(message: Message, media: MessageMedia) -> Objection | None:
    """Two files on one slide have the same type, such as two JPEGs.

    Why: saveMMS allows one file of a type on a slide. A file that could not be fetched is of no type yet, and does not count.

    Fix: put the second file on a slide of its own.
    """
    verdicts = {verdict.url: verdict for verdict in media}
    for number, slide in _slides(message):
        types = Counter(_type_of(one.kind, verdicts.get(one.url)) for one in slide.media)
        for media_type, count in types.items():
            if media_type is not None and count > 1:
                return Objection(f"slide {number} has {count} files of {media_type}")
    return None


def _type_of(kind: str, verdict: Verdict | None) -> str | None:
    """The type that was seen, else declared, else the one that the element's name stands for; None where none of them names one.

    An image, an audio or a video may be of several types, so two that nobody has seen yet need not be of the same.
    """
    if verdict is not None and verdict.media.detected_type:
        return verdict.media.detected_type
    declared = canonical(verdict.media.declared_type or "") if verdict is not None else ""
    return declared if declared and not is_generic(declared) else OBJECTS.get(kind)


@rule(Severity.ERROR)
def conflicting_slide_media(message: Message) -> Objection | None:
    """A slide mixes media that saveMMS does not allow together.

    Why: beside a video only text may stand, beside an image also an audio, and beside an object (vCard, iCal, PDF, Passbook) no other file (codes E223, E224, E226, E227).

    Fix: put the files on slides of their own.
    """
    for number, slide in _slides(message):
        kinds = [media.kind for media in slide.media]
        objects = [kind for kind in kinds if kind in OBJECTS]
        if len(objects) > 1:
            return Objection(
                f"slide {number} has {' and '.join(objects)}; one object is allowed (E223)"
            )
        if objects and len(kinds) > 1:
            return Objection(
                f"slide {number} has {objects[0]} beside {_others(kinds, objects[0])} (E224)"
            )
        if "video" in kinds and "audio" in kinds:
            return Objection(f"slide {number} has audio beside video (E226)")
        if "video" in kinds and "image" in kinds:
            return Objection(f"slide {number} has an image beside video (E227)")
        if kinds.count("video") > 1:
            return Objection(
                f"slide {number} has {kinds.count('video')} videos; beside a video only text may stand"
            )
    return None


def _others(kinds: list[str], one: str) -> str:
    return " and ".join(dict.fromkeys(kind for kind in kinds if kind != one))


@rule(Severity.ERROR)
def subject_too_long(message: Message, profile: Profile) -> Objection | None:
    """The subject is longer than the profile allows, or than all handsets show.

    Why: saveMMS takes 80 characters, and many handsets cut a subject after 40.

    Fix: shorten the subject to 40 characters.
    """
    length = len(message.subject or "")
    most, recommended = profile.message.subject_characters, profile.message.subject_recommended
    if most is not None and length > most:
        return Objection(f"the subject has {length} characters; the limit is {most}")
    if recommended is not None and length > recommended:
        return Objection(
            f"the subject has {length} characters; all handsets show up to {recommended}",
            Severity.WARNING,
        )
    return None


@rule(Severity.ERROR)
def text_too_long(message: Message, profile: Profile) -> Objection | None:
    """The text of a slide is longer than the profile allows.

    Why: saveMMS takes 5000 characters a slide (codes E228, E334).

    Fix: shorten the text, or spread it over several slides.
    """
    most = profile.message.text_characters
    for number, slide in _slides(message):
        if most is not None and slide.text is not None and len(slide.text) > most:
            return Objection(
                f"the text of slide {number} has {len(slide.text):,} characters; the limit is {most:,}"
            )
    return None


@rule(Severity.ERROR)
def non_ascii_subject(message: Message, profile: Profile) -> Objection | None:
    """The subject holds characters that carriers refuse, such as an emoji or an accented letter.

    Why: the vendor allows no emoji or Unicode in a subject, and the carrier's message centre (MMSC) rejects the message.

    Fix: write the subject in plain letters, digits and punctuation (printable ASCII).
    """
    if not profile.message.subject_ascii:
        return None
    for character in message.subject or "":
        if not " " <= character <= "~":
            return Objection(f"the subject holds {quoted(character)}, which is not printable ASCII")
    return None


@rule(Severity.ERROR)
def missing_subject(message: Message, profile: Profile) -> Objection | None:
    """The message has no subject.

    Why: the XML API requires a subject (code E314).

    Fix: give the message a subject of up to 40 characters.
    """
    if (
        not profile.message.subject_required
        or not message.subject_required
        or (message.subject or "").strip()
    ):
        return None
    return Objection("the message has no subject")


@rule(Severity.ERROR)
def message_too_large(message: Message, media: MessageMedia, profile: Profile) -> Objection | None:
    """The media and texts of the message together are too large.

    Why: on the way to the handset the message is one file in base64, about 1.37 x its bytes + 814, and carriers limit that.

    Fix: make the files smaller, or send fewer of them.
    """
    limits = profile.message
    octets = sum(verdict.media.length or 0 for verdict in media)
    # half of a surrogate pair is no text that can be sent, and no reason to fail here
    octets += sum(
        len((slide.text or "").encode("utf-8", "surrogatepass")) for slide in message.slides
    )
    wire = round(limits.wire_factor * octets + limits.wire_overhead)
    if limits.raw_bytes is not None and octets > limits.raw_bytes:
        return Objection(
            f"the message comes to {size(octets)}; the limit is {size(limits.raw_bytes)}"
        )
    if limits.wire_bytes is not None and wire > limits.wire_bytes:
        return Objection(
            f"the message comes to {size(octets)}, about {size(wire)} on the way; the limit is {size(limits.wire_bytes)}"
        )
    return None
