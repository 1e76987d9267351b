"""The values in a profile's file: each of the form that its setting wants, or a sentence that says what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from .errors import UsageError
from .limits import Fetch, Gateway, Limits, MessageLimits
from .mediatype import canonical, essence
from .nearest import nearest
from .verdict import Severity

_Section = TypeVar("_Section", Limits, Fetch, MessageLimits, Gateway)
_CHOICES = {
    "fetch.redirects": ("forbid", "warn", "allow"),
    "fetch.encodings": ("identity", "gzip"),
    "fetch.strips_query": ("image", "audio", "video", "text", "object"),
    "gateway.fallback_sms_text": ("yes", "no", "warn"),
}
_SENT = ("fetch.user_agent", "fetch.accept")
_FORMS = {"bool": "true or false", "int": "a whole number", "float": "a number", "str": "a string"}


class Values:
    """What one file says. ``sources`` begins with those of the profile that it extends; each value that is read brings its own.

    Every reader raises UsageError with the profile's name and the key.
    """

    def __init__(self, raw: dict[str, Any], stem: str, sources: Mapping[str, str]) -> None:
        self.sources = dict(sources)
        self._raw = raw
        name = raw.get("name")
        self._where = f"profile {(name if isinstance(name, str) else stem)!r}"

    def refuse_unknown(self, known: list[str]) -> None:
        """An error for the first key that is none of these."""
        for key in self._raw:
            if key not in known:
                raise self._error(f"unknown key {key!r}{nearest(key, known)}")

    def text(self, key: str, inherited: str) -> str:
        """A plain string."""
        return self._string(key, self._raw.get(key, inherited))

    def types(self, inherited: frozenset[str]) -> frozenset[str]:
        """The media types, canonical."""
        if "types" not in self._raw:
            return inherited
        value = self._value("types", self._raw["types"])
        if not isinstance(value, list) or not all(
            isinstance(item, str) and essence(item) == item for item in value
        ):
            raise self._error("types must be a list of media types in lower case")
        return frozenset(canonical(item) for item in value)

    def severities(self, inherited: Mapping[str, Severity | None]) -> Mapping[str, Severity | None]:
        """Severities by rule; None for a rule that is off. Which rules there are is not known here."""
        found = dict(inherited)
        for rule, given in self._table("severities").items():
            value = self._value(f"severities.{rule}", given)
            try:
                found[rule] = None if value == "off" else Severity(value)
            except ValueError:
                words = "error, warning, info or off"
                raise self._error(f"severities.{rule} must be {words}") from None
        return found

    def section(self, name: str, inherited: _Section) -> _Section:
        """One table of settings, the others as they were."""
        forms = {item.name: str(item.type) for item in fields(inherited)}
        changed: dict[str, Any] = {}
        for setting, given in self._table(name).items():
            key = f"{name}.{setting}"
            if setting not in forms:
                raise self._error(f"unknown key {key!r}{nearest(setting, list(forms))}")
            changed[setting] = self._formed(key, forms[setting], self._value(key, given))
        return replace(inherited, **changed)

    def _value(self, key: str, given: Any) -> Any:
        """The value of ``{ value, source }`` or a plain one; the source of an inherited value goes with that value."""
        self.sources.pop(key, None)
        if not isinstance(given, dict):
            return given
        for word in given:
            if word not in ("value", "source"):
                hint = nearest(word, ["value", "source"])
                raise self._error(f"unknown key {f'{key}.{word}'!r}{hint}")
        if "value" not in given:
            raise self._error(f"{key} has no value")
        if "source" in given:
            self.sources[key] = self._string(f"{key}.source", given["source"])
        return given["value"]

    def _formed(self, key: str, form: str, value: Any) -> Any:
        """A value of the form of its field, which is written as its annotation: ``int | None``."""
        if value == "none" and "None" in form:
            return None
        if "tuple" in form:
            return self._strings(key, value)
        word, choices = form.split(" ")[0], _CHOICES.get(key, ())
        if not _is(word, value) or (choices and value not in choices):
            wanted = " or ".join(choices) or _FORMS[word]
            raise self._error(f"{key} must be {wanted}, not {_shown(value)}")
        if key in _SENT and not _is_sendable(value):
            raise self._error(f"{key} must be visible ASCII on one line, not {_shown(value)}")
        if key == "fetch.timeout_s" and not value:
            raise self._error(f"{key} must be more than 0")
        return value

    def _strings(self, key: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._error(f"{key} must be a list of strings")
        choices = _CHOICES.get(key)
        for item in value:
            if choices and item not in choices:
                raise self._error(f"{key} must hold {' or '.join(choices)}, not {item!r}")
        if key == "fetch.encodings" and "identity" not in value:
            raise self._error(
                f'{key} must hold "identity": every URL is asked for without compression first'
            )
        return tuple(value)

    def _table(self, name: str) -> dict[str, Any]:
        value = self._raw.get(name, {})
        if not isinstance(value, dict):
            raise self._error(f"{name} must be a table")
        return value

    def _string(self, key: str, value: Any) -> str:
        if not isinstance(value, str):
            raise self._error(f"{key} must be a string")
        return value

    def _error(self, problem: str) -> UsageError:
        return UsageError(f"{self._where}: {problem}")


def _is(word: str, value: Any) -> bool:
    if word in ("bool", "str"):
        return isinstance(value, bool if word == "bool" else str)
    number = int if word == "int" else int | float
    if not isinstance(value, number) or isinstance(value, bool) or _is_vast(value):
        return False
    return 0 <= value < math.inf


def _is_sendable(text: str) -> bool:
    """Whether a text may stand in a header field as ``--header`` wants it too, so that it cannot end the line it stands on."""
    return text.isascii() and text.replace("\t", " ").isprintable()


def _is_vast(value: Any) -> bool:
    """Whether an integer has more than the 64 bits of TOML's own: no limit needs it, and not each is a float."""
    return isinstance(value, int) and value.bit_length() > 63


def _shown(value: Any) -> str:
    try:
        return repr(value)
    except ValueError:  # Python writes no integer of over 4,300 digits out
        return "a number of that size"
