"""A process that forks senders. For each line "KEYS SEED LIFE" on standard input it forks a child that sends the keys from 0
to KEYS through a ledger in random order, kills it after LIFE seconds (0: never), and prints how it ended."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time

import aiohttp  # noqa: F401  (so that the children need not load it)

from preflight.gateway.endpoint import Gateway
from preflight.gateway.ledger import Ledger
from preflight.gateway.request import Secret, SendRequest
from preflight.gateway.send import send_saved_mms


async def send_keys(ledger_file: str, endpoint: str, keys: list[int]) -> None:
    gateway = Gateway(
        api_key=Secret("loopback"), endpoint=endpoint, allow_networks=("127.0.0.0/8",)
    )
    with Ledger(ledger_file) as ledger:
        for key in keys:
            request = SendRequest(mms_id="1", to=f"1555{key:07}", from_="28444", service_id="1")
            await send_saved_mms(
                request,
                verdicts=(),
                unchecked=True,
                gateway=gateway,
                ledger=ledger,
                key=f"key-{key}",
            )


def main(ledger_file: str, endpoint: str) -> None:
    for line in sys.stdin:
        count, seed, life = line.split()
        child = os.fork()
        if child == 0:
            keys = list(range(int(count)))
            random.Random(int(seed)).shuffle(keys)
            asyncio.run(send_keys(ledger_file, endpoint, keys))
            os._exit(0)
        if float(life):
            time.sleep(float(life))  # the random moment of death is what is tested
            os.kill(child, signal.SIGKILL)  # not waited for yet, so the id is still the child's
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


main(sys.argv[1], sys.argv[2])
