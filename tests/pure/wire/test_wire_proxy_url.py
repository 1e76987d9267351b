"""A proxy's URL, the environment, and that its credentials are shown nowhere."""

from __future__ import annotations

import base64

import pytest

from preflight.errors import UsageError
from preflight.wire.proxy import bypassed, proxy_for, read_proxy

VARIABLES = (
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "REQUEST_METHOD",
)


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("text", "host", "port", "credentials"),
    [
        ("http://proxy.example:3128", "proxy.example", 3128, None), ("http://proxy.example:3128/", "proxy.example", 3128, None),
        ("https://proxy.example", "proxy.example", 443, None), ("HTTP://127.0.0.1", "127.0.0.1", 80, None), ("http://[::1]:8080", "::1", 8080, None),
        ("http://u:p@proxy.example:3128", "proxy.example", 3128, "u:p"), ("http://u@proxy.example", "proxy.example", 80, "u:"),
        ("http://u:p%40q%3A%2F@proxy.example", "proxy.example", 80, "u:p@q:/"), ("http://u:a:b@proxy.example", "proxy.example", 80, "u:a:b"),
        ("http://:p@proxy.example", "proxy.example", 80, ":p"), ("http://@proxy.example", "proxy.example", 80, None), ("http://%C3%A9:p@a.example", "a.example", 80, "é:p"),
    ],
)  # fmt: skip
def test_proxies(text: str, host: str, port: int, credentials: str | None) -> None:
    proxy = read_proxy(text)
    assert (proxy.url.host, proxy.url.port) == (host, port)
    if credentials is None:
        assert proxy.authorization is None and proxy.fields == ""
    else:
        assert proxy.authorization is not None
        assert base64.b64decode(proxy.authorization.removeprefix("Basic ")).decode() == credentials
        assert proxy.fields == f"Proxy-Authorization: {proxy.authorization}\r\n"


@pytest.mark.parametrize(
    "text",
    ["", "proxy.example:3128", "socks5://proxy.example:1080", "ftp://a.example", "http://", "http://u:CANARY@", "http://u:CANARY@a@b.example", "http://u:CANARY@b.example/path",
     "http://u:CANARY@b.example:99999", "http://u:CANARY@-b", "http://u:CANARY@127.1", "http://u:CANARY@b.example\r\nX: 1", "http://u:CANARY@b.example?q"],
)  # fmt: skip
def test_what_is_no_proxy_is_refused_without_its_credentials(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_proxy(text)
    assert "CANARY" not in str(caught.value) and "CANARY" not in repr(caught.value)


def test_a_proxy_does_not_show_its_credentials() -> None:
    proxy = read_proxy("http://u:CANARY@proxy.example:3128")
    assert repr(proxy) == str(proxy) == "Proxy(http://proxy.example:3128)"


def test_none_is_none_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://env.example")
    assert proxy_for(None, "http") is None
    given = proxy_for("http://own.example", "http")
    assert given is not None and given.url.host == "own.example"


@pytest.mark.parametrize(
    ("variables", "scheme", "host"),
    [
        ({}, "http", None), ({"http_proxy": "http://a.example"}, "http", "a.example"), ({"http_proxy": "http://a.example"}, "https", None),
        ({"HTTPS_PROXY": "http://b.example"}, "https", "b.example"), ({"all_proxy": "http://c.example"}, "https", "c.example"),
        ({"ALL_PROXY": "http://c.example", "http_proxy": "http://a.example"}, "http", "a.example"), ({"http_proxy": "", "ALL_PROXY": "http://c.example"}, "http", "c.example"),
        ({"HTTP_PROXY": "http://a.example", "REQUEST_METHOD": "GET"}, "http", None), ({"http_proxy": "http://a.example", "REQUEST_METHOD": "GET"}, "http", "a.example"),
    ],
)  # fmt: skip
def test_the_environment(
    variables: dict[str, str], scheme: str, host: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = proxy_for("env", scheme)
    assert (found.url.host if found else None) == host


@pytest.mark.parametrize(
    ("no_proxy", "host", "without"),
    [
        ("", "a.example", False), ("*", "a.example", True), ("a.example", "a.example", True), ("a.example", "b.a.example", True), (".a.example", "b.a.example", True),
        (".a.example", "a.example", True), ("a.example", "ba.example", False), (" x.example , A.EXAMPLE", "a.example", True), ("127.0.0.1", "127.0.0.1", True), (",,", "a.example", False),
    ],
)  # fmt: skip
def test_no_proxy(no_proxy: str, host: str, without: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert bypassed(host) is without
