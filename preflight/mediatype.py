"""Media types: reading a Content-Type, folding aliases, and knowing which types say nothing.

A media type is "type/subtype" in lower case, without parameters (RFC 9110 section 8.3.1). The canonical one of a family is the
registered name where there is one (audio/mpeg, not audio/mp3).
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_ESSENCE = re.compile(rf"({_TOKEN}/{_TOKEN})[ \t]*(?:;.*)?", re.DOTALL)

GENERIC = frozenset(
    {
        "application/octet-stream", "binary/octet-stream", "application/x-octet-stream", "application/octetstream",
        "application/binary", "application/x-binary", "application/unknown", "application/x-unknown", "unknown/unknown",
        "application/download", "application/x-download", "application/force-download", "application/x-force-download",
        "application/save", "application/x-msdownload", "content/unknown", "octet/stream", "*/*",
    }
)  # fmt: skip

_ALIASES = {
    "image/jpeg": ("image/jpg", "image/pjpeg", "image/jpe", "image/jfif", "image/x-jpeg", "image/x-jpg", "image/x-citrix-jpeg"),
    "image/png": ("image/x-png", "image/apng", "image/vnd.mozilla.apng", "image/x-citrix-png"),
    "image/gif": ("image/x-gif",),
    "image/bmp": ("image/x-ms-bmp", "image/x-bmp", "image/x-windows-bmp"),
    "image/tiff": ("image/tif", "image/x-tiff"),
    "image/vnd.wap.wbmp": ("image/wbmp", "image/x-wap-wbmp"),
    "image/heic": ("image/heic-sequence",),
    "image/heif": ("image/heif-sequence",),
    "audio/mpeg": ("audio/mp3", "audio/x-mp3", "audio/x-mpeg", "audio/mpeg3", "audio/x-mpeg-3", "audio/mpg", "audio/x-mpg"),
    "audio/wav": ("audio/x-wav", "audio/wave", "audio/vnd.wave", "audio/x-pn-wav"),
    "audio/amr": ("audio/x-amr", "audio/amr-nb", "audio/3gpp-amr"),
    "audio/amr-wb": ("audio/x-amr-wb",),
    "audio/aac": ("audio/aacp", "audio/x-aac", "audio/x-hx-aac-adts", "audio/x-hx-aac-adif", "audio/x-mp4a-latm", "audio/vnd.dlna.adts"),
    "audio/mp4": ("audio/m4a", "audio/x-m4a", "audio/mp4a-latm", "audio/x-mp4"),
    "audio/midi": ("audio/mid", "audio/x-midi", "audio/x-mid", "audio/sp-midi", "application/x-midi", "music/crescendo"),
    "audio/flac": ("audio/x-flac",),
    "audio/ogg": ("audio/x-ogg", "audio/vorbis", "audio/opus", "application/ogg"),
    "audio/webm": ("audio/x-webm",),
    "audio/x-matroska": ("audio/matroska",),
    "audio/x-ms-wma": ("audio/wma",),
    "audio/aiff": ("audio/x-aiff",),
    "audio/3gpp": ("audio/3gp",),
    "video/mp4": ("video/x-mp4", "video/m4v", "video/x-m4v", "application/mp4"),
    "video/3gpp": ("video/3gp", "video/x-3gpp", "video/x-3gp"),
    "video/3gpp2": ("video/3g2", "video/x-3gpp2"),
    "video/mpeg": ("video/mpg", "video/x-mpeg", "video/x-mpg", "video/mp2p", "video/mpeg2", "video/x-mpeg2"),
    "video/x-msvideo": ("video/avi", "video/msvideo", "video/vnd.avi", "application/x-troff-msvideo"),
    "video/x-ms-wmv": ("video/wmv",),
    "video/x-ms-asf": ("application/vnd.ms-asf",),
    "video/ogg": ("video/x-ogg", "video/theora", "video/x-theora"),
    "video/webm": ("video/x-webm",),
    "video/x-matroska": ("video/matroska", "application/x-matroska"),
    "text/vcard": ("text/x-vcard", "text/directory", "application/vcard", "text/vcf", "text/x-vcf"),
    "text/calendar": ("text/x-vcalendar", "application/ics", "text/ical", "text/x-ical", "application/calendar"),
    "text/xml": ("application/xml",),
    "text/html": ("application/xhtml+xml",),
    "application/json": ("text/json", "application/problem+json"),
    "application/pdf": ("application/x-pdf", "text/pdf"),
    "application/zip": ("application/x-zip", "application/x-zip-compressed"),
    "application/gzip": ("application/x-gzip",),
    "application/vnd.apple.pkpass": ("application/x-pkpass", "application/pkpass"),
}  # fmt: skip

_CANONICAL = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}

_EXTENSIONS: dict[str, frozenset[str]] = {
    extension: frozenset(types.split())
    for extension, types in {
        "jpg jpeg jpe jfif": "image/jpeg", "png apng": "image/png", "gif": "image/gif", "webp": "image/webp", "bmp": "image/bmp",
        "tif tiff": "image/tiff", "wbmp": "image/vnd.wap.wbmp", "svg": "image/svg+xml", "heic": "image/heic image/heif",
        "heif": "image/heif image/heic", "avif": "image/avif", "mp3": "audio/mpeg", "wav": "audio/wav", "amr": "audio/amr audio/amr-wb",
        "awb": "audio/amr-wb", "aac": "audio/aac", "m4a": "audio/mp4", "mid midi": "audio/midi", "flac": "audio/flac",
        "oga opus": "audio/ogg", "ogg": "audio/ogg video/ogg", "ogv": "video/ogg",
        "wma": "audio/x-ms-wma", "mp4 m4v": "video/mp4 audio/mp4", "3gp 3gpp": "video/3gpp audio/3gpp",
        "3g2": "video/3gpp2 audio/3gpp2", "mpg mpeg": "video/mpeg", "avi": "video/x-msvideo", "wmv": "video/x-ms-wmv",
        "mov qt": "video/quicktime", "webm": "video/webm audio/webm", "weba": "audio/webm", "mkv": "video/x-matroska",
        "mka": "audio/x-matroska", "txt": "text/plain", "vcf": "text/vcard", "ics": "text/calendar",
        "pdf": "application/pdf", "pkpass": "application/vnd.apple.pkpass", "htm html": "text/html", "json": "application/json",
        "xml": "text/xml", "zip": "application/zip",
    }.items()
    for extension in extension.split()
}  # fmt: skip


def essence(value: str) -> str | None:
    """The "type/subtype" of one Content-Type value in lower case, or None where it is not of that form.

    Parameters are not judged: a gateway picks by the type, and RFC 9110 lets a recipient ignore what follows it.
    """
    match = _ESSENCE.fullmatch(value.strip(" \t"))
    return match.group(1).lower() if match else None


def canonical(media_type: str) -> str:
    """The one name of a family: aliases folded (audio/mp3 is audio/mpeg)."""
    return _CANONICAL.get(media_type, media_type)


def declared(values: list[str]) -> tuple[str | None, str | None]:
    """What the Content-Type fields of a head declare: (canonical type, problem), at most one of them not None.

    Both are None where nothing, or only white space, was sent. Several equal ones count as one (RFC 9110 section 5.3).
    """
    if len(values) == 1:
        return _declared_once(values[0])
    return _declared(values)


@lru_cache(maxsize=512)
def _declared_once(value: str) -> tuple[str | None, str | None]:
    return _declared([value])


def _declared(values: list[str]) -> tuple[str | None, str | None]:
    members = [member for value in values for member in _members(value)]
    types = [essence(member) for member in members]
    for member, found in zip(members, types, strict=True):
        if found is None:
            return None, f"{member!r} is not of the form type/subtype"
    distinct = list(dict.fromkeys(canonical(found) for found in types if found))
    if len(distinct) > 1:
        return None, f"it is sent as {' and as '.join(distinct)}"
    return (distinct[0] if distinct else None), None


def _members(value: str) -> list[str]:
    """The members of one field, of which there should be one.

    What follows a comma in a parameter is more of it, where it has no slash: ``codecs=avc1.42E01E,mp4a.40.2`` should be
    quoted, and often is not.
    """
    members: list[str] = []
    for member in _split_list(value):
        stripped = member.strip(" \t")
        if stripped and not (members and ";" in members[-1] and "/" not in stripped):
            members.append(stripped)
    return members


def is_generic(media_type: str) -> bool:
    """Whether a type says nothing about the content (application/octet-stream and the like)."""
    return media_type in GENERIC


KINDS = ("image", "audio", "video", "text", "object")
"""A profile's words for the families of types."""


