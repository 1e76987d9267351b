"""A receiver of the gateway's postbacks, with aiohttp: each may come six times and in any order, and is written down once.

    POSTBACK_TOKEN=... python postbacks_aiohttp.py

The gateway signs nothing, so the address itself is the secret: https://you.example/postbacks/TOKEN.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from collections.abc import AsyncIterator

from aiohttp import web

from preflight import Ledger
from preflight.gateway.postback import Unreadable, parse

LEDGER = web.AppKey("ledger", Ledger)
TOKEN = web.AppKey("token", str)


async def receive(request: web.Request) -> web.Response:
    """200 for everything that was understood, known or not: any other answer makes the gateway send it again."""
    token = request.match_info["token"].encode()
    if not hmac.compare_digest(token, request.app[TOKEN].encode()):
        raise web.HTTPNotFound
    postback = parse(await request.read())
    if isinstance(postback, Unreadable):
        raise web.HTTPBadRequest(text=postback.reason)
    entry = await asyncio.to_thread(request.app[LEDGER].reconcile, postback)
    return web.Response(text="unknown message" if entry is None else f"{entry.state}")


async def ledger(app: web.Application) -> AsyncIterator[None]:
    """The ledger that the sends are in."""
    with Ledger(os.environ.get("PREFLIGHT_LEDGER", "sent.sqlite")) as app[LEDGER]:
        yield


def application() -> web.Application:
    """The receiver."""
    app = web.Application(client_max_size=65_536)
    app[TOKEN] = os.environ["POSTBACK_TOKEN"]
    app.cleanup_ctx.append(ledger)
    app.router.add_post("/postbacks/{token}", receive)
    return app


if __name__ == "__main__":
    web.run_app(application(), port=8080)
