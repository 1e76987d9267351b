"""Hosting and gateway together."""

from __future__ import annotations

from contextlib import AsyncExitStack

from .gateway import SandboxGateway
from .hosting import Hosting


class Sandbox:
    """Both servers as one asynchronous context manager: ``box.hosting`` and ``box.gateway``, each with its own settings."""

    def __init__(
        self, hosting: Hosting | None = None, gateway: SandboxGateway | None = None
    ) -> None:
        self.hosting = hosting or Hosting()
        self.gateway = gateway or SandboxGateway()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Sandbox:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.hosting)
            await stack.enter_async_context(self.gateway)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()
