"""What is asked of a URL: the request that each purpose stands for, and how much of an answer is read."""

from __future__ import annotations

from functools import lru_cache

from ..mediatype import declared, is_generic, kind_of
from ..observation import Purpose
from ..profile import Profile
from ..wire.reply import DROP, Keep, Plan, Planner
from ..wire.request import Ask
from ..wire.settings import MAX_BODY

_WEBP = "image/avif,image/webp,image/apng,*/*;q=0.8"


class Questions:
    """The questions of one run. ``first`` is the one that every URL is asked."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self.limit = lru_cache(maxsize=256)(self._limit)
        self._asks = {purpose: self._made(purpose) for purpose in Purpose}
        self.first = self._asks[Purpose.IDENTITY]

    def ask(self, purpose: Purpose) -> Ask:
        """The request of a purpose."""
        return self._asks[purpose]

    def _limit(self, stated: str | None) -> int:
        """Bytes that are read of a body of this declared type: of a text, as of what says nothing, as many as of any, since vCards and
        calendars are text, too, and servers that know no type often call it text."""
        known = stated if stated and not is_generic(stated) and kind_of(stated) != "text" else None
        most = self._profile.max_bytes(known) if self._profile.refuses_size else None
        return most or MAX_BODY

    def _made(self, purpose: Purpose) -> Ask:
        encoding = "gzip" if purpose is Purpose.GZIP else "identity"
        accept = _WEBP if purpose is Purpose.WEBP else self._profile.fetch.accept
        return Ask(
            purpose=purpose, accept=accept, encoding=encoding, planner=self._planner(purpose)
        )

    def _planner(self, purpose: Purpose) -> Planner:
        if purpose in (Purpose.GZIP, Purpose.WEBP):
            return lambda head: DROP
        keep = Keep.BYTES if purpose is Purpose.IDENTITY else Keep.DIGEST

        @lru_cache(maxsize=256)
        def plan_for(stated: str | None) -> Plan:
            return Plan(keep, self.limit(stated))

        return lambda head: plan_for(declared(head.values("content-type"))[0])
