"""The fault that a server, a CDN or a store is known for, with the response fields that give it away."""

from __future__ import annotations

from .. import media
from ..answers import Reply, Request, Respond, chunked, chunked_when_gzip, raw, served
from ..media import data
from .case import Case, bad, good

_CLOUDFRONT = ("Via: 1.1 0123456789abcdef.cloudfront.net (CloudFront)", "X-Cache: Miss from cloudfront",
               "X-Amz-Cf-Pop: LHR61-P5", "X-Amz-Cf-Id: 0123456789abcdef0123456789abcdef==")  # fmt: skip
_CLOUDFLARE = ("Server: cloudflare", "CF-RAY: 8f0123456789abcd-LHR", "CF-Cache-Status: DYNAMIC")
_FASTLY = (
    "Via: 1.1 varnish",
    "X-Served-By: cache-lhr7381-LHR",
    "X-Cache: MISS",
    "X-Timer: S1.0,VS0,VE1",
)
_VARNISH = ("Via: 1.1 varnish (Varnish/7.1)", "X-Varnish: 32770", "Age: 0")
_AKAMAI = ("Server: AkamaiGHost", "X-Cache: TCP_MISS from a23-0-0-1.deploy.akamaitechnologies.com")
_GOOGLE_CDN = ("Via: 1.1 google", "Server: UploadServer")
_GOOGLE_STORAGE = ("Server: UploadServer", "X-GUploader-UploadID: ABCD1234", "X-Goog-Stored-Content-Encoding: gzip",
                   "X-Goog-Generation: 1", "Warning: 214 UploadServer gunzipped")  # fmt: skip
_FRONT_DOOR = ("X-Azure-Ref: 20260101T090000Z-0123456789abcdef", "X-Cache: TCP_MISS")
_BLOB = (
    "Server: Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0",
    "x-ms-request-id: 0123-4567",
    "x-ms-blob-type: BlockBlob",
)
_IIS = ("Server: Microsoft-IIS/10.0", "X-Powered-By: ASP.NET")
_RAILS = ("X-Runtime: 0.012345", "X-Request-Id: 0123-4567", "Server: Puma")


def _compressing(*lines: str) -> Respond:
    return lambda request: chunked_when_gzip(request, "image/jpeg", data("photo.jpg"), *lines)


def _streaming_miss(request: Request) -> Reply:
    """A cold cache streams what it does not know the length of yet; a warm one knows."""
    photo = data("photo.jpg")
    if request.count == 1:
        return chunked("image/jpeg", photo, *_FASTLY)
    return served("image/jpeg", photo, *_FASTLY[:2], "X-Cache: HIT")


def _compressing_case(path: str, title: str, *lines: str) -> Case:
    return bad(
        path, title, _compressing(*lines), "chunked-transfer-encoding", "unstable-hosting",
        remarks=("content-encoding-applied",), gateway="E351",
    )  # fmt: skip


SERVERS: tuple[Case, ...] = (
    _compressing_case("/cloudfront.jpg", "CloudFront, compressing", *_CLOUDFRONT),
    _compressing_case("/cloudflare.jpg", "Cloudflare, compressing", *_CLOUDFLARE),
    _compressing_case("/akamai.jpg", "Akamai, compressing", *_AKAMAI),
    _compressing_case("/google-cdn.jpg", "Google Cloud CDN, compressing", *_GOOGLE_CDN),
    _compressing_case("/front-door.jpg", "Azure Front Door, compressing", *_FRONT_DOOR),
    _compressing_case("/nginx.jpg", "nginx with gzip on for images", "Server: nginx/1.24.0"),
    _compressing_case("/apache.jpg", "Apache with mod_deflate for everything", "Server: Apache/2.4.57 (Debian)"),
    _compressing_case("/iis.jpg", "IIS with dynamic compression", *_IIS),
    _compressing_case("/express.jpg", "Express with compression()", "X-Powered-By: Express"),
    bad("/google-storage.jpg", "Cloud Storage, unpacking a stored gzip",
        lambda _: chunked("image/jpeg", data("photo.jpg"), *_GOOGLE_STORAGE),
        "chunked-transfer-encoding", gateway="E351"),
    bad("/varnish.jpg", "Varnish, streaming", lambda _: chunked("image/jpeg", data("photo.jpg"), *_VARNISH),
        "chunked-transfer-encoding", gateway="E351"),
    bad("/fastly.jpg", "Fastly: chunks on the first request only", _streaming_miss,
        "chunked-transfer-encoding", "unstable-hosting", gateway="",
        note="the gateway comes second, and sees the warm cache"),
    bad("/workers.jpg", "a Cloudflare Worker that streams",
        lambda _: chunked("image/jpeg", data("photo.jpg"), *_CLOUDFLARE), "chunked-transfer-encoding", gateway="E351"),
    bad("/rails.jpg", "Active Storage in proxy mode", lambda _: chunked("image/jpeg", data("photo.jpg"), *_RAILS),
        "chunked-transfer-encoding", gateway="E351"),
    bad("/old-proxy.jpg", "a proxy that closes instead of counting",
        lambda _: raw(("Content-Type: image/jpeg", "Server: squid/5.7", "Via: 1.1 cache (squid/5.7)", "Connection: close"),
                      data("photo.jpg")), "missing-content-length", gateway="E351"),
    bad("/s3-denied.jpg", "S3: AccessDenied",
        lambda _: served("application/xml", media.XML_ERROR, "Server: AmazonS3", "x-amz-request-id: 0123",
                         status="403 Forbidden"), "unexpected-status", gateway="E351"),
    bad("/s3.bin", "S3, uploaded without a type",
        lambda _: served("binary/octet-stream", media.noise(), "Server: AmazonS3", "x-amz-request-id: 0123"),
        "unresolved-octet-stream", gateway="E629"),
    good("/s3.jpg", "S3, uploaded without a type, but the bytes are a JPEG",
         lambda _: served("binary/octet-stream", data("photo.jpg"), "Server: AmazonS3", "x-amz-request-id: 0123"),
         "generic-content-type"),
    good("/azure-blob.jpg", "Azure Blob's default type, but the bytes are a JPEG",
         lambda _: served("application/octet-stream", data("photo.jpg"), *_BLOB), "generic-content-type"),
    good("/google-storage-plain.jpg", "Cloud Storage as it should be",
         lambda _: served("image/jpeg", data("photo.jpg"), *_GOOGLE_STORAGE[:2])),
)  # fmt: skip
