"""From a URL to an open connection: through which proxy, to which checked addresses, with which TLS context."""

from __future__ import annotations

import asyncio
import ssl

from ..observation import Failure, FailureKind
from .address import refusal
from .connect import ConnectError, open_connection
from .connection import Connection
from .proxy import Proxy, bypassed, proxy_for
from .resolve import ResolutionError, Resolver
from .settings import FetchSettings
from .tls import client_context
from .url import Url


class Dialer:
    """Opens the connections of one fetcher."""

    def __init__(self, settings: FetchSettings, resolver: Resolver) -> None:
        self._settings = settings
        self._resolver = resolver
        self._context: ssl.SSLContext | None = None
        self._proxies: dict[str, Proxy | None] = {}

    def proxy(self, url: Url) -> Proxy | None:
        """The proxy that a URL is fetched through, if there is one."""
        setting = self._settings.proxy
        if setting is None:
            return None
        if url.scheme not in self._proxies:
            self._proxies[url.scheme] = proxy_for(setting, url.scheme)
        if setting == "env" and bypassed(url.host):
            return None
        return self._proxies[url.scheme]

    async def open(self, url: Url, proxy: Proxy | None, deadline: float) -> Connection:
        """A connection that is ready for a request, before ``deadline`` in the loop's clock. Raises ConnectError."""
        permitted = False
        context = self._tls() if "https" in (url.scheme, proxy and proxy.url.scheme) else None
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(deadline):
                addresses, permitted = await self._addresses(url, proxy)
                dns = asyncio.get_running_loop().time() - started
                connection = await open_connection(url, addresses, self._settings, context, proxy)
        except TimeoutError:
            late = Failure(kind=FailureKind.TIMEOUT, detail="no connection within the time allowed")
            raise ConnectError(late, permitted=permitted) from None
        except ConnectError as error:
            error.permitted = permitted
            raise
        connection.permitted = permitted
        connection.opened["dns"] = dns
        return connection

    async def _addresses(self, url: Url, proxy: Proxy | None) -> tuple[list[str], bool]:
        if proxy is None:
            return await addresses_of(url, self._resolver, self._settings)
        certain = _without_asking(url, self._settings)  # can be refused from here
        permitted = certain is not None and _admitted(url, certain, self._settings)[1]
        if proxy.url.address is not None:
            return [proxy.url.host], permitted
        try:
            return await self._resolver.resolve(proxy.url.host), permitted
        except ResolutionError:
            raise _fail(FailureKind.PROXY, "the proxy's name cannot be resolved") from None

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = client_context(self._settings.cafile)
        return self._context


async def addresses_of(
    url: Url, resolver: Resolver, settings: FetchSettings
) -> tuple[list[str], bool]:
    """The addresses that may be connected to, and whether they are not public but let in. At most two of each family.

    One address that is not public refuses them all: an answer that mixes is a fault, or an attack. Raises ConnectError.
    """
    found = _without_asking(url, settings)
    if found is None:
        try:
            found = await resolver.resolve(url.host)
        except ResolutionError as error:
            raise _fail(error.kind, error.detail) from None
    return _admitted(url, found, settings)


def _without_asking(url: Url, settings: FetchSettings) -> list[str] | None:
    """The addresses of a host that no name server is asked for; None for any other. Raises ConnectError for a name that cannot exist."""
    if url.address is not None:
        return [url.host]
    if url.is_localhost:
        return _loopback(settings)
    if url.host.rpartition(".")[2] in ("invalid", "onion"):  # RFC 6761, RFC 7686
        raise _fail(
            FailureKind.HOST_NOT_FOUND, "the name does not exist: its top-level domain is reserved"
        )
    return None


def _admitted(url: Url, found: list[str], settings: FetchSettings) -> tuple[list[str], bool]:
    verdicts = {address: refusal(address, settings.allow_networks) for address in found}
    refused = {address: what for address, (what, _) in verdicts.items() if what}
    if refused:
        raise _fail(FailureKind.PRIVATE_ADDRESS, _describe_refused(url, refused, len(verdicts)))
    six = [address for address in verdicts if ":" in address][:2]
    four = [address for address in verdicts if ":" not in address][:2]
    return six + four, any(permitted for _, permitted in verdicts.values())


def _loopback(settings: FetchSettings) -> list[str]:
    """localhost is loopback by definition (RFC 6761), so no name server is asked."""
    for address in ("127.0.0.1", "::1"):
        if refusal(address, settings.allow_networks)[1]:
            return [address]
    return ["127.0.0.1", "::1"]


def _describe_refused(url: Url, refused: dict[str, str], count: int) -> str:
    address, what = next(iter(refused.items()))
    if url.address is not None:
        return f"the address {address} is {what}"
    mixed = f", and {count - len(refused)} more that are public" if count > len(refused) else ""
    return f"the host has the address {address}, which is {what}{mixed}"


def _fail(kind: FailureKind, detail: str) -> ConnectError:
    return ConnectError(Failure(kind=kind, detail=detail))
