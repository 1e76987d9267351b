"""Pictures. Limits of handsets: OMA MMS Conformance 1.3, 3GPP TS 26.140."""

from __future__ import annotations

import math

from ..observation import Image
from ..profile import Profile
from ..verdict import Severity
from .rule import Objection, rule

_MEGA = 1_000_000


@rule(Severity.ERROR)
def unreadable_image(image: Image) -> Objection | None:
    """The beginning of the image file, which gives its width and height, cannot be read.

    Why: such an image cannot be shown, and the gateway refuses it (code E341, image corrupted).

    Fix: export the image again, and upload it in binary mode (not as text).
    """
    if not image.problem:
        return None
    return Objection(f"the {image.format} header of the image cannot be read: {image.problem}")


@rule(Severity.ERROR)
def too_many_pixels(image: Image, profile: Profile) -> Objection | None:
    """The image has more pixels than the profile allows.

    Why: programs that read images refuse very large ones as attacks, and no handset shows more than a few megapixels.

    Fix: scale the image down; 1080 x 1920 pixels fill any handset.
    """
    if image.width is None or image.height is None:
        return None
    limits = profile.limits
    pixels = image.width * image.height
    if limits.pixels is not None and pixels > limits.pixels:
        most = f"{limits.pixels / _MEGA:g} megapixels"
        return Objection(
            f"{_pixels(image)} ({pixels / _MEGA:,.1f} megapixels); the limit is {most}"
        )
    if limits.width is None and limits.height is None:
        return None
    bounds = [math.inf if most is None else most for most in (limits.width, limits.height)]
    long, short = max(image.width, image.height), min(image.width, image.height)
    if long <= max(bounds) and short <= min(bounds):
        return None
    if math.inf in bounds:  # either way round, one alone bounds the shorter side
        return Objection(f"{_pixels(image)}; the limit for the shorter side is {min(bounds):,}")
    return Objection(f"{_pixels(image)}; the limit is {limits.width} x {limits.height}")


def _pixels(image: Image) -> str:
    return f"the image has {image.width:,} x {image.height:,} pixels"


@rule(Severity.WARNING)
def cmyk_image(image: Image) -> Objection | None:
    """The image is in print colours (CMYK).

    Why: handsets show it in wrong colours or not at all; 3GPP TS 26.140 asks for baseline JFIF, which is grey or YCbCr.

    Fix: export the image in screen colours (RGB), as for the web.
    """
    return Objection(f"the {image.format} image is in CMYK") if image.mode == "cmyk" else None


@rule(Severity.INFO)
def progressive_jpeg(image: Image) -> Objection | None:
    """The JPEG is progressive: it is stored so that it comes into focus as it loads.

    Why: 3GPP TS 26.140 asks handsets for baseline JPEG only, and some old ones show nothing of a progressive one.

    Fix: export the image as baseline JPEG (switch "progressive" off).
    """
    if image.format != "jpeg" or not image.progressive:
        return None
    return Objection("the JPEG is progressive, not baseline")


@rule(Severity.INFO)
def transparent_image(image: Image) -> Objection | None:
    """The image has transparent parts.

    Why: handsets put black, white or a colour of their own behind it, and turning it into a JPEG on the way loses it (Sinch best practice: no transparency).

    Fix: put the image on a background of your own colour, and export it again.
    """
    if not image.transparent or (image.frames or 1) > 1:
        return None  # animations leave out what has not changed; that shows nothing through
    return Objection(f"the {image.format} image has transparent parts")


@rule(Severity.INFO)
def animated_image(image: Image) -> Objection | None:
    """The image is animated.

    Why: some handsets show the first frame only, and carriers cannot shrink an animation as they shrink a photo.

    Fix: let the first frame tell the story, and keep the file under the recommended size.
    """
    if image.frames is None or image.frames < 2:
        return None
    length = f" over {image.duration_s:.1f} seconds" if image.duration_s else ""
    return Objection(f"the {image.format} image has {image.frames:,} frames{length}")


@rule(Severity.WARNING)
def rotated_by_exif(image: Image) -> Objection | None:
    """The image is stored turned or mirrored, and only a note in the file (EXIF) has it shown upright.

    Why: whoever makes the image smaller on the way may drop the note, and the image is then shown as it is stored.

    Fix: turn the image itself in an image editor, and export it without the EXIF orientation.
    """
    if image.orientation in (None, 1):
        return None
    return Objection(f"the EXIF orientation of the image is {image.orientation}, not 1")


@rule(Severity.WARNING)
def location_metadata(image: Image) -> Objection | None:
    """The image says where it was taken.

    Why: every recipient can read the position in the metadata (EXIF or XMP); for a private address that is a breach of privacy.

    Fix: export the image without its metadata, or at least without its location.
    """
    return Objection("the metadata of the image holds a GPS position") if image.gps else None
