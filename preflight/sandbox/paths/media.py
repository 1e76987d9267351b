"""Hosting without fault: good media, media with remarks, and media whose bytes are broken or too much."""

from __future__ import annotations

from .. import media
from ..answers import served, zipped
from ..media import data
from .case import Case, bad, good

MEDIA: tuple[Case, ...] = (
    good("/good.jpg", "a JPEG as it should be", lambda _: served("image/jpeg", data("photo.jpg"))),
    good("/good.png", "a PNG", lambda _: served("image/png", data("picture.png"))),
    good("/good.gif", "a GIF with one frame", lambda _: served("image/gif", data("still.gif"))),
    good("/good.wav", "a WAV", lambda _: served("audio/wav", data("tone.wav")), kind="audio"),
    good("/good.mp3", "an MP3", lambda _: served("audio/mpeg", data("tone.mp3")), kind="audio"),
    good("/good.amr", "an AMR", lambda _: served("audio/amr", data("tone.amr")), kind="audio"),
    good("/good.mp4", "an MP4", lambda _: served("video/mp4", data("clip.mp4")), kind="video"),
    good("/good.3gp", "a 3GP", lambda _: served("video/3gpp", data("clip.3gp")), kind="video"),
    good("/good.txt", "plain text", lambda _: served("text/plain", media.TEXT), kind="text"),
    good("/good.vcf", "a vCard", lambda _: served("text/vcard", media.VCARD), kind="vcard"),
    good("/good.ics", "a calendar", lambda _: served("text/calendar", media.CALENDAR), kind="ical"),
    good("/good.pdf", "a PDF", lambda _: served("application/pdf", media.pdf()), kind="pdf"),
    # Media with remarks.
    good("/cmyk.jpg", "a JPEG in CMYK", lambda _: served("image/jpeg", data("cmyk.jpg")), "cmyk-image"),
    good("/progressive.jpg", "a progressive JPEG", lambda _: served("image/jpeg", data("progressive.jpg")),
         "progressive-jpeg"),
    good("/transparent.png", "a PNG with transparency", lambda _: served("image/png", data("transparent.png")),
         "transparent-image"),
    good("/animated.gif", "an animated GIF", lambda _: served("image/gif", data("animated.gif")), "animated-image"),
    good("/rotated.jpg", "a JPEG turned by its EXIF", lambda _: served("image/jpeg", data("rotated.jpg")),
         "rotated-by-exif"),
    good("/located.jpg", "a JPEG that says where it was taken", lambda _: served("image/jpeg", data("gps.jpg")),
         "location-metadata"),
    good("/long.wav", "40 seconds of sound", lambda _: served("audio/wav", media.wav(40, rate=4_000)),
         "audio-too-long", kind="audio"),
    good("/late-header.mp4", "an MP4 with its movie header at the end",
         lambda _: served("video/mp4", data("late-moov.mp4")), "late-movie-header", kind="video"),
    good("/heavy.jpg", "a JPEG over the recommended size",
         lambda _: served("image/jpeg", media.padded_jpeg(media.HEAVY)), "oversized-for-carriers"),
    # Too much.
    bad("/too-large.jpg", "a JPEG over the limit",
        lambda _: served("image/jpeg", media.padded_jpeg(media.TOO_LARGE)), "content-too-large", gateway="E331"),
    bad("/too-large.wav", "a WAV over the limit", lambda _: served("audio/wav", media.wav(25, rate=44_000)),
        "content-too-large", kind="audio", gateway="E332"),
    bad("/too-many-pixels.png", "36 megapixels in a few kilobytes",
        lambda _: served("image/png", media.bomb_png(6_000)), "too-many-pixels", gateway="",
        note="the vendor documents no limit of pixels; the profile assumes one"),
    bad("/too-large-unpacked.jpg", "gzip of a JPEG over the limit",
        lambda _: served("image/jpeg", zipped(media.padded_jpeg(media.TOO_LARGE)), "Content-Encoding: gzip"),
        "content-too-large", remarks=("content-encoding-applied",), gateway="E331"),
    # Broken bytes under a right length.
    bad("/noise.jpg", "noise that says it is a JPEG", lambda _: served("image/jpeg", media.noise()),
        "media-type-mismatch", gateway="E341"),
    bad("/unreadable.jpg", "a JPEG that says it is 0 pixels wide",
        lambda _: served("image/jpeg", media.widthless_jpeg()), "unreadable-image", gateway="E341"),
    bad("/truncated.jpg", "a JPEG cut short, with the length of what is left",
        lambda _: served("image/jpeg", media.truncated(data("photo.jpg"))), "truncated-media", gateway="E341"),
    bad("/truncated.png", "a PNG cut short", lambda _: served("image/png", media.truncated(data("picture.png"))),
        "truncated-media", gateway="E341"),
    bad("/truncated.mp4", "an MP4 cut short", lambda _: served("video/mp4", media.truncated(data("clip.mp4"), 0.6)),
        "truncated-media", kind="video", gateway="",
        note="the gateway takes it and reports E003 by postback once encoding has failed"),
    bad("/truncated.wav", "a WAV cut short", lambda _: served("audio/wav", media.truncated(data("tone.wav"))),
        "truncated-media", kind="audio", gateway="",
        note="the gateway takes it and reports E002 by postback once encoding has failed"),
    bad("/corrupt.png", "a PNG with a wrong checksum", lambda _: served("image/png", media.corrupt_png()),
        "corrupt-media", gateway="E341"),
)  # fmt: skip
