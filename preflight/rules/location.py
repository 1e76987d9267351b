"""Where the URL leads, and for how long: redirects, ports, signatures, queries. The other half of the family reach."""

from __future__ import annotations

from itertools import pairwise

from ..observation import Exchange, Failure, FailureKind, Hop, Observation
from ..profile import Profile
from ..text import mask_url, printable, quoted
from ..verdict import Severity
from .evidence import OWN_FAILURES, PASSING_FAILURES, Exchanges, declared_of, port_of, transient
from .rule import Objection, rule


@rule(Severity.ERROR)
def too_many_redirects(exchange: Exchange, failure: Failure) -> Objection | None:
    """The URL redirects more often than the profile allows, or in a circle.

    Why: every client gives up at some number, and the gateway's is not documented.

    Fix: use the final URL.
    """
    if failure.kind not in (FailureKind.TOO_MANY_REDIRECTS, FailureKind.REDIRECT_LOOP):
        return None
    return Objection(f"{failure.detail}: {_chain(exchange.hops)}")


def _chain(hops: tuple[Hop, ...]) -> str:
    shown = [f"{printable(mask_url(hop.url), 100)} ({hop.status})" for hop in hops[:6]]
    return " -> ".join(shown)


@rule(Severity.WARNING)
def redirected(exchange: Exchange, profile: Profile) -> Objection | None:
    """The URL answered with a redirect.

    Why: whether the gateway follows redirects is not documented; some receivers do not.

    Fix: use the final URL in the message.
    """
    if not exchange.hops or profile.fetch.redirects == "allow" or exchange.failure is not None:
        return None
    severity = Severity.ERROR if profile.fetch.redirects == "forbid" else None
    return Objection(
        f"it redirects: {_chain(exchange.hops)} -> {printable(mask_url(exchange.url), 100)}",
        severity,
    )


@rule(Severity.WARNING)
def insecure_redirect(exchange: Exchange) -> Objection | None:
    """A redirect leads from https to http.

    Why: careful clients refuse to step down, and anyone on the way can change the media.

    Fix: make the redirect lead to an https URL, or use the final URL.
    """
    places = [*(hop.url for hop in exchange.hops), exchange.url]
    for before, after in pairwise(places):
        if before[:6].lower() == "https:" and after[:5].lower() == "http:":
            return Objection(
                f"it steps down: {printable(mask_url(before), 100)} -> {printable(mask_url(after), 100)}"
            )
    return None


def _unusable(exchange: Exchange) -> bool:
    failure = exchange.failure
    return failure is not None and failure.kind in (
        FailureKind.INVALID_URL,
        FailureKind.PRIVATE_ADDRESS,
    )


@rule(Severity.WARNING)
def non_standard_port(exchange: Exchange) -> Objection | None:
    """The URL names a port other than 80 and 443.

    Why: outgoing firewalls, a gateway's among them, often let these two ports through and no others.

    Fix: serve the media on the standard port.
    """
    if exchange.permitted or _unusable(exchange):
        return None
    for url in (*(hop.url for hop in exchange.hops), exchange.url):
        port = port_of(url)
        if port is not None and port not in (80, 443):
            return Objection(f"the port is {port}")
    return None


@rule(Severity.WARNING)
def expiring_url(observation: Observation, profile: Profile) -> Objection | None:
    """A signed URL ends too soon.

    Why: the gateway may fetch, and fetch again, for days after the send; once the signature has ended, it gets 403.

    Fix: sign the URL for longer than the message lives, or host the media under a URL that needs no signature.
    """
    signed, horizon = observation.signed, profile.limits.url_lifetime_s
    if signed is None:
        return None
    left = signed.ends_at - observation.observed_at
    if left <= 0:
        return Objection(f"the {signed.scheme} signature ended {_span(-left)} ago", Severity.ERROR)
    if horizon is not None and left < horizon:
        return Objection(
            f"the {signed.scheme} signature ends in {_span(left)}, and should last {_span(horizon)}"
        )
    return None


def _span(seconds: float) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    return f"{int(seconds)} seconds"


@rule(Severity.ERROR)
def query_dependent_media(exchanges: Exchanges) -> Objection | None:
    """Audio or video whose URL fails, or changes, without its query.

    Why: the gateway strips the query from audio and video URLs before it fetches them.

    Fix: put what identifies the file into the path; a signed URL cannot be used for audio or video.
    """
    bare = next((one for one in exchanges if one.purpose.value == "bare"), None)
    if bare is None:
        return None
    whole = exchanges[0]
    if bare.failure is not None:
        if bare.failure.kind in OWN_FAILURES:
            return None  # not-checked speaks of it
        passing = bare.failure.kind in PASSING_FAILURES
        return Objection(f"without its query the URL fails: {bare.failure.detail}", unknown=passing)
    difference = _bare_difference(whole, bare)
    if difference is None:
        return None
    return Objection(f"without its query {difference}", unknown=transient(bare.status))


def _bare_difference(whole: Exchange, bare: Exchange) -> str | None:
    if bare.head is None or whole.head is None:
        return None
    if bare.head.status != 200:
        return f"the URL answers {bare.head.status if bare.head.status else 'nothing that can be read'}"
    types = [declared_of(one, one.head).type for one in (whole, bare) if one.head]
    if types[0] != types[1]:
        return (
            f"the type is {quoted(types[1] or 'missing')} and not {quoted(types[0] or 'missing')}"
        )
    if whole.head.length != bare.head.length:
        return f"the length is {bare.head.length} and not {whole.head.length}"
    digests = [one.body.digest if one.body else None for one in (whole, bare)]
    if None not in digests and digests[0] != digests[1]:
        return "the bytes are others"
    return None
