"""Addresses that cannot be fetched, or not always: status, redirects, time, signatures, broken connections."""

from __future__ import annotations

import re

from .. import media
from ..answers import End, Reply, Request, head, redirect, refused, served
from ..media import data
from .case import Case, bad, good, unclear

_PRE_SIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=EXAMPLE&X-Amz-SignedHeaders=host&X-Amz-Signature=0123abcd"


def _photo(*lines: str, status: str = "200 OK") -> Reply:
    return served("image/jpeg", data("photo.jpg"), *lines, status=status)


def _seconds(request: Request) -> float:
    """How slow to be: the server's setting, or ``?seconds=N``."""
    found = re.search(r"(?:^|&)seconds=(\d+(?:\.\d+)?)(?:&|$)", request.query)
    return float(found.group(1)) if found else request.slow_s


def _slow(request: Request) -> Reply:
    reply = _photo()
    return Reply(head=reply.head, body=reply.body, wait_s=_seconds(request))


def _slow_head(request: Request) -> Reply:
    reply = _photo()
    return Reply(head=reply.head, body=reply.body, head_s=_seconds(request))


def _slow_body(request: Request) -> Reply:
    reply = _photo()
    return Reply(head=reply.head, body=reply.body, body_s=_seconds(request))


def _flapping(request: Request) -> Reply:
    return refused("503 Service Unavailable") if request.count == 1 else _photo()


def _countdown(request: Request) -> Reply:
    """/redirect/N leads to /redirect/N-1 and at last to the photo; one path serves them all by its query."""
    left = int(request.query.partition("=")[2] or 7)
    return redirect(f"/redirect/many?left={left - 1}") if left else _photo()


def _signed(request: Request) -> Reply:
    """As a pre-signed URL: signed for GET only, and for nobody without the signature."""
    if request.method == "HEAD" or "X-Amz-Signature=" not in request.query:
        return refused("403 Forbidden", "AccessDenied", "Server: AmazonS3")
    return _photo("Server: AmazonS3")


def _with_query(request: Request, media_type: str, body: bytes) -> Reply:
    return served(media_type, body) if request.query else refused("403 Forbidden", "MissingToken")


def _other_without_query(request: Request) -> Reply:
    return served("audio/wav", data("tone.wav") if request.query else media.wav(0.5))


