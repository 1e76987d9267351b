"""A receiver of the gateway's postbacks, with FastAPI: each may come six times and in any order, and is written down once.

    POSTBACK_TOKEN=... uvicorn postbacks_fastapi:app

The gateway signs nothing, so the address itself is the secret: https://you.example/postbacks/TOKEN.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from preflight import Ledger
from preflight.gateway.postback import Unreadable, parse

LIMIT = 65_536  # bytes


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The ledger that the sends are in."""
    with Ledger(os.environ.get("PREFLIGHT_LEDGER", "sent.sqlite")) as app.state.ledger:
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/postbacks/{token}")
async def receive(token: str, request: Request) -> dict[str, str]:
    """200 for everything that was understood, known or not: any other answer makes the gateway send it again."""
    if not hmac.compare_digest(token.encode(), os.environ["POSTBACK_TOKEN"].encode()):
        raise HTTPException(404)
    postback = parse(await body_of(request))
    if isinstance(postback, Unreadable):
        raise HTTPException(400, detail=postback.reason)
    entry = await run_in_threadpool(request.app.state.ledger.reconcile, postback)
    return {"state": "unknown message" if entry is None else str(entry.state)}


async def body_of(request: Request) -> bytes:
    """The body, as far as a postback can be long."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LIMIT:
            raise HTTPException(413)
    return bytes(body)
