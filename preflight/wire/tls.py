"""TLS as a careful client does it: the system's trust store, TLS 1.2 at least, HTTP/1.1 only; and what a failure means."""

from __future__ import annotations

import ssl

from ..errors import UsageError
from ..observation import Failure, FailureKind

NO_TLS = "the port does not speak TLS"

# OpenSSL's X509_V_ERR_* numbers (x509_vfy.h)
_VERIFY = {
    9: (FailureKind.TLS_NOT_YET_VALID, "the certificate is not valid yet"),
    10: (FailureKind.TLS_EXPIRED, "the certificate has expired"),
    18: (FailureKind.TLS_SELF_SIGNED, "the certificate is signed by itself"),
    19: (FailureKind.TLS_SELF_SIGNED, "the chain ends in a root that is not trusted here"),
    20: (
        FailureKind.TLS_CHAIN,
        "an intermediate certificate is missing, or its authority is not known here",
    ),
    21: (
        FailureKind.TLS_CHAIN,
        "an intermediate certificate is missing, or its authority is not known here",
    ),
    62: (
        FailureKind.TLS_NAME,
        "the certificate is for another host name (a Common Name alone does not count)",
    ),
    64: (FailureKind.TLS_NAME, "the certificate is not for this IP address"),
}


def client_context(cafile: str | None = None) -> ssl.SSLContext:
    """A context that verifies against the system's store, or against ``cafile`` alone. ALPN offers http/1.1 only, so that a
    CDN cannot show its HTTP/2 face, which has no Transfer-Encoding. Raises UsageError where the file cannot be used."""
    try:
        context = ssl.create_default_context(cafile=cafile)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) if not isinstance(error, ssl.SSLError) else None
        raise UsageError(
            f"cannot use the CA file {cafile!r}: {reason or 'it holds no certificate in PEM form'}"
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    # RFC 9110 section 4.3.4: a client must not go by it.
    context.hostname_checks_common_name = False
    return context


def authorities(context: ssl.SSLContext) -> int:
    """How many certificate authorities a context trusts; with none, no HTTPS answer can be checked."""
    return context.cert_store_stats()["x509_ca"]


def describe_failure(error: BaseException) -> Failure:
    """Which of the TLS failures an exception of the handshake is, in our own words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        kind, detail = _VERIFY.get(
            error.verify_code, (FailureKind.TLS_CHAIN, "the certificate cannot be verified")
        )
        return Failure(kind=kind, detail=detail)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError):
        return Failure(
            kind=FailureKind.TLS_CLOSED,
            detail="the server closed the connection inside the TLS handshake",
        )
    if isinstance(error, ssl.SSLError):
        return Failure(kind=FailureKind.TLS_PROTOCOL, detail=_protocol_detail(error.reason or ""))
    return Failure(kind=FailureKind.TLS_PROTOCOL, detail="the TLS handshake failed")


def _protocol_detail(reason: str) -> str:
    if "WRONG_VERSION_NUMBER" in reason or "HTTP_REQUEST" in reason:
        return NO_TLS
    if "VERSION" in reason or "UNSUPPORTED_PROTOCOL" in reason:
        return "the server offers no TLS version from 1.2 on"
    if "HANDSHAKE_FAILURE" in reason or "NO_SHARED_CIPHER" in reason:
        return "the server and we have no cipher in common, or it refuses the host name"
    if "CERTIFICATE_REQUIRED" in reason:
        return "the server wants a client certificate"
    if "UNRECOGNIZED_NAME" in reason:
        return "the server does not know the host name"
    return "the TLS handshake failed"
