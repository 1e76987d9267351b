"""Where the URL leads, and for how long: redirects, ports, signatures, queries. A part of the family reach."""

from __future__ import annotations

from itertools import pairwise

from ..observation import Exchange, Failure, FailureKind, Hop, Observation, Purpose
from ..profile import Profile
from ..text import mask_url, printable
from ..verdict import Severity
from .difference import difference
from .evidence import OWN_FAILURES, PASSING_FAILURES, Exchanges, port_of, transient
from .rule import Objection, rule


@rule(Severity.ERROR)
def too_many_redirects(exchange: Exchange, failure: Failure) -> Objection | None:
    """The URL redirects more often than the profile allows, or in a circle.

    Why: every client gives up at some number, and the gateway's is not documented.

    Fix: use the URL at the end of the redirects; if they go in a circle, correct the redirect rules of the web server or CDN.
    """
    if failure.kind not in (FailureKind.TOO_MANY_REDIRECTS, FailureKind.REDIRECT_LOOP):
        return None
    return Objection(f"{failure.detail}: {_chain(exchange.hops)}")


def _chain(hops: tuple[Hop, ...]) -> str:
    shown = [f"{printable(mask_url(hop.url), 100)} ({hop.status})" for hop in hops[:6]]
    return " -> ".join(shown)


@rule(Severity.WARNING)
def redirected(exchange: Exchange, profile: Profile) -> Objection | None:
    """The URL leads on to another URL (a redirect).

    Why: whether the gateway follows redirects is not documented, and some gateways do not.

    Fix: use the URL at the end of the redirects in the message.
    """
    if not exchange.hops or profile.fetch.redirects == "allow" or exchange.failure is not None:
        return None
    severity = Severity.ERROR if profile.fetch.redirects == "forbid" else None
    return Objection(
        f"the URL redirects: {_chain(exchange.hops)} -> {printable(mask_url(exchange.url), 100)}",
        severity,
    )


@rule(Severity.WARNING)
def insecure_redirect(exchange: Exchange) -> Objection | None:
    """A redirect leads from https to http.

    Why: careful clients refuse to leave https, and over http anyone on the way can change the media.

    Fix: make the redirect lead to an https URL, or use an https URL that does not redirect.
    """
    if not exchange.hops:
        return None
    places = [*(hop.url for hop in exchange.hops), exchange.url]
    for before, after in pairwise(places):
        if before[:6].lower() == "https:" and after[:5].lower() == "http:":
            return Objection(
                f"a redirect leaves https: {printable(mask_url(before), 100)} -> {printable(mask_url(after), 100)}"
            )
    return None


_PORT_IS_NO_MATTER = OWN_FAILURES | {FailureKind.INVALID_URL, FailureKind.PRIVATE_ADDRESS}
"""Failures of URLs that cannot be used at all, and those of ours, before it was known whether the address is let in."""


@rule(Severity.WARNING)
def non_standard_port(exchange: Exchange) -> Objection | None:
    """The URL, or one that it redirects to, names a port other than 80 and 443.

    Why: outgoing firewalls, a gateway's among them, often let these two ports through and no others.

    Fix: serve the media on the standard port, 443 for https, and leave the port out of the URL.
    """
    if exchange.failure is not None and exchange.failure.kind in _PORT_IS_NO_MATTER:
        return None
    places: list[Hop | Exchange] = [*exchange.hops, exchange]
    for place in places:
        port = None if place.permitted else port_of(place.url)
        if port is not None and port not in (80, 443):
            return Objection(f"the URL names port {port}, not 80 or 443")
    return None


@rule(Severity.WARNING)
def expiring_url(observation: Observation, profile: Profile) -> Objection | None:
    """The URL is signed, and the signature ends too soon.

    Why: the gateway may fetch, and fetch again, for days after the send; once the signature has ended, it gets 403 Forbidden.

    Fix: sign the URL for longer than the message lives, or host the media under a public URL, which needs no signature.
    """
    signed, horizon = observation.signed, profile.limits.url_lifetime_s
    if signed is None:
        return None
    left = signed.ends_at - observation.observed_at
    if left <= 0:
        message = f"the {signed.scheme} signature of the URL ended {_span(-left)} ago"
        return Objection(message, Severity.ERROR)
    if horizon is not None and left < horizon:
        return Objection(
            f"the {signed.scheme} signature of the URL ends in {_span(left)}, and should last {_span(horizon)}"
        )
    return None


def _span(seconds: float) -> str:
    units = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
    size, word = next((unit for unit in units if seconds >= unit[0]), units[-1])
    count = int(seconds // size)
    return f"{count:,} {word}{'' if count == 1 else 's'}"


@rule(Severity.ERROR)
def query_dependent_media(exchanges: Exchanges) -> Objection | None:
    """The URL of an audio or video file fails, or leads elsewhere, without its query, the part from ? on.

    Why: the gateway strips the query from audio and video URLs before it fetches them.

    Fix: put what identifies the file into the path, before the ?; a signed URL cannot be used for audio or video.
    """
    bare = next((one for one in exchanges if one.purpose is Purpose.BARE), None)
    if bare is None:
        return None
    if bare.failure is not None:
        if bare.failure.kind in OWN_FAILURES:
            return None  # not-checked speaks of it
        passing = bare.failure.kind in PASSING_FAILURES
        return Objection(
            f"without its query, the URL fails: {bare.failure.detail}", unknown=passing
        )
    found = difference(exchanges[0], bare)
    if found is None:
        return None
    return Objection(f"without its query, {found.words}", unknown=transient(bare.status))
