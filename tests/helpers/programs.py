"""Programs that a test needs and that pip cannot bring, and waiting for one that serves."""

from __future__ import annotations

import os
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
    """A port that nobody listens on at this moment."""
    with closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def until_listening(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the port accepts a connection; there is nothing else to wait on.

    Standard error of the process must be a pipe: what it says there is the reason why it does not listen.
    """
    deadline = time.monotonic() + 10
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
