"""When a signed URL ends: S3 (versions 2 and 4), Google Cloud Storage (2 and 4), Azure SAS, CloudFront (canned and custom)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

from ..observation import Signed

_HINT = re.compile(r"sig|-expires|[%\t\r\n]", re.IGNORECASE)
"""Every scheme has a parameter with one of the words, unless the name is escaped or cut by what ``urlsplit`` takes out."""


def signed(url: str) -> Signed | None:
    """Who signed a URL and when that ends; None where it is not signed in a way that we know, or its end cannot be read."""
    if "?" not in url or not _HINT.search(url, url.index("?")):
        return None  # to take a query apart takes twenty times as long
    try:
        query = urlsplit(url).query
        parameters = {
            name.lower(): value
            for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=200)
        }
    except ValueError:
        return None
    for read in (_amazon_4, _google_4, _azure, _cloudfront, _version_2):
        found = read(parameters)
        if found is not None:
            return found
    return None


def _dated(parameters: Mapping[str, str], prefix: str, scheme: str) -> Signed | None:
    start, span = parameters.get(f"{prefix}-date"), parameters.get(f"{prefix}-expires")
    if not start or not span or not (span.isascii() and span.isdigit()) or len(span) > 10:
        return None
    try:
        begun = datetime.strptime(start, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return _signed(scheme, begun.timestamp() + int(span))


def _amazon_4(parameters: Mapping[str, str]) -> Signed | None:
    return _dated(parameters, "x-amz", "S3")


def _google_4(parameters: Mapping[str, str]) -> Signed | None:
    return _dated(parameters, "x-goog", "Google Cloud Storage")


def _azure(parameters: Mapping[str, str]) -> Signed | None:
    """Azure's shared access signature ends with ``se``, or with the user's delegation key that signed it, ``ske``."""
    if "sig" not in parameters:
        return None
    end, key_end = (_instant(parameters.get(name, "")) for name in ("se", "ske"))
    if end is None:
        return None
    return _signed("Azure SAS", min(end, key_end or end))


def _instant(text: str) -> float | None:
    """An ISO 8601 time in one of a few lengths, in UTC where it does not say, as seconds since the epoch."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _cloudfront(parameters: Mapping[str, str]) -> Signed | None:
    if "key-pair-id" not in parameters or "signature" not in parameters:
        return None
    if "policy" in parameters:
        end = _policy_end(parameters["policy"])
    else:
        end = _epoch(parameters.get("expires"))
    return None if end is None else _signed("CloudFront", end)


def _policy_end(policy: str) -> float | None:
    """The DateLessThan of a custom policy, in CloudFront's own base64 (+ is -, = is _, / is ~)."""
    import json  # for this one form of the five

    text = policy.replace("-", "+").replace("_", "=").replace("~", "/")
    try:
        document = json.loads(base64.b64decode(text + "=" * (-len(text) % 4)))
        end = document["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"]
    except (ValueError, binascii.Error, LookupError, TypeError, RecursionError):
        return None
    return float(end) if isinstance(end, int | float) and 0 <= end < 1e12 else None


def _version_2(parameters: Mapping[str, str]) -> Signed | None:
    """The older signatures: Expires in seconds since the epoch, beside an access id."""
    if "signature" not in parameters:
        return None
    for name, scheme in (("awsaccesskeyid", "S3"), ("googleaccessid", "Google Cloud Storage")):
        end = _epoch(parameters.get("expires"))
        if name in parameters and end is not None:
            return _signed(scheme, end)
    return None


def _epoch(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() and len(text) <= 12 else None


def _signed(scheme: str, ends_at: float) -> Signed:
    return Signed(scheme=scheme, ends_at=ends_at)
