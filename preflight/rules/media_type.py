"""What the answer says the media is, and what its bytes say."""

from __future__ import annotations

from ..mediatype import agree, extension_types
from ..observation import Content, Exchange, Head, Purpose
from ..profile import Profile
from ..text import quoted
from ..verdict import Severity
from .evidence import Declared, Exchanges, declared_of
from .rule import Objection, rule


def _looks_like(content: Content) -> str:
    if content.undecoded is not None:
        return f"cannot be looked at: {content.undecoded}"
    said = f" ({content.detected_by})" if content.detected_by else ""
    return (
        f"look like {content.detected_type}{said}"
        if content.detected_type
        else f"look like nothing known{said}"
    )


def _page(declared: Declared, content: Content) -> str | None:
    """The web page or error document that stands where media should be. A text may be data, as long as it is no error."""
    data = content.detected_type in ("application/json", "text/xml")
    if content.document is None or (
        declared.type == "text/plain" and data and "error" not in content.document
    ):
        return None
    return content.document


def _resolved(content: Content, profile: Profile) -> bool:
    return content.detected_type is not None and content.detected_type in profile.types


@rule(Severity.ERROR)
def missing_content_type(declared: Declared) -> Objection | None:
    """The answer has no Content-Type, or an empty one.

    Why: the gateway picks what to do with the media by its type, and requires a valid one.

    Fix: set Content-Type on the stored object, for example image/jpeg.
    """
    return (
        Objection("there is no Content-Type")
        if declared.type is None and declared.problem is None
        else None
    )


@rule(Severity.ERROR)
def malformed_content_type(declared: Declared) -> Objection | None:
    """The Content-Type is not of the form type/subtype, or is sent twice with different values.

    Why: the gateway requires a valid Content-Type, and cannot pick one of two.

    Fix: send one Content-Type, for example image/jpeg.
    """
    return (
        Objection(f"the Content-Type cannot be used: {declared.problem}")
        if declared.problem
        else None
    )


@rule(Severity.ERROR)
def unresolved_octet_stream(
    declared: Declared, content: Content, profile: Profile
) -> Objection | None:
    """The type is a generic octet-stream, and the bytes do not show one that the gateway takes.

    Why: the gateway may reject application/octet-stream when the type cannot be determined by other means (sendSavedMMS, media requirements).

    Fix: set Content-Type on the stored object, for example image/jpeg; if the file is of a type that is not accepted, convert it.
    """
    if (
        not declared.generic
        or content.length == 0
        or _page(declared, content) is not None
        or content.overrun is not None
    ):
        return None
    if _resolved(content, profile):
        return None
    return Objection(f"the type is {declared.type}, and the bytes {_looks_like(content)}")


@rule(Severity.WARNING)
def generic_content_type(
    declared: Declared, content: Content, profile: Profile
) -> Objection | None:
    """The type is a generic octet-stream, although the bytes show what the media is.

    Why: the gateway may work the type out as we did, but it does not promise to; and the next one may not.

    Fix: set Content-Type on the stored object, for example image/jpeg.
    """
    if (
        not declared.generic
        or _page(declared, content) is not None
        or not _resolved(content, profile)
    ):
        return None
    return Objection(f"the type is {declared.type}, but the bytes {_looks_like(content)}")


@rule(Severity.ERROR)
def media_type_mismatch(declared: Declared, content: Content) -> Objection | None:
    """The declared type and the bytes disagree.

    Why: the gateway and the handset trust the type; carriers reject what does not fit it.

    Fix: set Content-Type to what the file is, or upload the file that was meant.
    """
    if declared.type is None or declared.generic or content.length == 0:
        return None
    if (
        _page(declared, content) is not None
        or content.undecoded is not None
        or content.overrun is not None
    ):
        return None
    if content.detected_type is not None and agree(declared.type, content.detected_type):
        return None
    if content.detected_type is None and declared.type == "text/plain" and content.utf8:
        return None
    return Objection(f"the type is {declared.type}, but the bytes {_looks_like(content)}")


@rule(Severity.ERROR)
def unaccepted_media_type(
    declared: Declared, content: Content, profile: Profile
) -> Objection | None:
    """The gateway does not take this type.

    Why: media of a type that is not on the gateway's list is refused, or cannot be shown.

    Fix: convert the media to an accepted type: JPEG, PNG or GIF; MP3, WAV or AMR; MP4 or 3GP.
    """
    if declared.type is None or declared.generic or _page(declared, content) is not None:
        return None
    if declared.type in profile.types:
        return None
    return Objection(f"the profile {profile.name} does not take {declared.type}")


@rule(Severity.ERROR)
def web_page_content(declared: Declared, content: Content) -> Objection | None:
    """A web page or an error document is served where media should be.

    Why: the link leads to a page about the file, a login or an error that calls itself 200; the gateway cannot deliver it.

    Fix: use the address of the file itself (it opens without a page around it); make errors answer with an error status.
    """
    page = _page(declared, content)
    return Objection(f"the body is {page}") if page is not None else None


@rule(Severity.WARNING)
def misleading_extension(declared: Declared, content: Content) -> Objection | None:
    """The extension in the URL's path says another type.

    Why: software on the way, handsets among it, sometimes goes by the extension.

    Fix: name the file after what it is.
    """
    types = extension_types(declared.extension or "")
    if not types or _page(declared, content) is not None or content.length == 0:
        return None
    stated = declared.type if declared.type and not declared.generic else None
    seen = [one for one in (stated, content.detected_type) if one is not None]
    if not seen or any(agree(one, other) or agree(other, one) for one in types for other in seen):
        return None
    return Objection(f"the extension is .{declared.extension}, but the media is {seen[0]}")


@rule(Severity.WARNING)
def negotiated_media_type(exchanges: Exchanges) -> Objection | None:
    """The type changes with the Accept header field.

    Why: what the gateway's Accept says is not documented, so it may get a format that handsets cannot show, such as WebP or AVIF.

    Fix: switch off automatic image formats for the media path, or use a URL that names the format.
    """
    first = exchanges[0]
    other = next((one for one in exchanges if one.purpose is Purpose.WEBP), None)
    if other is None or first.head is None or other.head is None or other.head.status != 200:
        return None
    plain, browser = _type(first, first.head), _type(other, other.head)
    if plain == browser:
        return None
    return Objection(f"a browser's Accept gets {quoted(browser)}, a plain one {quoted(plain)}")


def _type(exchange: Exchange, head: Head) -> str:
    return declared_of(exchange, head).type or "no type"
