"""Exchanges and observations that the rules of reach, framing and type are tried on."""

from __future__ import annotations

from dataclasses import replace

from helpers.sight import exchange, seen

from preflight.observation import (
    Content,
    Exchange,
    Hop,
    Observation,
    Purpose,
)

CHUNKED = ("Content-Type: image/jpeg", "Transfer-Encoding: chunked")


MP3 = ("Content-Type: audio/mpeg", "Content-Length: 1000")


SONG = "https://cdn.example.com/a.mp3?sig=1"


def gzip(*fields: str, status: int = 200, **others: object) -> Exchange:
    return exchange(*fields, status=status, purpose=Purpose.GZIP, **others)  # type: ignore[arg-type]


def jpeg(**facts: object) -> Content:
    base = Content(length=1000, detected_type="image/jpeg", detected_by="signature table")
    return replace(base, **facts)  # type: ignore[arg-type]


def moved(*urls: str, status: int = 302) -> tuple[Hop, ...]:
    return tuple(Hop(url=url, status=status, location="x") for url in urls)


def let_in(url: str) -> tuple[Hop, ...]:
    (hop,) = moved(url)
    return (replace(hop, permitted=True),)


def song(**others: object) -> tuple[Exchange, Exchange]:
    bare = exchange(*MP3, purpose=Purpose.BARE, url=SONG.partition("?")[0])
    return exchange(*MP3, url=SONG), replace(bare, **others)  # type: ignore[arg-type]


def heard(*exchanges: Exchange) -> Observation:
    return seen(*exchanges, content=Content(length=1000, detected_type="audio/mpeg"))


def digested(one: Exchange, digest: str) -> Exchange:
    assert one.body is not None
    return replace(one, body=replace(one.body, digest=digest))
