"""Which server answered, read from the answer itself, and that server's own setting for a rule's fault.

The settings and their sources are those of docs/servers.md. The first sign that matches decides, CDNs before the servers behind
them, because the CDN is the one that changed the framing last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..observation import Head

Fields = Mapping[str, str]


def _server_has(*words: str) -> Callable[[Fields], bool]:
    return lambda fields: any(word in fields.get("server", "").lower() for word in words)


def _any_field(*names: str) -> Callable[[Fields], bool]:
    return lambda fields: any(name in fields for name in names)


def _prefix(prefix: str) -> Callable[[Fields], bool]:
    return lambda fields: any(name.startswith(prefix) for name in fields)


def _either(*signs: Callable[[Fields], bool]) -> Callable[[Fields], bool]:
    return lambda fields: any(sign(fields) for sign in signs)


def _fastly(fields: Fields) -> bool:
    return "x-fastly-request-id" in fields or fields.get("x-served-by", "").startswith("cache-")


def _varnish(fields: Fields) -> bool:
    return "x-varnish" in fields or "varnish" in fields.get("via", "").lower()


def _google_cdn(fields: Fields) -> bool:
    return "google" in fields.get("via", "").lower() and not _prefix("x-goog-")(fields)


SIGNS: tuple[tuple[str, Callable[[Fields], bool]], ...] = (
    ("CloudFront", _either(_any_field("x-amz-cf-id", "x-amz-cf-pop"), _server_has("cloudfront"))),
    ("Cloudflare", _either(_any_field("cf-ray", "cf-cache-status"), _server_has("cloudflare"))),
    ("Fastly", _fastly),
    ("Akamai", _either(_server_has("akamai"), _any_field("x-akamai-request-id", "x-akamai-transformed", "akamai-grn"))),
    ("Azure Front Door", _any_field("x-azure-ref")),
    ("Azure Blob Storage", _either(_any_field("x-ms-blob-type", "x-ms-request-id"), _server_has("windows-azure-blob"))),
    ("Google Cloud Storage", _either(_prefix("x-goog-"), _server_has("uploadserver"))),
    ("Google Cloud CDN", _google_cdn),
    ("S3", _either(_server_has("amazons3"), _any_field("x-amz-request-id"))),
    ("Varnish", _varnish),
    ("Rails", _either(_server_has("puma", "phusion passenger"), lambda fields: "x-runtime" in fields and "x-request-id" in fields)),
    ("Express", lambda fields: "express" in fields.get("x-powered-by", "").lower()),
    ("IIS", _either(_server_has("microsoft-iis"), lambda fields: "asp.net" in fields.get("x-powered-by", "").lower())),
    ("nginx", _server_has("nginx", "openresty", "tengine")),
    ("Apache", _server_has("apache", "httpd")),
)  # fmt: skip

_FRAMING = {
    "CloudFront": "CloudFront: set 'Compress objects automatically' to No in the cache behaviour of the media path (Compress: false), or EnableAcceptEncodingGzip and EnableAcceptEncodingBrotli to false in its cache policy",
    "Cloudflare": "Cloudflare: add a Compression Rule that switches compression off for the media path, or send Cache-Control: no-transform from the origin; in a Worker, pass the body through FixedLengthStream",
    "Fastly": "Fastly: remove 'set beresp.do_stream = true' and beresp.gzip for the media path, and do not send X-Compress-Hint: on",
    "Akamai": "Akamai: set Last Mile Acceleration, Compress Response, to Never for the media path",
    "Azure Front Door": "Azure Front Door: set isCompressionEnabled to false on the route, or take the media types out of contentTypesToCompress",
    "Azure Blob Storage": "Azure Blob Storage: store the blob uncompressed, without a Content-Encoding property",
    "Google Cloud CDN": "Google Cloud CDN: set --compression-mode=DISABLED on the backend; misses are otherwise sent without a length",
    "Google Cloud Storage": "Google Cloud Storage: upload the object uncompressed and without Content-Encoding: gzip (decompressive transcoding drops the length)",
    "S3": "S3: S3 itself sends Content-Length; look at the CDN or proxy in front of it",
    "Varnish": "Varnish: in vcl_backend_response, 'set beresp.do_stream = false;' and 'set beresp.do_gzip = false;' for media, and no ESI on it",
    "nginx": "nginx: 'gzip off;' in the media location, or take image, audio, video and octet-stream types out of gzip_types; behind proxy_pass, make the upstream send Content-Length",
    "Apache": "Apache: SetEnvIfNoCase Request_URI \"\\.(?:gif|jpe?g|png|mp4|3gp|mp3|wav|amr)$\" no-gzip, and AddOutputFilterByType DEFLATE for text types only",
    "IIS": "IIS: <urlCompression doDynamicCompression=\"false\" /> for the media path, or take the media types out of dynamicTypes",
    "Express": "Express: serve media with express.static before compression(), or give compression() a filter that leaves media out",
    "Rails": "Rails: Active Storage in redirect mode (rails_storage_redirect), or a Rails version whose proxy mode sends Content-Length; keep Rack::Deflater off the media path",
}  # fmt: skip

_TYPE = {
    "S3": "S3: aws s3 cp FILE s3://BUCKET/KEY --content-type image/jpeg; for a stored object, copy it onto itself with --metadata-directive REPLACE --content-type image/jpeg",
    "CloudFront": "CloudFront passes on the origin's type: for S3, copy the object onto itself with --metadata-directive REPLACE --content-type image/jpeg, then invalidate the path",
    "Google Cloud Storage": "Google Cloud Storage: gcloud storage objects update gs://BUCKET/OBJECT --content-type=image/jpeg",
    "Azure Blob Storage": "Azure Blob Storage: az storage blob update --container-name C --name N --content-type image/jpeg",
    "Azure Front Door": "Azure Front Door passes on the origin's type: set the content type on the blob, then purge the path",
    "nginx": "nginx: name the type in the 'types' block of the media location (include mime.types), or set default_type there",
    "Apache": "Apache: AddType image/jpeg .jpg (for the extension at hand), and mod_mime switched on",
    "IIS": "IIS: add a <mimeMap> for the extension under <staticContent>",
    "Express": "Express: res.type('image/jpeg') before sending, or express.static, which goes by the extension",
    "Rails": "Rails: send_file with type: 'image/jpeg', or store the right content_type with the blob",
    "Cloudflare": "Cloudflare passes on the origin's type: set it there, then purge the URL",
    "Fastly": "Fastly passes on the origin's type: set it there, then purge the URL",
    "Akamai": "Akamai passes on the origin's type: set it there, then purge the URL",
    "Varnish": "Varnish passes on the backend's type: set it there, then ban the URL",
    "Google Cloud CDN": "Google Cloud CDN passes on the backend's type: set it there, then invalidate the path",
}  # fmt: skip

_NEGOTIATED = {
    "Cloudflare": "Cloudflare: switch off Polish and automatic WebP or AVIF for the media path",
    "CloudFront": "CloudFront: switch off AutoWebP in the image handler, and take Accept out of the cache key",
    "Fastly": "Fastly: no 'auto=webp' in Image Optimizer for the media path",
    "Akamai": "Akamai: switch Image & Video Manager off for the media path",
}

SETTINGS: dict[str, dict[str, str]] = {
    **dict.fromkeys(("chunked-transfer-encoding", "missing-content-length", "content-encoding-applied", "unstable-hosting"), _FRAMING),
    **dict.fromkeys(("missing-content-type", "malformed-content-type", "unresolved-octet-stream", "generic-content-type", "media-type-mismatch"), _TYPE),
    "negotiated-media-type": _NEGOTIATED,
}  # fmt: skip

_SHIELDS: tuple[tuple[str, Callable[[Fields], bool]], ...] = (
    ("Cloudflare", lambda fields: "cf-mitigated" in fields),
    ("AWS WAF", _any_field("x-amzn-waf-action")),
    ("Imperva", _any_field("x-iinfo")),
    ("Sucuri", _any_field("x-sucuri-id", "x-sucuri-block")),
    ("DataDome", _any_field("x-datadome", "x-dd-b")),
    ("Akamai", lambda fields: "akamaighost" in fields.get("server", "").lower()),
    ("Cloudflare", _server_has("cloudflare")),
)


def identify(head: Head) -> str | None:
    """The name of the server or CDN that answered last, where the head shows it."""
    fields = _fields(head)
    return next((name for name, sign in SIGNS if sign(fields)), None)


def setting(rule: str, head: Head) -> str | None:
    """The answering server's own setting for what a rule found, or None where none is known."""
    known = SETTINGS.get(rule)
    server = identify(head) if known else None
    return known.get(server) if known and server else None


def bot_shield(head: Head) -> str | None:
    """Who took the request for a robot's, where the head shows it."""
    fields = _fields(head)
    return next((name for name, sign in _SHIELDS if sign(fields)), None)


def _fields(head: Head) -> Fields:
    return {name.lower(): value for name, value in reversed(head.fields)}