@lru_cache(maxsize=512)
def kind_of(media_type: str) -> str:
    """The family of a type, one of KINDS."""
    top = media_type.partition("/")[0]
    if media_type in ("text/vcard", "text/calendar"):
        return "object"
    return top if top in KINDS else "object"


def extension_types(extension: str) -> frozenset[str]:
    """The canonical types that a file extension (no dot, any case) may stand for; empty where it says nothing."""
    return _EXTENSIONS.get(extension.lower(), frozenset())


def url_extension(url: str) -> str | None:
    """The extension of the last segment of a URL's path, in lower case and without its dot."""
    path = url.partition("#")[0].partition("?")[0]
    authority = path.find("//")
    slash = path.rfind("/")
    if authority >= 0 and slash <= authority + 1:
        return None  # it has no path
    stem, _, extension = path[slash + 1 :].rpartition(".")
    return extension.lower() if stem and extension.isalnum() else None


def agree(declared_type: str, detected_type: str) -> bool:
    """Whether two canonical types name the same content: equal, or one is the textual form of the other.

    A vCard or a calendar is plain text too, so text/plain covers them. ASF is the container of WMV and WMA. HEIC is a
    kind of HEIF. An MP4 or 3GP file is a video/ one whatever its tracks: the audio/ form may be used where there is only
    sound (RFC 4337 section 2, RFC 3839, RFC 4393), and servers go by the extension.
    """
    if declared_type == detected_type:
        return True
    covers = {
        "text/plain": ("text/vcard", "text/calendar", "application/json", "text/xml", "text/csv"),
        "image/heif": ("image/heic",),
        "video/x-ms-asf": ("video/x-ms-wmv", "audio/x-ms-wma"),
        "video/mp4": ("audio/mp4",),
        "video/3gpp": ("audio/3gpp",),
        "video/3gpp2": ("audio/3gpp2",),
    }
    return detected_type in covers.get(declared_type, ())


_QUOTED = r'"(?:\\.|[^"\\])*+"'
_CLOSED = re.compile(rf'(?:{_QUOTED}|[^"])*+')
_MEMBER = re.compile(rf'(?:{_QUOTED}|[^,"])+')


def _split_list(value: str) -> list[str]:
    """Split a field value at the commas outside quoted strings. From a quotation mark that is never closed on, none is one."""
    if "," not in value:
        return [value]
    closed = _CLOSED.match(value)
    end = closed.end() if closed else 0
    if end == len(value):
        return _MEMBER.findall(value)
    begun, *rest = value[end:].split(",")
    members = _MEMBER.findall(value[:end])
    if members and value[end - 1] != ",":
        begun = members.pop() + begun
    return [*members, begun, *rest]
