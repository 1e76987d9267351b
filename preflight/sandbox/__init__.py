"""The sandbox: hosting with every fault, and a gateway that fetches by the documented rules, both on loopback.

``async with Sandbox() as box`` starts both. The names below load on first use: hosting needs the standard library only, the
gateway aiohttp and Pillow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .box import Sandbox
    from .copying import Copier
    from .gateway import SandboxGateway
    from .hosting import Hosting
    from .paths import PATHS, Case

__all__ = ["PATHS", "Case", "Copier", "Hosting", "Sandbox", "SandboxGateway"]

_HOMES = {
    "Sandbox": "box", "Copier": "copying", "SandboxGateway": "gateway",
    "Hosting": "hosting", "PATHS": "paths", "Case": "paths",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
