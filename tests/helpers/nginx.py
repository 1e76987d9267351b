"""Debian's nginx on loopback, with a configuration of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.programs import need, until_listening

_MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
user {user};
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  types {{ image/jpeg jpg; image/png png; image/gif gif; audio/mpeg mp3; audio/wav wav; video/mp4 mp4; text/vcard vcf; }}
  default_type application/octet-stream;
  sendfile on;
{servers}
}}
"""


@contextmanager
def running(folder: Path, servers: str, ports: list[int]) -> Iterator[None]:
    """nginx with these server blocks, until the block ends; ready when every port accepts."""
    program = need("nginx")
    user = "root" if os.geteuid() == 0 else "nobody"
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, servers=servers, user=user))
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.PIPE
    )
    try:
        for port in ports:
            until_listening(process, port)
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


def copy_media(names: list[str], folder: Path) -> None:
    """The sandbox's own media files into a folder."""
    import preflight

    data = Path(preflight.__file__).parent / "sandbox" / "data"
    for name in names:
        shutil.copy(data / name, folder / name)
