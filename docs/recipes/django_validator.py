"""Django: a validator for the fields of models and forms that hold media URLs.

    image = models.URLField(validators=[MediaUrlValidator()])

``python django_validator.py URL`` shows what the form below says.
"""

from __future__ import annotations

import os
import sys
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible

from preflight import Guard, Outcome


@cache
def guard(profile: str) -> Guard:
    """One guard a process and profile; a forked worker opens its own with its first check."""
    networks = os.environ.get("PREFLIGHT_ALLOW_NETWORK", "").split()
    return Guard(profile=profile, max_age=600, timeout=8, allow_networks=networks)


@deconstructible
class MediaUrlValidator:
    """Refuses a URL that the gateway would not deliver, with the reason and the fix; the code is the rule's name."""

    def __init__(self, profile: str = "sinch") -> None:
        self.profile = profile

    def __call__(self, value: str) -> None:
        """Check one URL."""
        (verdict,) = guard(self.profile).check_blocking([value])
        if verdict.outcome is Outcome.UNKNOWN:
            raise ValidationError("The media could not be checked; try again.", code="unknown")
        if not verdict.accepted:
            raise ValidationError(
                [
                    ValidationError(f"{one.message} {one.fix}", code=one.rule)
                    for one in verdict.findings
                    if one.severity == "error"
                ]
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MediaUrlValidator) and other.profile == self.profile

    def __hash__(self) -> int:
        return hash(self.profile)


def main(url: str) -> int:
    """Put a URL into a form."""
    from django.conf import settings

    settings.configure(USE_I18N=False)
    from django import forms

    class MediaForm(forms.Form):
        image = forms.CharField(validators=[MediaUrlValidator()])

    form = MediaForm({"image": url})
    if form.is_valid():
        print("accepted")
        return 0
    for error in form.errors.as_data()["image"]:
        print(f"{error.code}: {error.messages[0]}")
    return 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
