"""What to change at each server and CDN for a rule's fault: the settings under their own names, with the file or screen they are in.

Each is one imperative sentence that begins with the server's name. docs/servers.md is made from this table.
"""

from __future__ import annotations

_COMPRESSION = {
    "CloudFront": "in the cache behaviour of the media path, set 'Compress objects automatically' to No (console: Behaviors, Edit; in a template: `Compress: false`), or set `EnableAcceptEncodingGzip` and `EnableAcceptEncodingBrotli` to false in its cache policy",
    "Cloudflare": "add a Compression Rule with 'Disable compression' for the media path (dashboard: Rules, Overview), or send `Cache-Control: no-transform` from the origin; in a Worker, pass the body through `FixedLengthStream`",
    "Fastly": "take the media's types and extensions out of the service's compression settings, and in VCL, for the media path, remove `set beresp.do_stream = true;`, `beresp.gzip`, `beresp.brotli` and `X-Compress-Hint: on`",
    "Akamai": "in Property Manager, set Compress Response to Never in the behaviour Last Mile Acceleration (Gzip Compression) for the media path",
    "Azure Front Door": "switch 'Enable compression' off on the route (in a template: `isCompressionEnabled: false`), or take the media types out of `contentTypesToCompress`",
    "Azure Blob Storage": "store the blob uncompressed, and clear its Content-Encoding property (portal: the blob's Properties)",
    "Google Cloud CDN": "switch compression off with `gcloud compute backend-services update BACKEND --compression-mode=DISABLED` (`backend-buckets` for a bucket); answers that are not in the cache otherwise come without Content-Length",
    "Google Cloud Storage": "upload the object uncompressed and without `Content-Encoding: gzip`, because Content-Length is dropped when the object is decompressed for a client",
    "S3": "store the object uncompressed and without a Content-Encoding in its metadata; S3 itself always sends Content-Length, so if that is what is missing, look at the CDN or proxy in front of it",
    "Varnish": "in `vcl_backend_response`, write `set beresp.do_stream = false;`, `set beresp.do_gzip = false;` and `set beresp.do_esi = false;` for media; if the backend compresses, start varnishd with `-p http_gzip_support=off`",
    "nginx": "write `gzip off;` in the `location` block of the media, also `gzip_static off;` and `gunzip off;` where these are used, or take the media types out of `gzip_types`; behind `proxy_pass`, make the upstream send Content-Length",
    "Apache": "write `SetEnvIfNoCase Request_URI \"\\.(?:gif|jpe?g|png|webp|bmp|mp4|m4a|mov|3gp|3g2|mpe?g|avi|wmv|mp3|aac|wav|amr|txt|vcf|ics|pdf|pkpass)$\" no-gzip no-brotli` in the virtual host or `.htaccess`; where a file lies there compressed beside the other (MultiViews, a rewrite), remove it",
    "IIS": "write `<urlCompression doDynamicCompression=\"false\" />` under `<system.webServer>` in the `web.config` of the media folder, or take the media types out of `<dynamicTypes>`",
    "Express": "serve media with `express.static` before `app.use(compression())`, or give `compression()` a filter that leaves media out",
    "Rails": "let Active Storage redirect to the stored file (`config.active_storage.resolve_model_to_route = :rails_storage_redirect`), or use a Rails version whose proxy mode sends Content-Length, and keep `Rack::Deflater` off the media path",
}  # fmt: skip

_WHAT_TYPE = "TYPE being what the file is, such as image/jpeg"
_REPLACED = "and with `--cache-control` and `--acl public-read` again where the object has them, because a copy keeps neither"


def _at_the_origin(then: str) -> str:
    return f"set Content-Type at the origin, whose type is passed on, then {then}"


_TYPE = {
    "S3": f"copy the object onto itself with `aws s3 cp s3://BUCKET/KEY s3://BUCKET/KEY --metadata-directive REPLACE --content-type TYPE`, {_WHAT_TYPE}, {_REPLACED} (console: Actions, Edit metadata)",
    "CloudFront": f"{_at_the_origin('invalidate the path')}; on S3, with `aws s3 cp s3://BUCKET/KEY s3://BUCKET/KEY --metadata-directive REPLACE --content-type TYPE`, {_WHAT_TYPE}, {_REPLACED}",
    "Google Cloud Storage": f"run `gcloud storage objects update gs://BUCKET/OBJECT --content-type=TYPE`, {_WHAT_TYPE} (console: the object's Edit metadata)",
    "Azure Blob Storage": f"run `az storage blob update --account-name ACCOUNT --container-name CONTAINER --name BLOB --content-type TYPE`, {_WHAT_TYPE} (portal: the blob's Properties)",
    "Azure Front Door": _at_the_origin("purge the path"),
    "nginx": "add the type and its extension to `mime.types`, for example `audio/amr amr;`, or write `include mime.types;` and `types { TYPE EXTENSION; }` side by side in the media's `location`, because a `types` block there replaces the one outside",
    "Apache": "write `AddType TYPE .EXTENSION` in the virtual host or `.htaccess`, for example `AddType audio/amr .amr`, with mod_mime loaded",
    "IIS": "write `<remove fileExtension=\".EXTENSION\" />` and `<mimeMap fileExtension=\".EXTENSION\" mimeType=\"TYPE\" />` under `<staticContent>` in `web.config`, for example with .amr and audio/amr",
    "Express": "call `res.type('image/jpeg')` before sending, or serve the file with `express.static`, which goes by the extension",
    "Rails": "give `send_file` the option `type: 'image/jpeg'`, or store the right `content_type` with the Active Storage blob",
    "Cloudflare": _at_the_origin("purge the URL"),
    "Fastly": _at_the_origin("purge the URL"),
    "Akamai": _at_the_origin("purge the URL"),
    "Varnish": _at_the_origin("ban the URL"),
    "Google Cloud CDN": _at_the_origin("invalidate the path"),
}  # fmt: skip

_FORMAT = {
    "Cloudflare": "switch Polish off for the media path with a Configuration Rule (dashboard: Rules, Overview), and do not use `format=auto` in image transformations",
    "CloudFront": "set `AutoWebP` to No in the template of the image handler (Dynamic Image Transformation), and take `Accept` out of the cache key",
    "Fastly": "switch automatic formats off in Image Optimizer for the media path (`auto=webp`, `auto=avif`, `format=auto`)",
    "Akamai": "in Property Manager, switch Image & Video Manager off for the media path",
}  # fmt: skip

TOPICS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("Compression and streaming", ("chunked-transfer-encoding", "missing-content-length", "content-encoding-applied"), _COMPRESSION),
    ("Content-Type", ("missing-content-type", "malformed-content-type", "unresolved-octet-stream", "generic-content-type", "media-type-mismatch"), _TYPE),
    ("Automatic image formats", ("negotiated-media-type",), _FORMAT),
)  # fmt: skip
"""What the settings are about, the rules that they mend, and each server's setting by the server's name."""

SERVER_FIXES: dict[str, dict[str, str]] = {
    rule: {server: f"{server}: {fix}." for server, fix in settings.items()}
    for _, rules, settings in TOPICS
    for rule in rules
}
"""The fix by rule and by server."""
