"""How the observations of a run are judged, as a value that can go to another process."""

from __future__ import annotations

from collections.abc import Sequence

from ..judging import judge
from ..observation import Observation
from ..profile import Profile
from ..rules import BY_ID, RULES
from ..verdict import Verdict
from .ignores import Ignoring
from .overrides import Overrides


class Judging:
    """Called with an observation, it gives the verdict. ``rules`` are names: functions do not travel."""

    def __init__(
        self, profile: Profile, rules: Sequence[str], ignoring: Ignoring | None, overrides: Overrides | None
    ) -> None:  # fmt: skip
        self.profile = profile
        self.rules = tuple(rules)
        self._ignoring = ignoring
        self._overrides = overrides
        chosen = tuple(BY_ID[name] for name in self.rules)
        self._rules = RULES if chosen == tuple(RULES) else chosen

    def __reduce__(self) -> tuple[object, ...]:
        return Judging, (self.profile, self.rules, self._ignoring, self._overrides)

    def __call__(self, observation: Observation) -> Verdict:
        """Judge."""
        url = observation.target.url
        profile = self._overrides.profile(url) if self._overrides else self.profile
        ignore = self._ignoring.at_url(url) if self._ignoring else None
        return judge(observation, profile, self._rules, ignore)
