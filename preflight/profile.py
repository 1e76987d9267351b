"""A profile: what one gateway accepts and how it fetches. Data, never code.

A profile is a TOML file. Every value is either plain or ``{ value = ..., source = "..." }``; the built-in ones give a
source for each (a test holds that), "assumed: ..." where the gateway documents nothing. ``extends = "sinch"`` starts from another
profile, by name or by path beside the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import UsageError
from .limits import Fetch, Gateway, Limits, MessageLimits
from .mediatype import KINDS, kind_of
from .nearest import nearest
from .profile_values import Values
from .values import dataclass
from .verdict import Severity

_BUILT_IN = Path(__file__).parent / "profiles"
_SECTIONS = ("limits", "fetch", "message", "gateway")


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
        if media_type is None:
            sizes = [getattr(limits, f"{kind}_bytes") for kind in KINDS]
            return max((size for size in sizes if size is not None), default=None)
        if media_type == "image/gif" and limits.gif_bytes is not None:
            return limits.gif_bytes
        size: int | None = getattr(limits, f"{kind_of(media_type)}_bytes")
        return size

    @property
    def refuses_size(self) -> bool:
        """Whether a file is refused for its size alone. Where it is only warned of, a larger one must be looked at to its end."""
        return self.severities.get("content-too-large", Severity.ERROR) is Severity.ERROR

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
    raw = _parsed(path, name_or_path)
    parent = raw.pop("extends", None)
    if parent is not None and not isinstance(parent, str):
        raise UsageError(f"profile {name_or_path!r}: extends must name one profile")
    start = _load(parent, path.parent, (*seen, path)) if parent else Profile(name=path.stem)
    return _build(start, raw, path.stem)


def _parsed(path: Path, shown: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"profile {shown!r} is not TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise UsageError(f"cannot read profile {shown!r}: {reason}") from None
    except ValueError:  # int() refuses what it would take too long to read
        raise UsageError(f"profile {shown!r} holds a number of too many digits") from None
    except RecursionError:
        raise UsageError(f"profile {shown!r} is nested too deep") from None


def _find(name_or_path: str, base: Path) -> Path:
    if name_or_path in built_in():
        return _BUILT_IN / f"{name_or_path}.toml"
    if name_or_path.endswith(".toml") or "/" in name_or_path:
        path = base / name_or_path
        if path.is_file():
            return path
        raise UsageError(f"there is no profile file {name_or_path!r}")
    raise UsageError(f"there is no profile {name_or_path!r}{nearest(name_or_path, built_in())}")


def _build(start: Profile, raw: dict[str, Any], stem: str) -> Profile:
    values = Values(raw, stem, start.sources)
    values.refuse_unknown(["name", "title", "note", "types", "severities", "extends", *_SECTIONS])
    return Profile(
        types=values.types(start.types),
        severities=values.severities(start.severities),
        limits=values.section("limits", start.limits),
        fetch=values.section("fetch", start.fetch),
        message=values.section("message", start.message),
        gateway=values.section("gateway", start.gateway),
        name=values.text("name", stem),
        title=values.text("title", start.title),
        note=values.text("note", start.note),
        sources=values.sources,
    )
