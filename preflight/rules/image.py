"""Pictures, and media that is broken whatever it is. Limits of handsets: OMA MMS Conformance 1.3, 3GPP TS 26.140."""

from __future__ import annotations

from ..observation import Image, Observation
from ..profile import Profile
from ..verdict import Severity
from .evidence import WholeContent
from .rule import Objection, rule

_MEGA = 1_000_000


@rule(Severity.ERROR)
def unreadable_image(image: Image) -> Objection | None:
    """The header of the image cannot be read.

    Why: what has no readable width and height cannot be shown; the gateway answers E341, image corrupted.

    Fix: export the image again, and upload it in binary mode.
    """
    return (
        Objection(f"the {image.format} header cannot be read: {image.problem}")
        if image.problem
        else None
    )


@rule(Severity.ERROR)
def truncated_media(content: WholeContent, observation: Observation) -> Objection | None:
    """The media ends before its own structure does.

    Why: the server sent all it has, and that is only a part of the file; handsets show half a picture or nothing, and encoders fail (E341, E002, E003).

    Fix: upload the whole file again; compare its size with the original.
    """
    media = observation.image or observation.audio or observation.video
    if content.truncated is None or (media is not None and media.problem):
        return None  # an unreadable header is reported as that
    return Objection(content.truncated)


@rule(Severity.ERROR)
def corrupt_media(content: WholeContent) -> Objection | None:
    """A checksum or an inner structure of the media is wrong, or a decoder reports errors.

    Why: the file was damaged after it was made; encoders and handsets refuse it (E341, E002, E003).

    Fix: export the file again, and upload it in binary mode.
    """
    if content.corrupt:
        return Objection(content.corrupt)
    decode = content.decode
    if decode is not None and decode.errors is not None and not content.truncated:
        return Objection(f"{decode.decoder} cannot decode it to its end: {decode.errors}")
    return None


@rule(Severity.ERROR)
def too_many_pixels(image: Image, profile: Profile) -> Objection | None:
    """The image has more pixels than the profile allows.

    Why: decoders refuse such images as attacks, and no handset shows more than a few megapixels of an MMS.

    Fix: scale the image down; 1080 x 1920 fills any phone.
    """
    if image.width is None or image.height is None:
        return None
    limits = profile.limits
    pixels = image.width * image.height
    size = f"{image.width:,} x {image.height:,} pixels"
    if limits.pixels is not None and pixels > limits.pixels:
        return Objection(
            f"{size} are {pixels / _MEGA:,.1f} megapixels; the limit is {limits.pixels / _MEGA:g}"
        )
    if limits.width is not None and limits.height is not None:
        long, short = sorted((image.width, image.height), reverse=True)
        most_long, most_short = sorted((limits.width, limits.height), reverse=True)
        if long > most_long or short > most_short:
            return Objection(f"{size}; the limit is {limits.width} x {limits.height}")
    return None


@rule(Severity.WARNING)
def cmyk_image(image: Image) -> Objection | None:
    """The image is in print colours (CMYK).

    Why: handsets show it in wrong colours or not at all; 3GPP TS 26.140 asks for baseline JFIF, which is grey or YCbCr.

    Fix: export the image in RGB.
    """
    return Objection(f"the {image.format} is in CMYK") if image.mode == "cmyk" else None


@rule(Severity.INFO)
def progressive_jpeg(image: Image) -> Objection | None:
    """The JPEG is progressive.

    Why: 3GPP TS 26.140 asks handsets for baseline JPEG only; progressive is optional, and some old ones show nothing.

    Fix: export the image as baseline JPEG.
    """
    return (
        Objection("the JPEG is progressive, not baseline")
        if image.format == "jpeg" and image.progressive
        else None
    )


@rule(Severity.INFO)
def transparent_image(image: Image) -> Objection | None:
    """The image has transparent parts.

    Why: handsets put black, white or their own colour behind it, and transcoding to JPEG loses it (Sinch best practice: no transparency).

    Fix: put the image on a background of your own.
    """
    if not image.transparent or (image.frames or 1) > 1:
        return None  # animations leave out what has not changed; that shows nothing through
    return Objection(f"the {image.format} has transparent parts")


@rule(Severity.INFO)
def animated_image(image: Image) -> Objection | None:
    """The image is animated.

    Why: some handsets show the first frame only, and an animation cannot be shrunk on the way as a photo can.

    Fix: make the first frame tell the story; keep the file under the recommended size.
    """
    if image.frames is None or image.frames < 2:
        return None
    length = f" over {image.duration_s:.1f} seconds" if image.duration_s else ""
    return Objection(f"the {image.format} has {image.frames:,} frames{length}")


@rule(Severity.WARNING)
def rotated_by_exif(image: Image) -> Objection | None:
    """The image is turned upright by EXIF only.

    Why: a transcoder on the way may drop EXIF, and the image then lies on its side.

    Fix: turn the pixels themselves, and remove the EXIF orientation.
    """
    if image.orientation in (None, 1):
        return None
    return Objection(f"the EXIF orientation is {image.orientation}, not 1")


@rule(Severity.WARNING)
def location_metadata(image: Image) -> Objection | None:
    """The image says where it was taken.

    Why: every recipient can read the position in EXIF or XMP; for a private address that is a breach of privacy.

    Fix: remove the metadata when the image is exported.
    """
    return Objection("the metadata holds a GPS position") if image.gps else None
