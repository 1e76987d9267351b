"""What is asked: the question that a request stands for, and its head as it goes out."""

from __future__ import annotations

import re

from ..observation import Purpose
from ..values import dataclass
from .proxy import Proxy
from .reply import Planner
from .settings import FetchSettings
from .url import Url


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question: its purpose and the two fields that carry it. ``planner`` says how much of a 200 answer's body is wanted."""

    purpose: Purpose
    accept: str
    encoding: str
    planner: Planner


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t -~]*")
OWN_FIELDS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
"""Request fields that belong to the connection, in lower case; no user may set them."""


def sendable(name: str, value: str) -> bool:
    """Whether a user's field is a token and visible ASCII, spaces and tabs, so that it cannot end the line it stands on."""
    return _NAME.fullmatch(name) is not None and _VALUE.fullmatch(value) is not None


class RequestHeads:
    """Writes request heads: HTTP/1.1, no Referer, and nothing that the profile does not say."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._fields: dict[tuple[str, str, bool], str] = {}

    def head(self, url: Url, ask: Ask, proxy: Proxy | None, *, own_origin: bool) -> str:
        """The head of a GET; ``Host`` stands first (RFC 9110 section 7.2). The absolute form is for a proxy (RFC 9112 section 3.2.2)."""
        key = (ask.accept, ask.encoding, own_origin)
        fields = self._fields.get(key)
        if fields is None:
            fields = self._fields[key] = self._field_lines(ask, own_origin=own_origin)
        if proxy is None or url.scheme == "https":
            return f"GET {url.target} HTTP/1.1\r\nHost: {url.authority}\r\n{fields}\r\n"
        target = f"http://{url.authority}{url.target}"
        return f"GET {target} HTTP/1.1\r\nHost: {url.authority}\r\n{fields}{proxy.fields}\r\n"

    def _field_lines(self, ask: Ask, *, own_origin: bool) -> str:
        """All field lines but Host. The user's own go to the first origin only, and take the place of ours."""
        own = self._settings.headers if own_origin else ()
        named = {name.lower() for name, _ in own}
        ours = (
            ("User-Agent", self._settings.profile.fetch.user_agent), ("Accept", ask.accept), ("Accept-Encoding", ask.encoding),
        )  # fmt: skip
        lines = [(name, value) for name, value in ours if name.lower() not in named]
        return "".join(f"{name}: {value}\r\n" for name, value in (*lines, *own))
