"""How the answer is framed: the heart of the matter, because the gateway refuses a body whose length it is not told."""

from __future__ import annotations

from ..observation import Body, BodyEnd, Exchange, FailureKind, FaultKind, Head, Purpose
from ..text import printable, quoted
from ..verdict import Severity
from .evidence import Exchanges, Size, declared_of, judged_for_form, phrase, transient
from .rule import Objection, rule


@rule(Severity.ERROR)
def chunked_transfer_encoding(head: Head) -> Objection | None:
    """The answer is sent with Transfer-Encoding: chunked.

    Why: the gateway rejects chunked answers (sendSavedMMS, media requirements). CDNs and app servers chunk when they compress or stream on the fly.

    Fix: serve the file with a Content-Length: switch off on-the-fly compression and streaming for the media path.
    """
    if not head.chunked:
        return None
    return Objection(
        f"the body is sent in chunks (Transfer-Encoding: {printable(', '.join(head.codings or ()), 80)})"
    )


@rule(Severity.ERROR)
def missing_content_length(head: Head) -> Objection | None:
    """The answer says neither how long it is nor that it is chunked.

    Why: the gateway requires Content-Length, and fails the request without it (sendSavedMMS, media requirements).

    Fix: send Content-Length: serve the file itself, not the output of a program that streams it.
    """
    if head.lengths is not None or head.codings is not None:
        return None
    return Objection("there is no Content-Length; the body ends when the connection does")


@rule(Severity.ERROR)
def malformed_response(exchange: Exchange) -> Objection | None:
    """The answer breaks HTTP/1.1 in a way that no careful recipient may accept.

    Why: two programs could disagree about where such an answer ends or what it says, so careful ones refuse it (RFC 9112 sections 5, 6 and 11).

    Fix: correct the server or the proxy that writes this head; application code that sets Content-Length or Transfer-Encoding by hand is the usual cause.
    """
    if exchange.failure is not None and exchange.failure.kind is FailureKind.HEAD_CUT:
        return Objection(exchange.failure.detail)
    if exchange.body is not None and exchange.body.end is BodyEnd.BAD_CHUNK:
        return Objection("the chunks of the body cannot be read")
    head = exchange.head
    if head is None or not judged_for_form(head):
        return None
    faults = [fault for fault in head.faults if fault.kind is FaultKind.MALFORMED]
    if not faults:
        return None
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Objection(f"{faults[0].detail}{more}")


@rule(Severity.WARNING)
def irregular_response(head: Head) -> Objection | None:
    """The answer breaks HTTP/1.1 in a way that most recipients tolerate.

    Why: what one program tolerates, another refuses; the gateway's reader is not known.

    Fix: correct the server or the proxy that writes this head.
    """
    faults = [fault for fault in head.faults if fault.kind is FaultKind.IRREGULAR]
    if not faults:
        return None
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    return Objection(f"{faults[0].detail}{more}")


@rule(Severity.ERROR)
def truncated_content(head: Head, body: Body) -> Objection | None:
    """The body ended before its announced end.

    Why: the gateway gets half a file, and half a file is not delivered.

    Fix: upload the file again and purge the CDN's copy; if the length is computed by hand, compute it from the file that is sent.
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
    """Bytes came beyond the announced end of the body.

    Why: the file is longer than its Content-Length, so the gateway takes only its beginning, or refuses a connection that it cannot trust.

    Fix: compute Content-Length from the file that is sent, after every filter that changes it.
    """
    if not body.surplus or head.length is None:
        return None
    return Objection(
        f"{body.surplus:,} bytes or more came after the Content-Length of {head.length:,}"
    )


@rule(Severity.ERROR)
def empty_content(size: Size) -> Objection | None:
    """The body is empty.

    Why: there is nothing to deliver; the upload failed, or the file was never written.

    Fix: upload the file again.
    """
    return Objection("the length is 0") if size.octets == 0 and not size.least else None


@rule(Severity.WARNING)
def content_encoding_applied(head: Head) -> Objection | None:
    """The media is sent with a Content-Encoding.

    Why: whether the gateway undoes a content coding is not documented; if it does not, the handset gets compressed bytes that it cannot show.

    Fix: switch off compression for media; images, audio and video are compressed already.
    """
    codings = [
        value for value in head.values("content-encoding") if value.lower() not in ("", "identity")
    ]
    return Objection(f"Content-Encoding is {quoted(', '.join(codings))}") if codings else None


@rule(Severity.ERROR)
def unstable_hosting(exchanges: Exchanges) -> Objection | None:
    """The same URL gave answers that differ in what the gateway minds.

    Why: the gateway asks in its own way and at its own time; what holds for one request must hold for all.

    Fix: make every way of asking give the same answer: compression off for the media path, one version of the file on all servers, a cache that keeps Content-Length.
    """
    first = exchanges[0]
    for other in exchanges[1:]:
        if (
            other.purpose not in (Purpose.GZIP, Purpose.SECOND)
            or first.head is None
            or other.head is None
        ):
            continue
        difference = _difference(first, other, first.head, other.head)
        if difference:
            return Objection(
                f"{phrase(other.purpose)}, {difference}", unknown=transient(other.head.status)
            )
    return None


def _difference(first: Exchange, other: Exchange, one: Head, two: Head) -> str | None:
    if two.status != one.status:
        return f"the status is {two.status if two.status else 'missing'} and not {one.status}"
    if two.chunked != one.chunked:
        return (
            "the answer is chunked, and otherwise it is not"
            if two.chunked
            else "the answer is not chunked, and otherwise it is"
        )
    if (two.lengths is None) != (one.lengths is None):
        return f"there is {'no' if two.lengths is None else 'a'} Content-Length, and otherwise there is {'one' if two.lengths is None else 'none'}"
    types = [declared_of(exchange, head).type for exchange, head in ((first, one), (other, two))]
    if types[0] != types[1]:
        return (
            f"the type is {quoted(types[1] or 'missing')} and not {quoted(types[0] or 'missing')}"
        )
    coded = [head.value("content-encoding") not in (None, "", "identity") for head in (one, two)]
    if one.length != two.length and not any(coded):
        return (
            f"the length is {two.length:,} and not {one.length:,}"
            if one.length is not None and two.length is not None
            else None
        )
    digests = [exchange.body.digest if exchange.body else None for exchange in (first, other)]
    if (
        other.purpose is Purpose.SECOND
        and None not in digests
        and digests[0] != digests[1]
        and not any(coded)
    ):
        return "the bytes are others"
    return None
