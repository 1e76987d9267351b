"""An explicit proxy: reading its URL, and asking it for a tunnel. With a proxy, the address checks are the proxy's."""

from __future__ import annotations

import base64
import os
import re
from urllib.parse import unquote

from ..errors import UsageError
from ..values import dataclass
from .url import Problem, Url, parse


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is. ``authorization`` is the value of Proxy-Authorization; it is shown nowhere."""

    url: Url
    authorization: str | None = None

    def __repr__(self) -> str:
        return f"Proxy({self.url.scheme}://{self.url.authority})"

    @property
    def fields(self) -> str:
        """The field lines that every request to the proxy carries."""
        return f"Proxy-Authorization: {self.authorization}\r\n" if self.authorization else ""


def read_proxy(text: str) -> Proxy:
    """A proxy from ``http://user:password@host:port`` (or https). Raises UsageError, without the credentials."""
    match = re.fullmatch(r"(https?://)(?:([^/@]*)@)?([^/?#@]+)/?", text, re.IGNORECASE)
    url = (
        parse(match[1] + match[3] + "/")
        if match
        else Problem("it is not of the form http://host:port")
    )
    if isinstance(url, Problem) or match is None:
        raise UsageError(f"the proxy cannot be used: {url.text}")
    if not match[2]:
        return Proxy(url)
    user, _, password = match[2].partition(":")
    credentials = f"{unquote(user)}:{unquote(password)}".encode()
    return Proxy(url, f"Basic {base64.b64encode(credentials).decode()}")


def proxy_for(setting: str | None, scheme: str) -> Proxy | None:
    """The proxy for a scheme by the setting: None, ``env`` (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY), or a proxy's URL."""
    if setting is None:
        return None
    if setting != "env":
        return read_proxy(setting)
    for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY"):
        value = os.environ.get(name)
        # HTTP_PROXY in capitals may come from a request's "Proxy" field where CGI is at work
        if value and not (name == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ):
            return read_proxy(value)
    return None


def bypassed(host: str) -> bool:
    """Whether NO_PROXY names a host, or a domain that it belongs to."""
    names = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "").split(",")
    return any(
        name == "*" or host == name.lstrip(".") or host.endswith("." + name.lstrip("."))
        for name in (part.strip().lower() for part in names)
        if name
    )
