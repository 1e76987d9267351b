"""Where to send and with what, as a value; and which endpoints may be sent to at all."""

from __future__ import annotations

import ipaddress
import math
import ssl
from dataclasses import field
from urllib.parse import urlsplit

from ..errors import UsageError
from ..values import dataclass
from ..wire.address import Network, networks
from .request import ENDPOINTS, Api, Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where and how to send. ``endpoint`` None is the vendor's own for the API; ``timeout_s`` (seconds) bounds one POST.

    ``allow_networks`` (CIDR) are the only addresses that plain http may go to. ``fallback_sms_text`` says whether the account
    demands that field: yes, no or warn (``Profile.gateway.fallback_sms_text``). ``content_type`` replaces the request's own.
    """

    api_key: Secret
    api: Api = Api.XML
    endpoint: str | None = None
    timeout_s: float = 30.0
    allow_networks: tuple[str, ...] = ()
    fallback_sms_text: str = "warn"
    content_type: str | None = None
    ssl_context: ssl.SSLContext | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Take the API by its name, too. Raises UsageError for another one, and for an api-key that prints and logs would show."""
        try:
            object.__setattr__(self, "api", Api(self.api))
        except ValueError:
            raise UsageError("the API of a gateway must be xml or json") from None
        if not isinstance(self.api_key, Secret):
            raise UsageError("the api-key of a gateway must be a Secret: Secret(text)")

    @property
    def url(self) -> str:
        """The endpoint that is used."""
        return ENDPOINTS[self.api] if self.endpoint is None else self.endpoint


def verify(gateway: Gateway) -> tuple[Network, ...] | None:
    """Raise UsageError for a gateway that cannot be sent to: its endpoint (see ``http_networks``, whose answer is given back), its time."""
    if not 0 < gateway.timeout_s < math.inf:
        raise UsageError(
            f"the time allowed for the POST must be more than 0 seconds, not {gateway.timeout_s:g}"
        )
    return http_networks(gateway)


def http_networks(gateway: Gateway) -> tuple[Network, ...] | None:
    """The networks that a plain http endpoint may be in; None for https, which may go anywhere.

    Raises UsageError for a URL that is not absolute http(s), has user information or a fragment, or is plain http with no
    network allowed, or with a literal address outside those that are.
    """
    allowed = networks(gateway.allow_networks)
    try:
        parts = urlsplit(gateway.url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("the endpoint is not a URL") from None
    printable = all("!" <= mark <= "~" for mark in gateway.url)
    if parts.scheme not in ("http", "https") or not host or not printable:
        raise UsageError("the endpoint must be an absolute https URL")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UsageError("the endpoint must have neither user information nor a fragment")
    if parts.scheme == "https":
        return None
    if not allowed or (_is_literal(host) and not inside(host, allowed)):
        raise UsageError(
            "plain http is allowed only to addresses inside an allowed network, because it shows the api-key"
        )
    return allowed


def inside(address: str, allowed: tuple[Network, ...]) -> bool:
    """Whether a literal address is in one of the networks; an IPv4 address in IPv6 counts as what it is."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in allowed)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
