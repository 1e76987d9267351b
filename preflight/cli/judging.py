"""How the observations of a run are judged, as a value that can go to another process."""

from __future__ import annotations

from collections.abc import Sequence

from ..judging import Ignore, judge_all
from ..observation import Observation
from ..profile import Profile
from ..rules import BY_ID, RULES
from ..verdict import Verdict
from .ignores import Ignoring
from .overrides import Overrides


class Judging:
    """Called with observations, it gives their verdicts. ``rules`` are names: functions do not travel."""

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

    def __call__(self, observations: Sequence[Observation]) -> list[Verdict]:
        """Judge."""
        ignoring = self._ignore if self._ignoring else None
        if self._overrides is None:
            return judge_all(observations, self.profile, self._rules, ignoring)
        found = []
        for one in observations:
            profile = self._overrides.profile(one.target.url)
            found += judge_all([one], profile, self._rules, ignoring)
        return found

    def _ignore(self, observation: Observation) -> Ignore | None:
        return self._ignoring.at_url(observation.target.url) if self._ignoring else None
