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
    if content.undecoded is not None and content.detected_type is None:
        return f"cannot be looked at: {content.undecoded}"
    said = f" ({content.detected_by})" if content.detected_by else ""
    return f"look like {content.detected_type or 'no known media'}{said}"


def _page(declared: Declared, content: Content) -> str | None:
    """The web page or error document that stands where media should be. A text may be data, as long as it is no error."""
    document = content.document
    if document is None:
        return None
    data = content.detected_type in ("application/json", "text/xml")
    if declared.type == "text/plain" and data and "error" not in document:
        return None
    return document


def _said_elsewhere(content: Content) -> bool:
    """Whether another rule says why the bytes show nothing: not-checked, corrupt-media, or the one of their size."""
    if content.overrun is not None:
        return True
    return content.undecoded is not None and (content.corrupt is not None or not content.whole)


def _resolved(content: Content, profile: Profile) -> bool:
    return any(one in profile.types for one in (content.detected_type, *content.also))


@rule(Severity.ERROR)
def missing_content_type(declared: Declared) -> Objection | None:
    """The answer does not say what the file is: there is no Content-Type, or an empty one.

    Why: the gateway decides by the type what to do with the media, and requires a valid one.

    Fix: set the Content-Type of the stored file to what it is, for example image/jpeg.
    """
    return (
        Objection("the answer has no Content-Type")
        if declared.type is None and declared.problem is None
        else None
    )


@rule(Severity.ERROR)
def malformed_content_type(declared: Declared) -> Objection | None:
    """The Content-Type does not have the form type/subtype, or is sent twice with different values.

    Why: the gateway requires a valid Content-Type, and cannot choose between two.

    Fix: send one Content-Type, and let it be what the file is, for example image/jpeg.
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
    """The Content-Type says nothing (octet-stream), and the bytes do not show a type that the gateway takes.

    Why: the gateway may reject application/octet-stream when the type cannot be determined by other means (sendSavedMMS, media requirements).

    Fix: set the Content-Type of the stored file to what it is, for example image/jpeg; if that is not an accepted type, convert the file.
    """
    if (
        not declared.generic
        or content.length == 0
        or _page(declared, content) is not None
        or _said_elsewhere(content)
    ):
        return None
    if _resolved(content, profile):
        return None
    return Objection(f"the Content-Type is {declared.type}, and the bytes {_looks_like(content)}")


@rule(Severity.WARNING)
def generic_content_type(
    declared: Declared, content: Content, profile: Profile
) -> Objection | None:
    """The Content-Type says nothing (octet-stream), although the bytes show what the file is.

    Why: the gateway may find the type in the bytes, as was done here, but it does not promise to.

    Fix: set the Content-Type of the stored file to what it is, for example image/jpeg.
    """
    if (
        not declared.generic
        or _page(declared, content) is not None
        or not _resolved(content, profile)
    ):
        return None
    return Objection(f"the Content-Type is {declared.type}, but the bytes {_looks_like(content)}")


@rule(Severity.ERROR)
def media_type_mismatch(declared: Declared, content: Content) -> Objection | None:
    """The Content-Type says one thing and the bytes another.

    Why: the gateway and the handset trust the Content-Type, and carriers reject what does not fit it.

    Fix: set the Content-Type of the stored file to what it is, or upload the file that was meant.
    """
    if declared.type is None or declared.generic or content.length == 0:
        return None
    if _page(declared, content) is not None or _said_elsewhere(content):
        return None
    if content.detected_type is not None and agree(declared.type, content.detected_type):
        return None
    return Objection(f"the Content-Type is {declared.type}, but the bytes {_looks_like(content)}")


@rule(Severity.ERROR)
def unaccepted_media_type(
    declared: Declared, content: Content, profile: Profile
) -> Objection | None:
    """The gateway does not take files of this type.

    Why: media of a type that is not on the gateway's list is refused, or cannot be shown.

    Fix: convert the file to an accepted type: JPEG, PNG or GIF; MP3, WAV or AMR; MP4 or 3GP.
    """
    if declared.type is None or declared.type in profile.types or declared.generic:
        return None
    if _page(declared, content) is not None:
        return None
    return Objection(f"the profile {profile.name} does not take {declared.type}")


@rule(Severity.ERROR)
def web_page_content(declared: Declared, content: Content) -> Objection | None:
    """The URL leads to a web page or an error text, not to media.

    Why: this may be a page about the file, a login page, or an error that is sent with status 200; the gateway cannot deliver it.

    Fix: use the URL of the file itself, which opens in a browser without a page around it, and let errors be answered with an error status.
    """
    page = _page(declared, content)
    return Objection(f"the answer is {page}, not media") if page is not None else None


@rule(Severity.WARNING)
def misleading_extension(declared: Declared, content: Content) -> Objection | None:
    """The extension in the URL, such as .jpg, does not fit what the file is.

    Why: some programs on the way, handsets among them, go by the extension.

    Fix: rename the file to the extension of what it is, and use the new URL.
    """
    types = extension_types(declared.extension or "")
    if not types or not types.isdisjoint((content.detected_type, *content.also)):
        return None
    if _page(declared, content) is not None or content.length == 0:
        return None
    stated = declared.type if declared.type and not declared.generic else None
    seen = [one for one in (stated, content.detected_type) if one is not None]
    if not seen or any(agree(one, other) or agree(other, one) for one in types for other in seen):
        return None
    return Objection(
        f"the extension in the URL is .{declared.extension}, but the file is {seen[0]}"
    )


@rule(Severity.WARNING)
def negotiated_media_type(exchanges: Exchanges) -> Objection | None:
    """The type depends on what the client says it can show (the header field Accept).

    Why: what the gateway says it can show is not documented, so it may get a format that handsets cannot, such as WebP or AVIF.

    Fix: switch automatic image formats off for the media path, or use a URL that names the format.
    """
    first = exchanges[0]
    other = next((one for one in exchanges if one.purpose is Purpose.WEBP), None)
    if other is None or first.head is None or other.head is None or other.head.status != 200:
        return None
    plain, browser = _type(first, first.head), _type(other, other.head)
    if plain == browser:
        return None
    message = (
        f"a client that says it can show WebP gets {quoted(browser)}, any other {quoted(plain)}"
    )
    return Objection(message)


def _type(exchange: Exchange, head: Head) -> str:
    return declared_of(exchange, head).type or "no type"
