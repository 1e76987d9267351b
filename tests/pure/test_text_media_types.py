"""Reading Content-Type: vectors after the web platform's own, lists, and repeated fields."""

from __future__ import annotations

import pytest

from preflight.mediatype import agree, canonical, declared, essence, extension_types

TYPES = [
    ("image/png", "image/png"), ("IMAGE/PNG", "image/png"), (" image/png\t", "image/png"), ("image/png;", "image/png"), ("image/png ;x=y", "image/png"),
    ("image/png;charset=utf-8;x", "image/png"), ('image/png;x="a;b"', "image/png"), ("image/png;x=\x00", "image/png"), ("x/x;\xe9", "x/x"), ("a!#$%&'*+-.^_`|~1/b", "a!#$%&'*+-.^_`|~1/b"),
    ("application/vnd.apple.pkpass", "application/vnd.apple.pkpass"), ("*/*", "*/*"), ("image/png;;;;", "image/png"), ("text/html;test=\xff;charset=gbk", "text/html"),
]  # fmt: skip
NONE = [
    "", " ", "image", "image/", "/png", "/", "image//png", "image/png/x", "image /png", "image/ png", "image png", "image\\png", '"image/png"', "image/p(g", "image/<png>",
    "image/p\xf1g", "\xe9/png", "image/png x", "image/png\x00", "\x0bimage/png", ";image/png", "image;png", "@/b", "a/b@", "bogus", "bogus;a=b", "text/html(;doesnot=matter", "{/}",
]  # fmt: skip


@pytest.mark.parametrize(("value", "media_type"), TYPES)
def test_what_is_a_type(value: str, media_type: str) -> None:
    assert essence(value) == media_type


@pytest.mark.parametrize("value", NONE)
def test_what_is_none(value: str) -> None:
    assert essence(value) is None


@pytest.mark.parametrize(
    ("values", "media_type"),
    [
        ([], None), ([""], None), (["", " \t"], None), ([","], None), (["image/jpg"], "image/jpeg"), (["audio/mp3"], "audio/mpeg"), (["image/png", "image/png"], "image/png"),
        (["image/png, image/png"], "image/png"), (["image/png; a=1", "IMAGE/PNG; a=2"], "image/png"), (["image/jpg", "image/jpeg"], "image/jpeg"), (["image/png,"], "image/png"),
        (['image/png; name="a, b"'], "image/png"), (['image/png; name="a\\", b"'], "image/png"), (["", "image/png"], "image/png"),
        (["image/png; a=b, c"], "image/png"), (["video/mp4;codecs=avc1.42E01E,mp4a.40.2"], "video/mp4"), (['image/png;name="a,b'], "image/png"),
    ],
)  # fmt: skip
def test_declarations(values: list[str], media_type: str | None) -> None:
    assert declared(values) == (media_type, None)


@pytest.mark.parametrize(
    "values",
    [
        ["image"],
        ["image/png, text/html"],
        ["image/png", "image/gif"],
        ["image/png", "bogus"],
        ["image/png, bogus"],
        ['image/png; a="x, text/html'],
        ["\x1b[2J"],
        ['image/png, text/html; a="x'],
        ['image/png; a="x", text/html; b="'],
    ],
)
def test_declarations_that_cannot_be_used(values: list[str]) -> None:
    media_type, problem = declared(values)
    assert media_type is None and problem and problem.isprintable()


@pytest.mark.parametrize(
    ("extension", "sound", "film"),
    [
        ("ogg", "audio/ogg", "video/ogg"),
        ("webm", "audio/webm", "video/webm"),
        ("mka", "audio/x-matroska", None),
        ("MKV", None, "video/x-matroska"),
        ("ogv", None, "video/ogg"),
        ("opus", "audio/ogg", None),
    ],
)
def test_sound_and_film_of_one_container_are_two_types(
    extension: str, sound: str | None, film: str | None
) -> None:
    types = {one for one in (sound, film) if one is not None}
    assert extension_types(extension) == types
    assert {canonical(one) for one in types} == types


def test_registered_names_fold_into_the_ones_in_use() -> None:
    assert canonical("video/matroska") == "video/x-matroska"  # RFC 9559
    assert canonical("audio/matroska") == "audio/x-matroska"


@pytest.mark.parametrize(
    ("film", "sound"),
    [
        ("video/mp4", "audio/mp4"),  # RFC 4337 section 2: audio/mp4 may be used, video/mp4 should
        ("video/3gpp", "audio/3gpp"),
        ("video/3gpp2", "audio/3gpp2"),
    ],
)
def test_a_film_of_sound_alone_is_still_one_but_a_film_is_no_sound(film: str, sound: str) -> None:
    assert agree(film, sound)
    assert not agree(sound, film)
    assert not agree(film, "audio/mpeg")


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text", ['a/b,"' + '\\"' * 500_000, ',"\\' * 300_000 + '"', '",' * 500_000, '"\\",' * 250_000]
)
def test_no_declaration_takes_long(text: str) -> None:
    declared([text])
