"""Real media on a real server: Debian's nginx on loopback, configured well and badly; real verdicts."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme
from helpers.nginx import copy_media, running
from helpers.programs import free_port

from preflight.api import check
from preflight.verdict import Severity, Verdict

_SERVERS = """
  server {{
    listen 127.0.0.1:{plain};
    root {root};
    location /gzip/ {{ alias {root}/; gzip on; gzip_types image/jpeg image/png audio/mpeg; gzip_min_length 100; }}
    location /typeless/ {{ alias {root}/; types {{ }} default_type ""; }}
    location /octets/ {{ alias {root}/; types {{ }} default_type application/octet-stream; }}
    location /as-png/ {{ alias {root}/; types {{ }} default_type image/png; }}
    location /chunked/ {{ proxy_pass http://127.0.0.1:{upstream}; proxy_http_version 1.1; proxy_buffering off; }}
    location /closed/ {{ proxy_pass http://127.0.0.1:{upstream}; proxy_buffering off; chunked_transfer_encoding off; }}
    location /moved/ {{ return 301 /photo.jpg; }}
    location /loop/ {{ return 302 /loop/; }}
    location /forbidden/ {{ return 403; }}
    location /busy/ {{ return 503; }}
  }}
  server {{
    listen 127.0.0.1:{tls} ssl;
    root {root};
    ssl_certificate {root}/server.pem;
    ssl_certificate_key {root}/server.key;
    location /down/ {{ return 302 http://127.0.0.1:{plain}/photo.jpg; }}
  }}
"""


class _Upstream(socketserver.StreamRequestHandler):
    """Answers once: in chunks under /chunked/, by closing under /closed/."""

    photo = b""

    def handle(self) -> None:
        line = self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        head = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n"
        if b"/chunked/" in line:
            head += b"Transfer-Encoding: chunked\r\n"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.photo), self.photo)
        else:
            body = self.photo
        self.wfile.write(head + b"\r\n" + body)


class Site(NamedTuple):
    plain: str
    secure: str
    cafile: str


@contextmanager
def _upstream(photo: bytes) -> Iterator[int]:
    handler = type("Handler", (_Upstream,), {"photo": photo})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nginx")
    root = folder / "www"
    root.mkdir()
    copy_media(["photo.jpg", "picture.png", "still.gif", "tone.mp3", "tone.wav", "clip.mp4"], root)
    (root / "broken.jpg").write_bytes((root / "photo.jpg").read_bytes()[:3000])
    (root / "noise.bin").write_bytes(bytes(range(255, 0, -1)) * 8)
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(root / "server.pem")
    certificate.private_key_pem.write_to_path(root / "server.key")
    cafile = folder / "ca.pem"
    authority.cert_pem.write_to_path(cafile)
    plain, tls = free_port(), free_port()
    with _upstream((root / "photo.jpg").read_bytes()) as upstream:
        servers = _SERVERS.format(root=root, plain=plain, tls=tls, upstream=upstream)
        with running(folder, servers, [plain, tls]):
            yield Site(f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}", str(cafile))


def _check(url: str, cafile: str | None = None) -> Verdict:
    return check([url], allow_networks=["127.0.0.0/8"], retries=0, timeout=10, cafile=cafile)[0]


def _rules(verdict: Verdict, severity: Severity) -> set[str]:
    return {finding.rule for finding in verdict.findings if finding.severity is severity}


@pytest.mark.parametrize(
    ("path", "outcome", "errors", "warnings"),
    [
        ("/photo.jpg", "accept", set(), set()),
        ("/picture.png", "accept", set(), set()),
        ("/still.gif", "accept", set(), set()),
        ("/tone.mp3", "accept", set(), set()),
        ("/tone.wav", "accept", set(), set()),
        ("/clip.mp4", "accept", set(), set()),
        ("/broken.jpg", "reject", {"truncated-media"}, set()),
        ("/gzip/photo.jpg", "reject", {"chunked-transfer-encoding", "unstable-hosting"}, {"content-encoding-applied"}),
        ("/gzip/tone.mp3", "reject", {"chunked-transfer-encoding", "unstable-hosting"}, {"content-encoding-applied"}),
        ("/gzip/still.gif", "accept", set(), set()),
        ("/typeless/photo.jpg", "reject", {"missing-content-type"}, set()),
        ("/octets/photo.jpg", "accept", set(), {"generic-content-type"}),
        ("/octets/noise.bin", "reject", {"unresolved-octet-stream"}, set()),
        ("/as-png/photo.jpg", "reject", {"media-type-mismatch"}, set()),
        ("/chunked/photo.jpg", "reject", {"chunked-transfer-encoding"}, set()),
        ("/closed/photo.jpg", "reject", {"missing-content-length"}, set()),
        ("/moved/photo.jpg", "accept", set(), {"redirected"}),
        ("/loop/photo.jpg", "reject", {"too-many-redirects"}, set()),
        ("/forbidden/photo.jpg", "reject", {"unexpected-status"}, set()),
        ("/absent.jpg", "reject", {"unexpected-status"}, set()),
        ("/busy/photo.jpg", "unknown", {"unexpected-status"}, set()),
    ],
)  # fmt: skip
def test_plain(site: Site, path: str, outcome: str, errors: set[str], warnings: set[str]) -> None:
    verdict = _check(site.plain + path)
    assert (verdict.outcome, _rules(verdict, Severity.ERROR), _rules(verdict, Severity.WARNING)) == (
        outcome, errors, warnings,
    )  # fmt: skip


def test_the_fix_names_nginx(site: Site) -> None:
    verdict = _check(site.plain + "/gzip/photo.jpg")
    fixes = {finding.rule: finding.fix for finding in verdict.findings}
    assert fixes["chunked-transfer-encoding"].startswith("nginx: write `gzip off;`")


def test_tls_with_a_private_authority(site: Site) -> None:
    assert _check(site.secure + "/photo.jpg", site.cafile).outcome == "accept"


def test_tls_without_it(site: Site) -> None:
    verdict = _check(site.secure + "/photo.jpg")
    assert verdict.outcome == "reject"
    assert _rules(verdict, Severity.ERROR) == {"untrusted-certificate"}


def test_a_step_down_from_https(site: Site) -> None:
    verdict = _check(site.secure + "/down/", site.cafile)
    assert verdict.outcome == "accept"
    assert _rules(verdict, Severity.WARNING) == {"redirected", "insecure-redirect"}


def test_what_was_seen_of_the_media(site: Site) -> None:
    media = _check(site.plain + "/photo.jpg").media
    photo = Path(__file__).parents[2] / "preflight" / "sandbox" / "data" / "photo.jpg"
    assert (media.declared_type, media.detected_type) == ("image/jpeg", "image/jpeg")
    assert (media.length, media.width, media.height) == (photo.stat().st_size, 320, 240)
