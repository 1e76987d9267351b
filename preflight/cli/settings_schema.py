"""The JSON Schema of the settings file, made from the table of settings, so that editors can complete and check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..profile import built_in
from ..report import FORMATS
from ..rules import BY_ID
from .settings_table import EVERY, Setting

FILE = Path(__file__).parent / "schema" / "preflight-toml.json"
"""Where it is in the package."""

_TYPES: dict[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    list: {"type": "array", "items": {"type": "string"}},
}


def schema() -> dict[str, Any]:
    """The schema of ``preflight.toml``, and of the table tool.preflight in pyproject.toml."""
    properties = {name: _of(setting) for name, setting in sorted(EVERY.items())}
    rules = properties.pop("ignore")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "preflight.toml",
        "description": "Settings of preflight; also as [tool.preflight] in pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **properties,
            "ignore": {"anyOf": [rules, {"type": "array", "items": _ignore()}]},
            "override": {"type": "array", "items": _override()},
        },
    }


def text() -> str:
    """The schema as the file has it."""
    return json.dumps(schema(), indent=2) + "\n"


def _of(setting: Setting) -> dict[str, Any]:
    value: dict[str, Any] = {**_TYPES[setting.kind], "description": setting.help}
    if setting.choices:
        value["enum"] = list(setting.choices)
    if setting.name in ("select", "ignore"):
        value["items"] = _rule()
    if setting.name == "format":
        value["items"] = {"type": "string", "pattern": f"^({'|'.join(FORMATS)})(=.+)?$"}
    if setting.name == "profile":
        value["examples"] = built_in()
    if setting.default not in (None, ()):
        value["default"] = setting.default
    return value


def _rule() -> dict[str, Any]:
    return {"enum": sorted(BY_ID)}


def _ignore() -> dict[str, Any]:
    glob = "A URL; * stands for anything within a path segment, ** for anything."
    return {
        "type": "object",
        "description": "Findings that do not count until a day.",
        "additionalProperties": False,
        "required": ["url", "rules", "reason", "expires"],
        "properties": {
            "url": {"type": "string", "description": glob},
            "rules": {"type": "array", "minItems": 1, "items": _rule()},
            "reason": {"type": "string", "pattern": "\\S"},
            "expires": {
                "type": "string",
                "format": "date",
                "description": "A TOML date; the last day on which it holds.",
            },
        },
    }


def _override() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "Another profile or other severities for some URLs; every one that fits applies, in order.",
        "additionalProperties": False,
        "required": ["url"],
        "anyOf": [{"required": ["profile"]}, {"required": ["severity"]}],
        "properties": {
            "url": {"type": "string"},
            "profile": {"type": "string", "examples": built_in()},
            "severity": {
                "type": "object",
                "propertyNames": _rule(),
                "additionalProperties": {"enum": ["error", "warning", "info", "off"]},
            },
        },
    }


if __name__ == "__main__":  # python -m preflight.cli.settings_schema writes it anew
    FILE.write_text(text(), encoding="utf-8")
