"""Header facts of real files made by ffmpeg (fixtures/make_timed.py), against what it was asked to make."""

from __future__ import annotations

from pathlib import Path

import pytest

from preflight.media import timed
from preflight.media.walk import Walk

FIXTURES = Path(__file__).parents[3] / "fixtures" / "media" / "timed"


def read(media_type: str, name: str) -> Walk:
    data = (FIXTURES / name).read_bytes()
    return timed.WALKERS[media_type](data, True, len(data))


@pytest.mark.parametrize(
    ("media_type", "name", "codec", "rate"),
    [
        ("audio/mpeg", "cbr.mp3", "mp3", 16_000),
        ("audio/mpeg", "vbr.mp3", "mp3", 8_000),
        ("audio/mpeg", "noheader.mp3", "mp3", 16_000),
        ("audio/mpeg", "layer2.mp3", "mp2", 16_000),
        ("audio/aac", "adts.aac", "aac", 16_000),
        ("audio/amr", "narrow.amr", "amr", 8_000),
        ("audio/wav", "pcm.wav", "pcm", 8_000),
        ("audio/wav", "ima.wav", "adpcm", 8_000),
        ("audio/wav", "mp3.wav", "mp3", 16_000),
        ("audio/mp4", "sound.m4a", "aac", 8_000),
        ("audio/mp4", "soundonly.mp4", "aac", 8_000),
        ("audio/3gpp", "sound.3gp", "amr", 8_000),
        ("audio/ogg", "vorbis.ogg", "vorbis", 8_000),
        ("audio/ogg", "opus.ogg", "opus", 48_000),
        ("audio/ogg", "flac.ogg", "flac", 8_000),
        ("audio/flac", "sound.flac", "flac", 8_000),
        ("audio/x-ms-wma", "sound.wma", "wma", 16_000),
    ],
)
def test_sound(media_type: str, name: str, codec: str, rate: int) -> None:
    walk = read(media_type, name)
    assert walk.audio is not None
    assert walk.video is None
    assert (walk.audio.codec, walk.audio.sample_rate, walk.audio.channels) == (codec, rate, 1)
    assert walk.audio.duration_s == pytest.approx(1.0, abs=0.25)
    assert walk.media_type in (None, media_type)
    assert (walk.audio.problem, walk.truncated, walk.corrupt, walk.overrun) == (None,) * 4
    assert walk.trailing == 0


@pytest.mark.parametrize(
    ("media_type", "name", "codec", "audio_codec", "fps"),
    [
        ("video/mp4", "late.mp4", "h264", "aac", 10),
        ("video/mp4", "early.mp4", "h264", "aac", 10),
        ("video/mp4", "fragmented.mp4", "h264", "aac", 10),
        ("video/mp4", "hevc.mp4", "h265", None, 10),
        ("video/3gpp", "h263.3gp", "h263", "amr", 10),
        ("video/3gpp", "part2.3gp", "mpeg4", "aac", 10),
        ("video/3gpp2", "h264.3g2", "h264", "aac", 10),
        ("video/quicktime", "quicktime.mov", "h264", "pcm", 10),
        ("video/x-msvideo", "part2.avi", "mpeg4", "mp3", 10),
        ("video/mpeg", "mpeg1.mpg", "mpeg1video", "mp2", 25),
        ("video/mpeg", "mpeg2.mpg", "mpeg2video", "mp2", 25),
        ("video/x-ms-wmv", "video.wmv", "wmv2", "wma", None),
        ("video/webm", "vp8.webm", "vp8", "opus", None),
    ],
)
def test_picture(
    media_type: str, name: str, codec: str, audio_codec: str | None, fps: int | None
) -> None:
    walk = read(media_type, name)
    assert walk.video is not None
    assert walk.audio is None
    assert (walk.video.codec, walk.video.audio_codec) == (codec, audio_codec)
    assert (walk.video.width, walk.video.height) == (176, 144)
    assert fps is None or walk.video.fps == pytest.approx(fps, rel=0.15)
    assert walk.video.duration_s == pytest.approx(1.0, abs=0.25)
    assert walk.media_type in (None, media_type)
    assert (walk.video.problem, walk.truncated, walk.corrupt, walk.overrun) == (None,) * 4
    assert walk.trailing == 0


@pytest.mark.parametrize(
    ("name", "late", "fragmented"),
    [("late.mp4", True, False), ("early.mp4", False, False), ("fragmented.mp4", False, True)],
)
def test_where_the_movie_header_is(name: str, late: bool, fragmented: bool) -> None:
    video = read("video/mp4", name).video
    assert video is not None
    assert (video.late_header, video.fragmented) == (late, fragmented)
    assert (video.profile, video.level) == ("Constrained Baseline", "3.0")
