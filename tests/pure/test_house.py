"""The house keeps its floors: this table is the picture in docs/design.md, and the imports must fit it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import preflight

ROOT = Path(preflight.__file__).parent

# Floors from the cellar up; rooms on one floor do not know each other, files inside one room may.
FLOORS: tuple[tuple[str, ...], ...] = (
    (
        "errors",
        "exchange",
        "limits",
        "target",
        "message",
        "observation",
        "mediatype",
        "verdict",
        "text",
        "values",
        "profile",
        "profile_page",
        "profile_values",
        "nearest",
        "late",
        "_version",
    ),
    ("wire", "media", "rules"),
    ("observe", "judging", "manifest", "report", "recording", "cache", "gateway", "sandbox"),
    ("audit",),
    ("engines", "api"),
    ("cli", "pytest_plugin"),
)
CELLAR = set(FLOORS[0])
# The middle of the house has no windows.
NO_WINDOWS = (
    "judging",
    "rules",
    "wire.head",
    "wire.url",
    "wire.address",
    "wire.answer",
    "wire.body",
    "wire.signed",
    "wire.unasked",
)
WINDOWS = {
    "aiohttp", "aiodns", "asyncio", "magic", "PIL", "mutagen", "click", "socket", "os", "time", "ssl", "subprocess", "pathlib",
}  # fmt: skip
CELLAR_MAY = {"profile": {"pathlib"}, "values": {"msgspec"}}
ROOM_OF_FLOOR = {room: number for number, floor in enumerate(FLOORS) for room in floor}


def _modules() -> list[str]:
    names = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if name and name != "__main__":
            names.append(name)
    return names


def _tree(module: str) -> tuple[ast.Module, bool]:
    path = ROOT.joinpath(*module.split("."))
    package = path.is_dir()
    file = path / "__init__.py" if package else path.with_suffix(".py")
    return ast.parse(file.read_text(encoding="utf-8")), package


def _imports(module: str) -> tuple[set[str], set[str]]:
    """(modules of ours, top-level packages of others) that a module imports, wherever it does so."""
    tree, package = _tree(module)
    ours: set[str] = set()
    others: set[str] = set()
    here = module.split(".") if package else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            others |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level:
            base = here[: len(here) - (node.level - 1)]
            name = [*base, *(node.module.split(".") if node.module else [])]
            ours |= (
                {".".join(name)}
                if node.module
                else {".".join([*base, alias.name]) for alias in node.names}
            )
        elif isinstance(node, ast.ImportFrom):
            others.add((node.module or "").partition(".")[0])
    return ours, others


@pytest.mark.parametrize("module", _modules())
def test_doors_lead_down_only(module: str) -> None:
    room = module.partition(".")[0]
    assert room in ROOM_OF_FLOOR, (
        f"{room} has no place in the house: add it to the table and to docs/design.md"
    )
    ours, others = _imports(module)
    assert "preflight" not in others, "nobody inside imports the package root"
    for other in ours:
        neighbour = other.partition(".")[0]
        if not neighbour or neighbour == room:
            continue
        same_cellar = neighbour in CELLAR and room in CELLAR
        assert same_cellar or ROOM_OF_FLOOR[neighbour] < ROOM_OF_FLOOR[room], (
            f"{module} imports {other}"
        )


@pytest.mark.parametrize("module", [name for name in _modules() if name.startswith(NO_WINDOWS)])
def test_the_middle_has_no_windows(module: str) -> None:
    assert not _imports(module)[1] & WINDOWS


@pytest.mark.parametrize("module", sorted(CELLAR))
def test_the_cellar_needs_the_standard_library_and_structs_only(module: str) -> None:
    import sys

    _, others = _imports(module)
    assert others <= set(sys.stdlib_module_names) | CELLAR_MAY.get(module, set())
    assert not others & (WINDOWS - CELLAR_MAY.get(module, set()))


def test_the_cellar_has_no_cycles() -> None:
    doors = {module: {one for one in _imports(module)[0] if one in CELLAR} for module in CELLAR}
    while doors:
        free = {module for module, needs in doors.items() if not needs & doors.keys()}
        assert free, f"these import each other: {sorted(doors)}"
        doors = {module: needs for module, needs in doors.items() if module not in free}
