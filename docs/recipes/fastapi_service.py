"""FastAPI: a dependency that lets a campaign in only with media that the gateway will take.

uvicorn fastapi_service:app
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import BaseModel, Field

from preflight import Guard, NotAcceptedError, Outcome


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """One guard for the life of the service: connections and verdicts are kept between requests."""
    networks = os.environ.get("PREFLIGHT_ALLOW_NETWORK", "").split()
    async with Guard(max_age=600, timeout=8, allow_networks=networks) as guard:
        app.state.guard = guard
        yield


app = FastAPI(lifespan=lifespan)


class Campaign(BaseModel):
    """What a customer hands in."""

    subject: str
    media_urls: Annotated[list[str], Field(min_length=1, max_length=8)]


async def with_good_media(campaign: Campaign, request: Request) -> Campaign:
    """The campaign, once its media are accepted: 422 with the findings where they are not, 503 where nobody can tell now."""
    guard: Guard = request.app.state.guard
    try:
        await guard.require(campaign.media_urls)
    except NotAcceptedError as error:
        findings = [
            {"url": verdict.url, "rule": one.rule, "message": one.message, "fix": one.fix}
            for verdict in error.verdicts
            for one in verdict.findings
            if not verdict.accepted
        ]
        rejected = any(verdict.outcome is Outcome.REJECT for verdict in error.verdicts)
        raise HTTPException(422 if rejected else 503, detail=findings) from None
    return campaign


@app.post("/campaigns", status_code=201)
async def create(campaign: Annotated[Campaign, Depends(with_good_media)]) -> Campaign:
    """Only campaigns with good media come here."""
    return campaign
