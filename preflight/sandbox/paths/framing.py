"""Answers whose framing the gateway refuses, or should: lengths, chunks, and heads that are not HTTP."""

from __future__ import annotations

from .. import media
from ..answers import (
    End,
    Reply,
    Request,
    chunked,
    chunked_when_gzip,
    head,
    in_chunks,
    raw,
    served,
    zipped,
)
from ..media import data
from .case import Case, bad, good


def _jpeg(*lines: str, status: str = "200 OK", version: str = "HTTP/1.1") -> Reply:
    """The photo under exactly these field lines and its Content-Type."""
    return raw(
        ("Content-Type: image/jpeg", *lines), data("photo.jpg"), status=status, version=version
    )


def _length() -> str:
    return f"Content-Length: {len(data('photo.jpg'))}"


def _unstable_framing(request: Request) -> Reply:
    photo = data("photo.jpg")
    return served("image/jpeg", photo) if request.count % 2 else chunked("image/jpeg", photo)


def _unstable_length(request: Request) -> Reply:
    return served("image/jpeg", data("photo.jpg" if request.count % 2 else "progressive.jpg"))


def _unstable_type(request: Request) -> Reply:
    return served("image/jpeg" if request.count % 2 else "image/png", data("photo.jpg"))


def _unstable_status(request: Request) -> Reply:
    photo = data("photo.jpg")
    return served("image/jpeg", photo, status="200 OK" if request.count % 2 else "404 Not Found")


def _no_length_when_gzip(request: Request) -> Reply:
    photo = data("photo.jpg")
    if not request.wants_gzip:
        return served("image/jpeg", photo)
    return raw(
        ("Content-Type: image/jpeg", "Content-Encoding: gzip", "Connection: close"), zipped(photo)
    )


def _gzip_when_asked(request: Request) -> Reply:
    photo = data("photo.jpg")
    if not request.wants_gzip:
        return served("image/jpeg", photo)
    return served("image/jpeg", zipped(photo), "Content-Encoding: gzip")


def _surplus(_: Request) -> Reply:
    photo = data("photo.jpg")
    fields = ("Content-Type: image/jpeg", _length())
    return Reply(head=head("200 OK", *fields), body=photo + b"surplus bytes\n", end=End.CLOSE)


def _bare_lf(_: Request) -> Reply:
    photo = data("photo.jpg")
    start = head("200 OK", "Content-Type: image/jpeg", _length()).replace(b"\r\n", b"\n")
    return Reply(head=start, body=photo, end=End.CLOSE)


def _interim(count: int, status: str) -> Reply:
    final = served("image/jpeg", data("photo.jpg"))
    return Reply(head=head(status) * count + final.head, body=final.body)


