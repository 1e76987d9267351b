"""Answers whose Content-Type is missing, odd, generic or untrue."""

from __future__ import annotations

from .. import media
from ..answers import raw, served
from ..media import data
from .case import Case, bad, good


def _length() -> str:
    return f"Content-Length: {len(data('photo.jpg'))}"


TYPES: tuple[Case, ...] = (
    bad("/octet-stream.bin", "octet-stream, and bytes that show nothing",
        lambda _: served("application/octet-stream", media.noise()), "unresolved-octet-stream", gateway="E629"),
    bad("/binary-octet-stream.bin", "S3's default type, and bytes that show nothing",
        lambda _: served("binary/octet-stream", media.noise()), "unresolved-octet-stream", gateway="E629"),
    bad("/octet-stream.webp", "octet-stream, and a picture that the gateway does not take",
        lambda _: served("application/octet-stream", data("picture.webp")), "unresolved-octet-stream", gateway="E629"),
    bad("/no-type.jpg", "no Content-Type", lambda _: raw((_length(),), data("photo.jpg")),
        "missing-content-type", gateway="E629"),
    bad("/empty-type.jpg", "an empty Content-Type", lambda _: raw(("Content-Type:", _length()), data("photo.jpg")),
        "missing-content-type", gateway="E629"),
    bad("/malformed-type.jpg", "a Content-Type without a subtype", lambda _: served("image", data("photo.jpg")),
        "malformed-content-type", gateway="E629"),
    bad("/two-types.jpg", "two types that differ",
        lambda _: served("image/jpeg", data("photo.jpg"), "Content-Type: text/html"),
        "malformed-content-type", gateway="E629"),
    bad("/page.jpg", "a web page that says it is a JPEG", lambda _: served("image/jpeg", media.HTML),
        "web-page-content", gateway="E629"),
    bad("/page", "an error page under status 200", lambda _: served("text/html; charset=utf-8", media.HTML),
        "web-page-content", gateway="E629"),
    bad("/error-xml.jpg", "an XML error document that says it is a JPEG",
        lambda _: served("image/jpeg", media.XML_ERROR), "web-page-content", gateway="E629"),
    bad("/error-json.jpg", "a JSON error document that says it is a JPEG",
        lambda _: served("image/jpeg", media.JSON_ERROR), "web-page-content", gateway="E629"),
    bad("/error.json", "a JSON error document under status 200",
        lambda _: served("application/json", media.JSON_ERROR), "web-page-content", gateway="E629"),
    bad("/png-as-jpeg", "a PNG that says it is a JPEG", lambda _: served("image/jpeg", data("picture.png")),
        "media-type-mismatch", gateway="E629"),
    bad("/wav-as-mpeg", "a WAV that says it is an MP3", lambda _: served("audio/mpeg", data("tone.wav")),
        "media-type-mismatch", kind="audio", gateway="E629"),
    bad("/picture.webp", "WebP", lambda _: served("image/webp", data("picture.webp")),
        "unaccepted-media-type", gateway="E629"),
    bad("/drawing.svg", "SVG", lambda _: served("image/svg+xml", media.SVG), "unaccepted-media-type", gateway="E629"),
    good("/octet-stream.jpg", "octet-stream, but the bytes are a JPEG",
         lambda _: served("application/octet-stream", data("photo.jpg")), "generic-content-type"),
    good("/octet-stream.mp3", "octet-stream, but the bytes are an MP3",
         lambda _: served("application/octet-stream", data("tone.mp3")), "generic-content-type", kind="audio"),
    good("/octet-stream.txt", "octet-stream, but the bytes are text",
         lambda _: served("application/octet-stream", media.TEXT), "generic-content-type", kind="text"),
    good("/binary-octet-stream.jpg", "S3's default type, but the bytes are a JPEG",
         lambda _: served("binary/octet-stream", data("photo.jpg"), "Server: AmazonS3"), "generic-content-type"),
    good("/misleading.png", "a JPEG under the name of a PNG", lambda _: served("image/jpeg", data("photo.jpg")),
         "misleading-extension"),
    good("/alias.jpg", "image/jpg, the common misspelling", lambda _: served("image/jpg", data("photo.jpg"))),
    good("/alias.mp3", "audio/mp3, as the vendor's page writes it",
         lambda _: served("audio/mp3", data("tone.mp3")), kind="audio"),
    good("/alias.wav", "audio/x-wav", lambda _: served("audio/x-wav", data("tone.wav")), kind="audio"),
    good("/alias.vcf", "text/x-vcard", lambda _: served("text/x-vcard", media.VCARD), kind="vcard"),
    good("/parameter.jpg", "a parameter behind the type",
         lambda _: served("Image/JPEG; charset=binary", data("photo.jpg"))),
)  # fmt: skip
