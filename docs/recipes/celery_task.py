"""Celery: a task that checks before it sends, and sends at most once however often the broker delivers it.

celery -A celery_task worker
"""

from __future__ import annotations

import asyncio
import os

from celery import Celery, Task

from preflight import (
    Gateway,
    Guard,
    Ledger,
    NotAcceptedError,
    Outcome,
    Secret,
    SendRequest,
    send_saved_mms,
)

NETWORKS = os.environ.get("PREFLIGHT_ALLOW_NETWORK", "").split()
LEDGER = os.environ.get("PREFLIGHT_LEDGER", "sent.sqlite")

app = Celery("mms", broker=os.environ.get("BROKER_URL", "memory://"))
guard = Guard(
    timeout=8, allow_networks=NETWORKS
)  # each worker process opens its own, with its first check


@app.task(bind=True, max_retries=5)
def send(self: Task, mms_id: str, to: str, media_urls: list[str]) -> str:
    """Check the media, then send. What may pass by itself is tried again in a minute; what will not, fails the task."""
    try:
        verdicts = guard.require_blocking(media_urls)
    except NotAcceptedError as error:
        if any(one.outcome is Outcome.REJECT for one in error.verdicts):
            raise
        raise self.retry(exc=error, countdown=60) from None
    gateway = Gateway(
        api_key=Secret(os.environ["PREFLIGHT_API_KEY"]),
        endpoint=os.environ.get("PREFLIGHT_ENDPOINT"),
        allow_networks=tuple(NETWORKS),
    )
    request = SendRequest(
        mms_id=mms_id, to=to, from_="28444", service_id="12345", fallback_sms_text="See it here"
    )
    with Ledger(LEDGER) as ledger:
        reply = asyncio.run(
            send_saved_mms(request, verdicts=verdicts, gateway=gateway, ledger=ledger)
        )
    return type(reply).__name__