FRAMING: tuple[Case, ...] = (
    bad("/chunked.jpg", "chunked, without Content-Length", lambda _: chunked("image/jpeg", data("photo.jpg")),
        "chunked-transfer-encoding", gateway="E351"),
    bad("/chunked.mp3", "an MP3 in chunks", lambda _: chunked("audio/mpeg", data("tone.mp3")),
        "chunked-transfer-encoding", kind="audio", gateway="E352"),
    bad("/chunked.mp4", "an MP4 in chunks", lambda _: chunked("video/mp4", data("clip.mp4")),
        "chunked-transfer-encoding", kind="video", gateway="E353"),
    bad("/chunked.vcf", "a vCard in chunks", lambda _: chunked("text/vcard", media.VCARD),
        "chunked-transfer-encoding", kind="vcard", gateway="E355"),
    bad("/chunked-spelled.jpg", "Transfer-Encoding: Chunked, with a capital",
        lambda _: chunked("image/jpeg", data("photo.jpg"), spelling="Chunked"),
        "chunked-transfer-encoding", gateway="E351"),
    bad("/chunked-when-gzip.jpg", "a length for identity, chunks for gzip",
        lambda request: chunked_when_gzip(request, "image/jpeg", data("photo.jpg")),
        "chunked-transfer-encoding", "unstable-hosting", remarks=("content-encoding-applied",), gateway="E351"),
    bad("/no-length.jpg", "neither a length nor chunks", lambda _: _jpeg("Connection: close"),
        "missing-content-length", gateway="E351"),
    bad("/no-length-when-gzip.jpg", "a length for identity only", _no_length_when_gzip,
        "missing-content-length", "unstable-hosting", remarks=("content-encoding-applied",), gateway="E351"),
    bad("/endless.jpg", "a body without a length and without an end",
        lambda _: Reply(head=head("200 OK", "Content-Type: image/jpeg"), body=data("photo.jpg"), endless=True),
        "missing-content-length", "content-too-large", gateway="E351"),
    bad("/endless-chunked.jpg", "chunks without an end",
        lambda _: Reply(head=head("200 OK", "Content-Type: image/jpeg", "Transfer-Encoding: chunked"),
                        body=in_chunks(data("photo.jpg"))[:-5], endless=True),
        "chunked-transfer-encoding", "content-too-large", gateway="E351"),
    bad("/length-and-chunked.jpg", "Content-Length and chunked together",
        lambda _: raw(("Content-Type: image/jpeg", _length(), "Transfer-Encoding: chunked"), in_chunks(data("photo.jpg"))),
        "malformed-response", "chunked-transfer-encoding", gateway="E351"),
    bad("/coded-without-chunked.jpg", "a Transfer-Encoding that is not chunked",
        lambda _: raw(("Content-Type: image/jpeg", "Transfer-Encoding: gzip"), zipped(data("photo.jpg"))),
        "malformed-response", gateway="E351"),
    bad("/two-lengths.jpg", "two lengths that differ", lambda _: _jpeg(_length(), "Content-Length: 100"),
        "malformed-response", gateway="E351"),
    bad("/negative-length.jpg", "a negative length", lambda _: _jpeg("Content-Length: -1"),
        "malformed-response", gateway="E351"),
    bad("/worded-length.jpg", "a length that is no number", lambda _: _jpeg("Content-Length: many"),
        "malformed-response", gateway="E351"),
    bad("/line-without-colon.jpg", "a head line without a colon", lambda _: _jpeg(_length(), "X-Cache HIT"),
        "malformed-response", gateway="E351"),
    bad("/nul-in-value.jpg", "a NUL inside a field value", lambda _: _jpeg(_length(), "X-Note: a\0b"),
        "malformed-response", gateway="E351"),
    bad("/http-0.9.jpg", "HTTP/0.9: the bytes without a head",
        lambda _: Reply(body=data("photo.jpg"), end=End.CLOSE), "malformed-response", gateway="E351"),
    bad("/http-2.jpg", "a status line of HTTP/2", lambda _: _jpeg(_length(), version="HTTP/2"),
        "malformed-response", gateway="E351"),
    bad("/other-protocol.jpg", "the banner of another protocol",
        lambda _: Reply(head=b"220 files.example.com FTP server ready\r\n\r\n", end=End.CLOSE),
        "malformed-response", gateway="E351"),
    bad("/endless-head.jpg", "a head of over 64 KiB",
        lambda _: _jpeg(*(f"X-Padding-{number}: {'x' * 1000}" for number in range(80)), _length()),
        "malformed-response", gateway="", note="the sandbox gateway's client bounds lines and fields, not the whole head"),
    bad("/many-interim.jpg", "20 interim answers before the final one", lambda _: _interim(20, "103 Early Hints"),
        "malformed-response", gateway="", note="the vendor does not say how many it takes"),
    bad("/short-body.jpg", "the connection closes before the length is reached",
        lambda _: raw(("Content-Type: image/jpeg", _length()), media.truncated(data("photo.jpg"))),
        "truncated-content", gateway="E351"),
    bad("/reset-in-body.jpg", "a reset in the middle of the body",
        lambda _: Reply(head=head("200 OK", "Content-Type: image/jpeg", _length()),
                        body=media.truncated(data("photo.jpg")), end=End.RESET),
        "truncated-content", gateway="E351"),
    bad("/empty.jpg", "a length of 0", lambda _: served("image/jpeg", b""), "empty-content", gateway="E351"),
    bad("/unstable-framing.jpg", "every second answer is chunked", _unstable_framing,
        "chunked-transfer-encoding", "unstable-hosting", gateway="",
        note="the gateway asks once, and may see the good answer"),
    bad("/unstable-length.jpg", "two files take turns", _unstable_length, "unstable-hosting", gateway="",
        note="the gateway asks once"),
    bad("/unstable-type.jpg", "the type takes turns", _unstable_type, "unstable-hosting", gateway="",
        note="the gateway asks once, and may see the right type"),
    bad("/unstable-status.jpg", "every second answer is a 404", _unstable_status, "unstable-hosting", "unexpected-status", gateway="",
        note="the gateway asks once, and may see the good answer"),
    # Tolerated.
    good("/gzip.jpg", "gzip for everyone, with its length",
         lambda _: served("image/jpeg", zipped(data("photo.jpg")), "Content-Encoding: gzip"), "content-encoding-applied"),
    good("/gzip-when-asked.jpg", "gzip for those who take it, with its length", _gzip_when_asked,
         "content-encoding-applied"),
    good("/surplus.jpg", "bytes beyond the length", _surplus, "content-length-mismatch",
         gateway="E351", note="whether a client sees them is chance; the sandbox gateway's refuses"),
    good("/repeated-length.jpg", "the same length twice", lambda _: _jpeg(_length(), _length()), "irregular-response",
         gateway="E351", note="the sandbox gateway's client refuses a repeated length; RFC 9110 lets a recipient take it"),
    good("/listed-length.jpg", "the same length twice in one field",
         lambda _: _jpeg(f"{_length()}, {len(data('photo.jpg'))}"), "irregular-response",
         gateway="E351", note="the sandbox gateway's client refuses a list; RFC 9110 lets a recipient take it"),
    good("/bare-lf.jpg", "lines that end in LF alone", _bare_lf, "irregular-response"),
    good("/folded.jpg", "a folded field line", lambda _: _jpeg(_length(), "X-Note: one\r\n  two"), "irregular-response"),
    good("/space-before-colon.jpg", "a space before the colon of a field that does not matter",
         lambda _: _jpeg(_length(), "X-Note : one"), "irregular-response",
         gateway="E351", note="the sandbox gateway's client refuses it; RFC 9112 has a proxy repair it"),
    good("/http-1.0.jpg", "HTTP/1.0 with a length", lambda _: _jpeg(_length(), version="HTTP/1.0")),
    good("/early-hints.jpg", "one interim answer first",
         lambda _: _interim(1, "103 Early Hints")),
    good("/other-spelling.jpg", "field names in odd case, values without a space",
         lambda _: raw((f"CONTENT-LENGTH:{len(data('photo.jpg'))}", "content-TYPE:image/jpeg"), data("photo.jpg"))),
)  # fmt: skip
