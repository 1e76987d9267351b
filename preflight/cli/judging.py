"""How the observations of a run are judged, as a value that can go to another process."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ..judging import judge
from ..observation import Observation
from ..profile import Profile
from ..rules import BY_ID, RULES, Rule
from ..values import dataclass
from ..verdict import Verdict
from .ignores import Ignoring
from .overrides import Overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Called with an observation, it gives the verdict. ``rules`` are names: functions do not travel."""

    profile: Profile
    rules: tuple[str, ...] = tuple(rule.id for rule in RULES)
    ignoring: Ignoring | None = None
    overrides: Overrides | None = None

    def __call__(self, observation: Observation) -> Verdict:
        """Judge."""
        url = observation.target.url
        profile = self.overrides.profile(url) if self.overrides else self.profile
        ignore = self.ignoring.at_url(url) if self.ignoring else None
        return judge(observation, profile, _rules(self.rules), ignore)


@lru_cache(maxsize=8)
def _rules(names: tuple[str, ...]) -> Sequence[Rule]:
    chosen = tuple(BY_ID[name] for name in names)
    return RULES if chosen == tuple(RULES) else chosen
