"""Programs that a test needs and that pip cannot bring, and waiting for one that serves."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import subprocess
import time
from contextlib import closing

import pytest


def need(name: str) -> str:
    """The path of a program. Where it is missing, the test is skipped with one line, and fails under CI."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is not installed, and under CI it must be")
        pytest.skip(f"{name} is not installed")
    return path


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to nobody meanwhile: it is not of those for outgoing connections."""
    while True:
        port = random.randrange(10_000, 32_000)
        with closing(socket.socket()) as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the port accepts a connection; there is nothing else to wait on.

    Standard error of the process must be a pipe: what it says there is the reason why it does not listen.
    """
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                _, said = process.communicate()
                raise AssertionError(f"nobody listens on {port}: {said.decode()}") from None
            time.sleep(0.02)
