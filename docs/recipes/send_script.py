"""A plain script: check the media of a stored message, then send it to one number, at most once.

    PREFLIGHT_API_KEY=... python send_script.py MMS_ID TO URL...

It exits like the command: 0 sent, 1 refused or not sent, 3 unknown. PREFLIGHT_ENDPOINT and PREFLIGHT_ALLOW_NETWORK point it at a sandbox.
"""

from __future__ import annotations

import asyncio
import os
import sys

import preflight

NETWORKS = os.environ.get("PREFLIGHT_ALLOW_NETWORK", "").split()


def main(mms_id: str, to: str, *urls: str) -> int:
    """Check, send, and say what came of it."""
    try:
        verdicts = preflight.require(urls, allow_networks=NETWORKS)
    except preflight.NotAcceptedError as error:
        print(error, file=sys.stderr)
        rejected = any(one.outcome is preflight.Outcome.REJECT for one in error.verdicts)
        return 1 if rejected else 3
    gateway = preflight.Gateway(
        api_key=preflight.Secret(os.environ["PREFLIGHT_API_KEY"]),
        endpoint=os.environ.get("PREFLIGHT_ENDPOINT"),
        allow_networks=tuple(NETWORKS),
    )
    request = preflight.SendRequest(
        mms_id=mms_id, to=to, from_="28444", service_id="12345", fallback_sms_text="See it here"
    )
    with preflight.Ledger("sent.sqlite") as ledger:
        reply = asyncio.run(
            preflight.send_saved_mms(request, verdicts=verdicts, gateway=gateway, ledger=ledger)
        )
    print(reply)
    if isinstance(reply, preflight.Accepted):
        return 0
    return 3 if isinstance(reply, preflight.Unknown) else 1


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
