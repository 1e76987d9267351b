"""Which server or CDN answered, read from the answer itself, and whether a bot shield did.

The first sign that matches decides, CDNs before the servers behind them, because the CDN is the one that changed the answer last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..observation import Head
from .server_fixes import SERVER_FIXES

Fields = Mapping[str, str]
Sign = Callable[[Fields], bool]
Signs = tuple[tuple[str, Sign], ...]


def _server_has(*words: str) -> Sign:
    return lambda fields: any(word in fields.get("server", "").lower() for word in words)


def _product(*names: str) -> Sign:
    """The first product of the Server field has one of the names; lighttpd, thttpd and Apache-Coyote are others."""
    return lambda fields: _first_product(fields.get("server", "")) in names


def _first_product(server: str) -> str:
    return server.lower().replace("/", " ").partition(" ")[0]


def _any_field(*names: str) -> Sign:
    return lambda fields: any(name in fields for name in names)


def _prefix(prefix: str) -> Sign:
    return lambda fields: any(name.startswith(prefix) for name in fields)


def _either(*signs: Sign) -> Sign:
    return lambda fields: any(sign(fields) for sign in signs)


def _fastly(fields: Fields) -> bool:
    return "x-fastly-request-id" in fields or fields.get("x-served-by", "").startswith("cache-")


def _varnish(fields: Fields) -> bool:
    return "x-varnish" in fields or "varnish" in fields.get("via", "").lower()


def _google_cdn(fields: Fields) -> bool:
    return "google" in fields.get("via", "").lower() and not _prefix("x-goog-")(fields)


SIGNS: Signs = (
    ("CloudFront", _either(_any_field("x-amz-cf-id", "x-amz-cf-pop"), _server_has("cloudfront"))),
    ("Cloudflare", _either(_any_field("cf-ray", "cf-cache-status"), _server_has("cloudflare"))),
    ("Fastly", _fastly),
    ("Akamai", _either(_server_has("akamai"), _any_field("x-akamai-request-id", "x-akamai-transformed", "akamai-grn"))),
    ("Azure Front Door", _any_field("x-azure-ref")),
    ("Azure Blob Storage", _either(_any_field("x-ms-blob-type", "x-ms-request-id"), _server_has("windows-azure-blob"))),
    ("Google Cloud Storage", _either(_prefix("x-goog-"), _server_has("uploadserver"))),
    ("Google Cloud CDN", _google_cdn),
    ("S3", _either(_server_has("amazons3"), _any_field("x-amz-request-id"))),
    ("Varnish", _varnish),
    ("Rails", _either(_server_has("puma", "phusion passenger"), lambda fields: "x-runtime" in fields and "x-request-id" in fields)),
    ("Express", lambda fields: "express" in fields.get("x-powered-by", "").lower()),
    ("IIS", _either(_server_has("microsoft-iis"), lambda fields: "asp.net" in fields.get("x-powered-by", "").lower())),
    ("nginx", _server_has("nginx", "openresty", "tengine")),
    ("Apache", _product("apache", "httpd")),
)  # fmt: skip

_CHALLENGES: Signs = (
    ("Cloudflare", _any_field("cf-mitigated")),
    ("AWS WAF", _any_field("x-amzn-waf-action")),  # a challenge is 202, a CAPTCHA 405
)
"""Fields that a bot shield sends only when it has stopped the request itself."""

_SHIELDS: Signs = (
    ("Imperva", _any_field("x-iinfo")),
    ("Sucuri", _any_field("x-sucuri-id", "x-sucuri-block")),
    ("DataDome", _any_field("x-datadome", "x-dd-b")),
    ("Akamai", _server_has("akamaighost")),
    ("Cloudflare", _server_has("cloudflare")),
)
"""Signs that a bot shield stands before the server; it may have stopped the request, or passed on what the server said."""


def identify(head: Head) -> str | None:
    """The name of the server or CDN that answered last, where the head shows it."""
    return _first(SIGNS, head)


def setting(rule: str, head: Head) -> str | None:
    """The answering server's own setting for what a rule found, or None where none is known."""
    known = SERVER_FIXES.get(rule)
    server = identify(head) if known else None
    return known.get(server) if known and server else None


def challenger(head: Head) -> str | None:
    """The bot shield that stopped the request, where the head says so."""
    return _first(_CHALLENGES, head)


def bot_shield(head: Head) -> str | None:
    """The bot shield that stands before the server, where the head shows one."""
    return _first(_SHIELDS, head)


def _first(signs: Signs, head: Head) -> str | None:
    fields = {name.lower(): value for name, value in reversed(head.fields)}
    return next((name for name, sign in signs if sign(fields)), None)
