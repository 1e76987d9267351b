"""How the answer is framed: the heart of the matter, because the gateway refuses a body whose length it is not told."""

from __future__ import annotations

from ..observation import Body, BodyEnd, Exchange, FailureKind, FaultKind, Head, Purpose
from ..text import printable, quoted
from ..verdict import Severity
from .difference import Kind, difference
from .evidence import Exchanges, MaybeContent, Size, judged_for_form, phrase, transient
from .rule import Objection, rule


@rule(Severity.ERROR)
def chunked_transfer_encoding(head: Head) -> Objection | None:
    """The file is sent in chunks (Transfer-Encoding: chunked), so nobody is told how long it is.

    Why: the gateway rejects such answers (sendSavedMMS, media requirements). CDNs and web servers send chunks when they compress a file or stream it on the fly.

    Fix: serve the file with a Content-Length: switch compression and streaming off for the media path, at the CDN and at the web server.
    """
    if not head.chunked:
        return None
    codings = printable(", ".join(head.codings or ()), 80)
    return Objection(f"the file is sent in chunks (Transfer-Encoding: {codings})")


@rule(Severity.ERROR)
def missing_content_length(head: Head) -> Objection | None:
    """The answer does not say how long the file is: there is no Content-Length, and no chunks either.

    Why: the gateway requires Content-Length, and fails the request without it (sendSavedMMS, media requirements).

    Fix: send Content-Length: let the web server serve the stored file itself, or let the program that streams it set Content-Length to the file's size.
    """
    if head.lengths is not None or head.codings is not None:
        return None
    return Objection("there is no Content-Length, so the file ends where the connection does")


@rule(Severity.ERROR)
def malformed_response(exchange: Exchange) -> Objection | None:
    """The answer breaks the rules of HTTP/1.1 in a way that no careful client may accept.

    Why: two programs could disagree about where such an answer ends or what it says, so careful ones refuse it (RFC 9112 sections 5, 6 and 11).

    Fix: correct the program or proxy that writes the header fields; code that sets Content-Length or Transfer-Encoding by hand is the usual cause.
    """
    if exchange.failure is not None and exchange.failure.kind is FailureKind.HEAD_CUT:
        return Objection(exchange.failure.detail)
    if exchange.body is not None and exchange.body.end is BodyEnd.BAD_CHUNK:
        return Objection("the chunks of the body cannot be read")
    head = exchange.head
    if head is None or not head.faults or not judged_for_form(head):
        return None
    return _first_of(head, FaultKind.MALFORMED)


@rule(Severity.WARNING)
def irregular_response(head: Head) -> Objection | None:
    """The answer breaks the rules of HTTP/1.1 in a way that most clients tolerate.

    Why: what one client tolerates, another refuses, and how strict the gateway is, is not documented.

    Fix: correct the program or proxy that writes the header fields.
    """
    return _first_of(head, FaultKind.IRREGULAR) if head.faults else None


def _first_of(head: Head, kind: FaultKind) -> Objection | None:
    """The first fault of a kind, and how many more there are."""
    faults = [fault for fault in head.faults if fault.kind is kind]
    if not faults:
        return None
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Objection(f"{faults[0].detail}{more}")


@rule(Severity.ERROR)
def truncated_content(head: Head, body: Body) -> Objection | None:
    """The connection ended before the whole file had come.

    Why: the gateway gets half a file, and half a file is not delivered.

    Fix: upload the file again and purge the CDN's copy; if a program sets Content-Length itself, let it take the size of the file that is sent.
    """
    if body.end is BodyEnd.SHORT:
        end = "closed"
    elif body.end is BodyEnd.RESET:
        end = "reset"
    else:
        return None
    announced = (
        f" of {head.length:,} bytes" if head.length is not None and not head.chunked else " bytes"
    )
    return Objection(f"the connection was {end} after {body.received:,}{announced}")


@rule(Severity.WARNING)
def content_length_mismatch(head: Head, body: Body) -> Objection | None:
    """More bytes came than Content-Length says.

    Why: the gateway takes only the beginning of the file, or refuses a connection that it cannot trust.

    Fix: set Content-Length to the size of the file that is sent, after every filter that changes it.
    """
    if not body.surplus or head.length is None:
        return None
    return Objection(
        f"{body.surplus:,} bytes or more came after the Content-Length of {head.length:,}"
    )


@rule(Severity.ERROR)
def empty_content(
    exchange: Exchange, head: Head, size: Size, content: MaybeContent
) -> Objection | None:
    """The file is empty.

    Why: there is nothing to deliver; the upload failed, or the file was never written.

    Fix: upload the file again.
    """
    if exchange.purpose is not Purpose.IDENTITY:
        return Objection("the file is empty (0 bytes)") if head.length == 0 else None
    if size.octets == 0 and not size.least:
        return Objection("the file is empty (0 bytes)")
    if content is not None and content.length == 0 and content.whole:
        return Objection("the file is empty (0 bytes) once its Content-Encoding is undone")
    return None


@rule(Severity.WARNING)
def content_encoding_applied(head: Head) -> Objection | None:
    """The file is sent compressed or otherwise coded (Content-Encoding).

    Why: whether the gateway undoes this is not documented; if it does not, the handset gets compressed bytes that it cannot show.

    Fix: switch compression off for the media path; images, audio and video are compressed already.
    """
    values = head.values("content-encoding")
    codings = [value for value in values if value.lower() not in ("", "identity")]
    if not codings:
        return None
    return Objection(f"the file is sent with Content-Encoding {quoted(', '.join(codings))}")


@rule(Severity.ERROR)
def unstable_hosting(exchanges: Exchanges) -> Objection | None:
    """The same URL gave two answers that differ in what the gateway minds.

    Why: the gateway asks in its own way and at its own time, so every answer must be as good as the first.

    Fix: make the answer the same however the file is asked for: switch compression off for the media path, and use a cache that keeps Content-Length.
    """
    first = exchanges[0]
    for later in exchanges[1:]:
        if later.purpose not in _AGAIN:
            continue
        found = difference(first, later)
        if found:
            message, unknown = f"{phrase(later.purpose)}, {found.words}", transient(later.status)
            return Objection(message, unknown=unknown, fix=_UNSTABLE_FIXES.get(found.kind))
    return None


_AGAIN = frozenset({Purpose.GZIP, Purpose.SECOND})
"""The requests whose answer should be the first one's."""

_UNSTABLE_FIXES: dict[Kind, str] = {
    "status": "look for one server or cache among several that lacks the file or refuses it, and make all of them answer 200",
    "type": "set one Content-Type for the file on all servers, switch automatic formats off, and purge the CDN's copies",
    "length": "put one version of the file on all servers, and purge the CDN's copies",
    "bytes": "put one version of the file on all servers, and purge the CDN's copies; a file that is made anew for each request must be stored once instead",
}  # fmt: skip
