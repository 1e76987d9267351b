"""Whose setting a fix names: the product that the answer shows, and no other that has its name in it."""

from __future__ import annotations

import pytest
from helpers.sight import exchange

from preflight.rules.servers import identify


@pytest.mark.parametrize(
    ("fields", "server"),
    [
        (("Server: Apache",), "Apache"),
        (("Server: Apache/2.4.62 (Debian)",), "Apache"),
        (("Server: httpd",), "Apache"),
        (("Server: nginx/1.22.1",), "nginx"),
        (("Server: openresty",), "nginx"),
        (("Server: Microsoft-IIS/10.0", "X-Powered-By: ASP.NET"), "IIS"),
        (("Server: AmazonS3", "X-Amz-Request-Id: A"), "S3"),
        (("Server: AmazonS3", "Via: 1.1 a.cloudfront.net (CloudFront)", "X-Amz-Cf-Id: B"), "CloudFront"),
        (("Server: cloudflare", "CF-RAY: 1-FRA"), "Cloudflare"),
        (("Server: UploadServer", "X-Goog-Hash: md5=a"), "Google Cloud Storage"),
        (("Server: lighttpd/1.4.76",), None),
        (("Server: thttpd/2.29",), None),
        (("Server: mini_httpd/1.30",), None),
        (("Server: OpenBSD httpd",), None),
        (("Server: Apache-Coyote/1.1",), None),
        (("Server: Python/3.11 aiohttp/3.14",), None),
        ((), None),
    ],
)  # fmt: skip
def test_which_server_answered(fields: tuple[str, ...], server: str | None) -> None:
    head = exchange("Content-Type: image/jpeg", *fields).head
    assert head is not None and identify(head) == server
