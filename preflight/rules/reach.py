"""Can the gateway get at the media at all? These rules look at the URL and at what failed on the way to it."""

from __future__ import annotations

from collections.abc import Iterable

from ..observation import BodyEnd, Exchange, Failure, FailureKind, Observation
from ..profile import Profile
from ..text import mask_url, printable
from ..text import size as in_words
from ..verdict import Severity
from .evidence import OWN_FAILURES, TLS_FAILURES, declared_of, size_of
from .rule import Objection, rule
from .size import limit_passed


def _failure(exchange: Exchange, kinds: Iterable[FailureKind]) -> Failure | None:
    failure = exchange.failure
    return failure if failure is not None and failure.kind in kinds else None


def _where(exchange: Exchange) -> str:
    """Which address failed, where it is not the one that was given."""
    return f" (redirected to {printable(mask_url(exchange.url))})" if exchange.hops else ""


@rule(Severity.ERROR)
def invalid_url(exchange: Exchange, failure: Failure) -> Objection | None:
    """The URL is not a complete http or https URL as RFC 3986 defines it.

    Why: programs disagree about how to repair a wrong URL, so the gateway may refuse it, or fetch something else.

    Fix: write the full URL, from https:// on, with every space and special character percent-encoded (a space is %20), and no user name or password.
    """
    if failure.kind is not FailureKind.INVALID_URL:
        return None
    subject = "the redirect leads to a URL that is" if exchange.hops else "the URL is"
    return Objection(f"{subject} not valid: {failure.detail}")


@rule(Severity.ERROR)
def private_address(exchange: Exchange, failure: Failure) -> Objection | None:
    """The host is, or resolves to, an address that is not public, such as one of an office or a home network.

    Why: the gateway fetches from the internet and cannot reach it; and a service that fetched it could be led into its own network.

    Fix: host the media on a public address, and remove a private address of the same name from public DNS; for tests on your own network, allow it with --allow-network.
    """
    if failure.kind is not FailureKind.PRIVATE_ADDRESS:
        return None
    return Objection(f"{failure.detail}{_where(exchange)}")


@rule(Severity.ERROR)
def unresolvable_host(exchange: Exchange, failure: Failure) -> Objection | None:
    """The host name does not exist, or could not be resolved for now.

    Why: the host name is looked up in DNS, and without an address there is nothing to fetch from.

    Fix: correct the host name in the URL; if it is right, publish its A record in DNS, or check its name servers.
    """
    if failure.kind is FailureKind.HOST_NOT_FOUND:
        return Objection(f"the host has no address: {failure.detail}{_where(exchange)}")
    if failure.kind is FailureKind.RESOLUTION:
        return Objection(
            f"the host name could not be resolved for now: {failure.detail}{_where(exchange)}",
            unknown=True,
        )
    return None


@rule(Severity.ERROR)
def unreachable_host(exchange: Exchange, failure: Failure) -> Objection | None:
    """No connection to the server came about, or it was closed or reset before any byte of an answer.

    Why: the gateway gets nothing either, and the message fails.

    Fix: start the web server, or open its port in the firewall; if it closes connections under load, raise its limits.
    """
    if failure.kind is FailureKind.REFUSED:
        return Objection(f"{failure.detail}{_where(exchange)}")
    if failure.kind in (FailureKind.CLOSED, FailureKind.UNREACHABLE):
        return Objection(f"{failure.detail}{_where(exchange)}", unknown=True)
    return None


@rule(Severity.ERROR)
def timeout(exchange: Exchange) -> Objection | None:
    """No complete answer came within the time allowed.

    Why: the gateway does not wait for ever (its own limit is not documented), and a host that is slow for one request is slower in a campaign.

    Fix: put the media behind a CDN, or on storage that answers at once, and fetch each file once before the send, so that the CDN has it.
    """
    failure, body = exchange.failure, exchange.body
    if failure is not None and failure.kind is FailureKind.TIMEOUT:
        return Objection(f"{failure.detail}{_where(exchange)}", unknown=True)
    if body is not None and body.end is BodyEnd.TIMEOUT:
        return Objection(
            f"the file did not end within the time allowed; {body.received:,} bytes had come",
            unknown=True,
        )
    return None