REACH: tuple[Case, ...] = (
    # Time.
    unclear("/slow.jpg", "the first byte comes too late", _slow, "timeout"),
    unclear("/slow-body.jpg", "the body comes in drops", _slow_body, "timeout"),
    unclear("/slow-head.jpg", "the head comes in drops", _slow_head, "timeout"),
    unclear("/silent.jpg", "never an answer", lambda _: Reply(end=End.HANG), "timeout"),
    unclear("/stalled.jpg", "half the body, then silence",
            lambda _: Reply(head=_photo().head, body=media.truncated(data("photo.jpg")), end=End.HANG), "timeout"),
    good("/unhurried.jpg", "the first byte comes after 0.2 seconds",
         lambda _: Reply(head=_photo().head, body=_photo().body, wait_s=0.2)),
    # Broken connections.
    unclear("/closed.jpg", "closed before an answer", lambda _: Reply(end=End.CLOSE), "unreachable-host"),
    unclear("/reset.jpg", "reset before an answer", lambda _: Reply(end=End.RESET), "unreachable-host"),
    bad("/cut-in-head.jpg", "closed inside the head",
        lambda _: Reply(head=head("200 OK", "Content-Type: image/jpeg")[:-4], end=End.CLOSE),
        "malformed-response", gateway="E351"),
    # Status.
    bad("/401.jpg", "401", lambda _: refused("401 Unauthorized", "", 'WWW-Authenticate: Basic realm="media"'),
        "unexpected-status", gateway="E351"),
    bad("/403.jpg", "403", lambda _: refused("403 Forbidden"), "unexpected-status", gateway="E351"),
    bad("/403-shield.jpg", "403 from a bot shield",
        lambda _: served("text/html; charset=UTF-8", media.CHALLENGE, "Server: cloudflare", "CF-RAY: 8f0123456789abcd-LHR",
                         "cf-mitigated: challenge", status="403 Forbidden"), "unexpected-status", gateway="E351"),
    bad("/404.jpg", "404", lambda _: served("text/html", media.HTML, status="404 Not Found"),
        "unexpected-status", gateway="E351"),
    bad("/404-with-picture.jpg", "404, with a picture that says so", lambda _: _photo(status="404 Not Found"),
        "unexpected-status", gateway="E351"),
    bad("/410.jpg", "410", lambda _: refused("410 Gone"), "unexpected-status", gateway="E351"),
    bad("/204.jpg", "204: no content", lambda _: Reply(head=head("204 No Content")), "unexpected-status", gateway="E351"),
    bad("/206.jpg", "206: a part, though none was asked for",
        lambda _: _photo(f"Content-Range: bytes 0-{len(data('photo.jpg')) - 1}/{len(data('photo.jpg'))}",
                         status="206 Partial Content"), "unexpected-status", gateway="E351"),
    bad("/304.jpg", "304, though nothing was conditional", lambda _: Reply(head=head("304 Not Modified", 'ETag: "1"')),
        "unexpected-status", gateway="E351"),
    unclear("/408.jpg", "408", lambda _: refused("408 Request Timeout"), "unexpected-status"),
    unclear("/425.jpg", "425", lambda _: refused("425 Too Early"), "unexpected-status"),
    unclear("/429.jpg", "429 with Retry-After", lambda _: refused("429 Too Many Requests", "", "Retry-After: 1"),
            "unexpected-status"),
    unclear("/500.jpg", "500", lambda _: refused("500 Internal Server Error"), "unexpected-status"),
    unclear("/503.jpg", "503", lambda _: refused("503 Service Unavailable"), "unexpected-status"),
    good("/flapping.jpg", "503 once, then good (accepted with a retry)", _flapping,
         note="whoever asks first is told 503"),
    # Redirects.
    good("/redirect/once", "one redirect to a good JPEG", lambda _: redirect("/good.jpg"), "redirected"),
    good("/redirect/permanent", "308 to a good JPEG", lambda _: redirect("/good.jpg", "308 Permanent Redirect"), "redirected"),
    bad("/redirect/chunked", "a redirect to a chunked answer", lambda _: redirect("/chunked.jpg"),
        "chunked-transfer-encoding", remarks=("redirected",), gateway="E351"),
    bad("/redirect/login", "a redirect to a sign-in page", lambda _: redirect("/login"),
        "web-page-content", remarks=("redirected",), gateway="E629"),
    bad("/redirect/loop", "a redirect to itself", lambda _: redirect("/redirect/loop"), "too-many-redirects", gateway="E351"),
    bad("/redirect/many", "more than five redirects", _countdown, "too-many-redirects", gateway="E351"),
    bad("/redirect/private", "a redirect to an address inside a cloud",
        lambda _: redirect("http://169.254.169.254/latest/meta-data/"), "private-address", gateway="E351"),
    bad("/redirect/scheme", "a redirect to another scheme", lambda _: redirect("ftp://example.com/a.jpg"),
        "invalid-url", gateway="E351"),
    bad("/redirect/nowhere", "a redirect without Location",
        lambda _: Reply(head=head("302 Found", "Content-Length: 0")), "unexpected-status", gateway="E351"),
    bad("/login", "a sign-in page under status 200", lambda _: served("text/html; charset=utf-8", media.LOGIN),
        "web-page-content", gateway="E629"),
    # Queries and signatures.
    good("/signed.jpg?" + _PRE_SIGNED + "&X-Amz-Date={now}&X-Amz-Expires=604800", "signed for seven days", _signed),
    good("/signed-briefly.jpg?" + _PRE_SIGNED + "&X-Amz-Date={now}&X-Amz-Expires=3600", "signed for one hour", _signed,
         "expiring-url"),
    bad("/signed-once.jpg?" + _PRE_SIGNED + "&X-Amz-Date=20200101T000000Z&X-Amz-Expires=3600",
        "a signature that is over, on a server that does not mind", _signed, "expiring-url", gateway="",
        note="the sandbox's host still answers; only the URL says that it is over"),
    bad("/with-query.mp3?token=0123", "an MP3 that its host refuses without the query",
        lambda request: _with_query(request, "audio/mpeg", data("tone.mp3")), "query-dependent-media",
        kind="audio", gateway="E352"),
    bad("/with-query.mp4?token=0123", "an MP4 that its host refuses without the query",
        lambda request: _with_query(request, "video/mp4", data("clip.mp4")), "query-dependent-media",
        kind="video", gateway="E353"),
    bad("/by-query.wav?version=2", "a WAV that is another one without the query", _other_without_query,
        "query-dependent-media", kind="audio", gateway="", note="the gateway takes the other file and cannot know"),
    good("/with-query.jpg?token=0123", "a JPEG that needs its query, which is kept for images",
         lambda request: _with_query(request, "image/jpeg", data("photo.jpg"))),
    good("/idle-query.mp3?cache=1", "an MP3 with a query that changes nothing",
         lambda _: served("audio/mpeg", data("tone.mp3")), kind="audio"),
)  # fmt: skip
