"""A profile: what one gateway accepts and how it fetches. Data, never code.

A profile is a TOML file. Every value is either plain or ``{ value = ..., source = "..." }``; the built-in ones give a
source for each (a test holds that), "assumed: ..." where the gateway documents nothing. ``extends = "sinch"`` starts from another
profile, by name or by path beside the file.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import UsageError
from .limits import Fetch, Gateway, Limits, MessageLimits
from .mediatype import canonical, essence, kind_of
from .verdict import Severity

_BUILT_IN = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one gateway accepts, and how it fetches.

    ``types`` holds canonical media types. ``severities`` overrides a rule's own severity by its id; None switches the rule off. ``sources`` maps
    a dotted key (``limits.image_bytes``) to where its value comes from.
    """

    name: str
    title: str = ""
    note: str = ""
    types: frozenset[str] = frozenset()
    limits: Limits = Limits()
    fetch: Fetch = Fetch()
    message: MessageLimits = MessageLimits()
    gateway: Gateway = Gateway()
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)

    def max_bytes(self, media_type: str | None) -> int | None:
        """The largest body in bytes that is accepted for a canonical type; the largest of all where the type is unknown."""
        limits = self.limits
        by_kind = {
            "image": limits.image_bytes, "audio": limits.audio_bytes, "video": limits.video_bytes,
            "text": limits.text_bytes, "object": limits.object_bytes,
        }  # fmt: skip
        if media_type is None:
            known = [size for size in by_kind.values() if size is not None]
            return max(known) if known else None
        if media_type == "image/gif" and limits.gif_bytes is not None:
            return limits.gif_bytes
        return by_kind[kind_of(media_type)]

    def settings(self) -> Iterator[tuple[str, Any, str]]:
        """Every value that is set, as (dotted key, value, source)."""
        yield "types", tuple(sorted(self.types)), self.sources.get("types", "")
        for section in _SECTIONS:
            part = getattr(self, section)
            for item in fields(part):
                value = getattr(part, item.name)
                key = f"{section}.{item.name}"
                if key in self.sources or not (value is None or value is False or value == ()):
                    yield key, value, self.sources.get(key, "")
        for rule, severity in self.severities.items():
            key = f"severities.{rule}"
            yield key, severity.value if severity else "off", self.sources.get(key, "")


_SECTIONS = {"limits": Limits, "fetch": Fetch, "message": MessageLimits, "gateway": Gateway}
_CHOICES = {
    "fetch.redirects": ("forbid", "warn", "allow"),
    "fetch.encodings": ("identity", "gzip"),
    "fetch.strips_query": ("image", "audio", "video", "text", "object"),
    "gateway.fallback_sms_text": ("yes", "no", "warn"),
}


def built_in() -> list[str]:
    """The names of the profiles that come with preflight, the default first."""
    names = sorted(path.stem for path in _BUILT_IN.glob("*.toml"))
    return sorted(names, key=lambda name: (name != "sinch", name))


@lru_cache(maxsize=64)
def load(name_or_path: str) -> Profile:
    """A profile by its built-in name, or from a TOML file.

    Raises UsageError in one sentence: no such profile, not TOML, an unknown key (with the nearest known one), a value of the
    wrong form.
    """
    return _load(name_or_path, Path(), ())


def _load(name_or_path: str, base: Path, seen: tuple[Path, ...]) -> Profile:
    path = _find(name_or_path, base).resolve()
    if path in seen:
        raise UsageError(f"profile {name_or_path!r} extends itself")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read profile {name_or_path!r}: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"profile {name_or_path!r} is not TOML: {error}") from None
    parent = raw.pop("extends", None)
    if parent is not None and not isinstance(parent, str):
        raise UsageError(f"profile {name_or_path!r}: extends must name one profile")
    start = _load(parent, path.parent, (*seen, path)) if parent else Profile(name=path.stem)
    return _build(start, raw, path.stem)


def _find(name_or_path: str, base: Path) -> Path:
    if name_or_path in built_in():
        return _BUILT_IN / f"{name_or_path}.toml"
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        path = base / name_or_path
        if path.is_file():
            return path
        raise UsageError(f"there is no profile file {name_or_path!r}")
    raise UsageError(f"there is no profile {name_or_path!r}{nearest(name_or_path, built_in())}")


