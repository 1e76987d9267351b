"""``check --offline``: what can be said without a network. URLs, literal addresses, extensions, signatures' ends and messages are judged by the
rules that judge them online; everything else is left to a check that fetches.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..mediatype import extension_types, url_extension
from ..observation import Exchange, Observation
from ..profile import Profile
from ..rules import Objection, Rule, location, media_type, reach
from ..rules.message import MessageMedia
from ..target import Target
from ..wire.address import Network
from ..wire.signed import signed
from ..wire.unasked import unasked

NOTE = "checked offline: only URLs, extensions and messages were judged, and nothing was fetched"


def _by_extension(exchange: Exchange, profile: Profile) -> Objection | None:
    extension = url_extension(exchange.url) if exchange.failure is None else None
    types = extension_types(extension or "")
    if not types or types & profile.types:
        return None
    return Objection(
        f"the extension is .{extension}, and the profile {profile.name} does not take {' or '.join(sorted(types))}"
    )


_RULES = (
    reach.invalid_url,
    reach.private_address,
    location.non_standard_port,
    location.expiring_url,
    # the page and the severity of the online rule; the evidence is what the name says
    replace(media_type.unaccepted_media_type, evidence=(Exchange, Profile), check=_by_extension),
)


def rules(chosen: Iterable[Rule]) -> Sequence[Rule]:
    """Those of the chosen rules that need no network."""
    names = {rule.id for rule in chosen}
    return tuple(rule for rule in _RULES if rule.id in names)


def message_rules(chosen: Iterable[Rule]) -> Sequence[Rule]:
    """Those of the chosen rules for messages that need no facts about the media."""
    return tuple(rule for rule in chosen if MessageMedia not in rule.evidence)


def observe(target: Target, allowed: Iterable[Network]) -> Observation:
    """What a URL shows by itself. No socket is opened, and no name is resolved."""
    return Observation(
        target=target, observed_at=time.time(), exchanges=(unasked(target.url, allowed),), signed=signed(target.url)
    )  # fmt: skip