@rule(Severity.ERROR)
def not_checked(observation: Observation, profile: Profile) -> Objection | None:
    """The check itself could not be made, for a reason on this side.

    Why: what was not looked at must not count as good, so nothing is sent.

    Fix: run the check again; if the same file does it every time, report it with the recording (--record).
    """
    for exchange in observation.exchanges:
        if failure := _failure(exchange, OWN_FAILURES):
            return Objection(failure.detail, unknown=True, fix=_OWN_FIXES.get(failure.kind))
    received = _read_in_part(observation, profile)
    if received is not None:
        message = f"only the first {in_words(received)} of the file were read"
        return Objection(message, unknown=True, fix=_UNREAD_FIX)
    content = observation.content
    if content is not None and content.overrun is not None:
        fix = _CODING_FIX if content.undecoded is not None else None
        return Objection(content.overrun, unknown=True, fix=fix)
    if content is not None and content.decode is not None and content.decode.stopped is not None:
        return Objection(content.decode.stopped, unknown=True)
    return None


def _read_in_part(observation: Observation, profile: Profile) -> int | None:
    """The bytes that were read of a file, where reading stopped at a limit that this profile does not refuse it for."""
    first, body = observation.identity, observation.identity.body
    if body is None or body.end is not BodyEnd.LIMIT or first.head is None:
        return None
    size = size_of(observation, first.head)
    declared = declared_of(first, first.head)
    refused = size is not None and limit_passed(declared, size, observation.content, profile)
    return None if refused and profile.refuses_size else body.received


_UNREAD_FIX = "make the file smaller, or fetch it again under this profile, where the recording was made under another one"
_CODING_FIX = "switch Content-Encoding off for the media path, or install the package, where the message names one"

_OWN_FIXES = {
    FailureKind.BREAKER: "look at the first failures of this host in the report; once it answers again, run the check again",
    FailureKind.DESCRIPTORS: "raise the limit of open files on this machine (ulimit -n), or lower --jobs",
    FailureKind.PROXY: "correct the proxy's address or credentials, or run without --proxy",
}


@rule(Severity.ERROR)
def untrusted_certificate(exchange: Exchange, failure: Failure) -> Objection | None:
    """No secure connection (TLS) came about, or its certificate cannot be trusted.

    Why: the gateway does not click through a warning. Browsers make up for a missing intermediate certificate; servers do not.

    Fix: serve a valid certificate for this host name, with its full chain, over TLS 1.2 or 1.3.
    """
    if failure.kind not in TLS_FAILURES:
        return None
    return Objection(
        f"{failure.detail}{_where(exchange)}",
        unknown=failure.kind is FailureKind.TLS_CLOSED,
        fix=_TLS_FIXES.get(failure.kind),
    )


_TLS_FIXES = {
    FailureKind.TLS_EXPIRED: "renew the certificate, and automate the renewal",
    FailureKind.TLS_NOT_YET_VALID: "install a certificate that is already valid, and check the clocks of both sides",
    FailureKind.TLS_NAME: "install a certificate that names this host (subject alternative name), or use the host name that it was made for",
    FailureKind.TLS_SELF_SIGNED: "install a certificate from a public certificate authority",
    FailureKind.TLS_CHAIN: "serve the full chain: the certificate followed by its intermediates (nginx: fullchain.pem in ssl_certificate; Apache: the same in SSLCertificateFile); for a private authority, check with --cafile",
    FailureKind.TLS_PROTOCOL: "serve TLS 1.2 or 1.3 on this port, because an https URL needs a port that speaks TLS",
    FailureKind.TLS_CLOSED: "look into the server's TLS log for why it ended the handshake",
}