def nearest(word: str, known: list[str]) -> str:
    """A hint at the known word closest to a wrong one: ``"; did you mean 'sinch'?"``, or nothing."""
    begun = [one for one in known if len(word) > 2 and one.startswith(word)]
    close = begun or difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""


def _build(start: Profile, raw: dict[str, Any], stem: str) -> Profile:
    where = f"profile {raw.get('name', stem)!r}"
    known = ["name", "title", "note", "types", "severities", "extends", *_SECTIONS]
    for key in raw:
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, known)}")
    sources = dict(start.sources)
    types = start.types
    if "types" in raw:
        types = _types(where, _unwrap(where, "types", raw["types"], sources))
    severities = dict(start.severities)
    for rule, given in _table(where, "severities", raw).items():
        value = _unwrap(where, f"severities.{rule}", given, sources)
        severities[rule] = _severity(where, rule, value)
    sections = {
        name: _section(where, name, getattr(start, name), _table(where, name, raw), sources)
        for name in _SECTIONS
    }
    return Profile(
        name=_string(where, "name", raw.get("name", stem)),
        title=_string(where, "title", raw.get("title", start.title)),
        note=_string(where, "note", raw.get("note", start.note)),
        types=types, severities=severities, sources=sources, **sections,
    )  # fmt: skip


def _section(
    where: str, name: str, start: Any, raw: dict[str, Any], sources: dict[str, str]
) -> Any:
    kind = _SECTIONS[name]
    hints = {item.name: str(item.type) for item in fields(kind)}
    values = {item.name: getattr(start, item.name) for item in fields(kind)}
    for key, given in raw.items():
        if key not in hints:
            raise UsageError(f"{where}: unknown key {f'{name}.{key}'!r}{nearest(key, list(hints))}")
        value = _unwrap(where, f"{name}.{key}", given, sources)
        values[key] = _typed(where, f"{name}.{key}", hints[key], value)
    return kind(**values)


def _unwrap(where: str, key: str, given: Any, sources: dict[str, str]) -> Any:
    """The value of ``{ value, source }`` or a plain one; the source of an inherited value goes with the value."""
    sources.pop(key, None)
    if not isinstance(given, dict):
        return given
    for word in given:
        if word not in ("value", "source"):
            raise UsageError(
                f"{where}: unknown key {f'{key}.{word}'!r}{nearest(word, ['value', 'source'])}"
            )
    if "value" not in given:
        raise UsageError(f"{where}: {key} has no value")
    if "source" in given:
        sources[key] = _string(where, f"{key}.source", given["source"])
    return given["value"]


def _typed(where: str, key: str, hint: str, value: Any) -> Any:
    if value == "none" and "None" in hint:
        return None
    if "tuple" in hint:
        return _strings(where, key, value)
    number = (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
    )
    good = {
        "bool": isinstance(value, bool),
        "int": number and isinstance(value, int),
        "float": number,
        "str": isinstance(value, str) and value in _CHOICES.get(key, (value,)),
    }
    word = hint.split(" ")[0]
    if not good[word]:
        kinds = {
            "bool": "true or false",
            "int": "a whole number",
            "float": "a number",
            "str": "a string",
        }
        wanted = " or ".join(_CHOICES.get(key, ())) or kinds[word]
        raise UsageError(f"{where}: {key} must be {wanted}, not {value!r}")
    return value


def _strings(where: str, key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{where}: {key} must be a list of strings")
    choices = _CHOICES.get(key)
    for item in value:
        if choices and item not in choices:
            raise UsageError(f"{where}: {key} must hold {' or '.join(choices)}, not {item!r}")
    return tuple(value)


def _types(where: str, value: Any) -> frozenset[str]:
    if not isinstance(value, list) or not all(
        isinstance(item, str) and essence(item) == item for item in value
    ):
        raise UsageError(f"{where}: types must be a list of media types in lower case")
    return frozenset(canonical(item) for item in value)


def _severity(where: str, rule: str, value: Any) -> Severity | None:
    if value == "off":
        return None
    try:
        return Severity(value)
    except ValueError:
        raise UsageError(
            f"{where}: severities.{rule} must be error, warning, info or off"
        ) from None


def _table(where: str, name: str, raw: dict[str, Any]) -> dict[str, Any]:
    value = raw.get(name, {})
    if not isinstance(value, dict):
        raise UsageError(f"{where}: {name} must be a table")
    return value


def _string(where: str, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{where}: {name} must be a string")
    return value
