"""Sample entries: which codec a track holds, with its profile and level (ISO/IEC 14496-12, -14, -15; 3GPP TS 26.244)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .adts import CHANNELS, SAMPLE_RATES
from .isobmff_boxes import Box, Budget, find, number

_VIDEO = {
    b"avc1": "h264", b"avc2": "h264", b"avc3": "h264", b"avc4": "h264", b"hvc1": "h265", b"hev1": "h265", b"dvh1": "h265",
    b"dvhe": "h265", b"dva1": "h264", b"dvav": "h264", b"vvc1": "h266", b"vvi1": "h266", b"s263": "h263", b"h263": "h263",
    b"H263": "h263", b"mp4v": "mpeg4", b"XVID": "mpeg4", b"xvid": "mpeg4", b"DIVX": "mpeg4", b"DX50": "mpeg4",
    b"FMP4": "mpeg4", b"av01": "av1", b"vp08": "vp8", b"vp09": "vp9", b"jpeg": "mjpeg", b"mjpa": "mjpeg",
    b"mjpb": "mjpeg", b"png ": "png", b"gif ": "gif", b"m1v ": "mpeg1video", b"m1v1": "mpeg1video",
    b"mpeg": "mpeg1video", b"mp1v": "mpeg1video", b"mp2v": "mpeg2video", b"m2v1": "mpeg2video", b"mx5p": "mpeg2video",
    b"apch": "prores", b"apcn": "prores", b"apcs": "prores", b"apco": "prores", b"ap4h": "prores", b"ap4x": "prores",
    b"WMV1": "wmv1", b"WMV2": "wmv2", b"vc-1": "vc1", b"dvc ": "dv", b"dvcp": "dv",
}  # fmt: skip
_AUDIO = {
    b"mp4a": "aac", b"samr": "amr", b"sawb": "amr-wb", b"sawp": "amr-wb+", b"sevc": "evrc", b"secb": "evrc", b"sqcp": "qcelp",
    b"Qclp": "qcelp", b"ssmv": "smv", b".mp3": "mp3", b"ms\x00\x55": "mp3", b"mp3 ": "mp3", b"alac": "alac", b"ac-3": "ac3",
    b"ec-3": "eac3", b"ac-4": "ac4", b"Opus": "opus", b"fLaC": "flac", b"twos": "pcm", b"sowt": "pcm", b"raw ": "pcm",
    b"NONE": "pcm", b"lpcm": "pcm", b"in24": "pcm", b"in32": "pcm", b"fl32": "pcm", b"fl64": "pcm", b"ipcm": "pcm",
    b"fpcm": "pcm", b"\x00\x00\x00\x00": "pcm", b"ulaw": "mulaw", b"alaw": "alaw", b"ima4": "adpcm", b"ms\x00\x02": "adpcm",
    b"ms\x00\x11": "adpcm", b"MAC3": "mace", b"MAC6": "mace", b"QDM2": "qdm2", b"QDMC": "qdmc", b"agsm": "gsm",
    b"spex": "speex", b"dtsc": "dts", b"dtse": "dts", b"dtsh": "dts", b"dtsl": "dts", b"mha1": "mpegh", b"mhm1": "mpegh",
}  # fmt: skip
_OBJECT_TYPES = {
    0x20: "mpeg4", 0x21: "h264", 0x23: "h265", 0x40: "aac", 0x66: "aac", 0x67: "aac", 0x68: "aac", 0x69: "mp3",
    0x6A: "mpeg1video", 0x6B: "mp3", 0x6C: "mjpeg", 0x6D: "png", 0xA0: "evrc", 0xA1: "smv", 0xA5: "ac3", 0xA6: "eac3",
    0xA9: "dts", 0xAD: "opus", 0xB1: "vp9", 0xC1: "flac", 0xDD: "vorbis", 0xE1: "qcelp",
} | dict.fromkeys(range(0x60, 0x66), "mpeg2video")  # fmt: skip
"""objectTypeIndication (mp4ra.org)."""

_H264 = {44: "CAVLC 4:4:4", 66: "Baseline", 77: "Main", 88: "Extended", 100: "High", 110: "High 10", 122: "High 4:2:2",
         244: "High 4:4:4"}  # fmt: skip
_H265 = {1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Range Extensions"}
_AV1 = {0: "Main", 1: "High", 2: "Professional"}
_FIXED_RATES = {"amr": 8_000, "amr-wb": 16_000}


@dataclass(slots=True)
class Codec:
    """What one sample entry says."""

    name: str | None = None
    profile: str | None = None
    level: str | None = None
    width: int | None = None
    height: int | None = None
    sample_rate: int | None = None
    channels: int | None = None


def video_codec(data: bytes, entry: Box, budget: Budget) -> Codec:
    """A VisualSampleEntry: 78 bytes of its own, then the codec's configuration box."""
    at = entry.start
    inner = Box(entry.name, at, at + 78, entry.end, entry.stated_end)
    name = _original_format(data, entry.name, inner, budget)
    codec = Codec(
        name=_VIDEO.get(name) or _spelled(name),
        width=number(data[: entry.end], at + 24, 2) or None,
        height=number(data[: entry.end], at + 26, 2) or None,
    )
    for box_name, read in _CONFIGURATIONS.items():
        box = find(data, inner, budget, box_name)
        if box is not None and box.end > box.start:
            read(data[box.start : min(box.end, box.start + 512)], codec)
            break
    return codec


def audio_codec(data: bytes, entry: Box, budget: Budget) -> Codec:
    """An AudioSampleEntry: 28 bytes of its own, 44 or 64 in QuickTime's versions 1 and 2, then boxes."""
    at, version = entry.start, number(data, entry.start + 8, 2)
    inner = Box(entry.name, at, at + 28, entry.end, entry.stated_end)
    name = _original_format(data, entry.name, inner, budget)
    codec = Codec(name=_AUDIO.get(name) or _spelled(name))
    if version == 2 and entry.end >= at + 44:
        (rate,) = struct.unpack_from(">d", data, at + 32)
        codec.sample_rate = int(rate) if 0 < rate < 10_000_000 else None
        codec.channels = number(data, at + 40) or None
    else:
        codec.sample_rate = number(data, at + 24) >> 16 or None
        codec.channels = number(data, at + 16, 2) or None
    for skip in {0: (28,), 1: (44, 28), 2: (64,)}.get(version, (28,)):
        inner = Box(entry.name, at, at + skip, entry.end, entry.stated_end)
        esds = find(data, inner, budget, b"esds") or find(data, inner, budget, b"wave", b"esds")
        if esds is not None:
            _read_esds(data[esds.start : min(esds.end, esds.start + 512)], codec)
            break
    if codec.name in _FIXED_RATES:
        codec.channels, codec.sample_rate = 1, _FIXED_RATES[codec.name]
    return codec


def _original_format(data: bytes, name: bytes, inner: Box, budget: Budget) -> bytes:
    """The codec of an encrypted track."""
    if name not in (b"encv", b"enca"):
        return name
    frma = find(data, inner, budget, b"sinf", b"frma")
    return data[frma.start : frma.start + 4] if frma else name


def _spelled(name: bytes) -> str | None:
    text = name.decode("latin-1").strip("\x00 ").lower()
    return text if text.isascii() and text.isprintable() and text else None


def _read_avcc(box: bytes, codec: Codec) -> None:
    if len(box) < 4:
        return
    profile, flags, level = box[1], box[2], box[3]
    name = _H264.get(profile, str(profile))
    codec.profile = "Constrained Baseline" if profile == 66 and flags & 0x40 else name
    with_flag = level == 11 and flags & 0x10 and profile in (66, 77, 88)
    codec.level = "1b" if with_flag or level == 9 else f"{level // 10}.{level % 10}"


def _read_hvcc(box: bytes, codec: Codec) -> None:
    if len(box) >= 13:
        profile = box[1] & 0x1F
        codec.profile = _H265.get(profile, str(profile))
        codec.level = f"{box[12] // 30}.{box[12] % 30 // 3}"


def _read_d263(box: bytes, codec: Codec) -> None:
    if len(box) >= 7:
        codec.profile = "Baseline" if box[6] == 0 else f"Profile {box[6]}"
        codec.level = str(box[5]) if box[5] else None


def _read_vpcc(box: bytes, codec: Codec) -> None:
    if len(box) >= 6:
        codec.profile, codec.level = f"Profile {box[4]}", f"{box[5] // 10}.{box[5] % 10}"


def _read_av1c(box: bytes, codec: Codec) -> None:
    if len(box) >= 2:
        codec.profile = _AV1.get(box[1] >> 5)
        codec.level = f"{2 + (box[1] & 31) // 4}.{box[1] & 3}"


def _read_esds(box: bytes, codec: Codec) -> None:
    """Elementary stream descriptor: the object type tells what mp4a and mp4v really hold."""
    at = _descriptor(box, 4, 3)
    if at is None or at + 3 > len(box):
        return
    flags = box[at + 2]
    at += 3 + (2 if flags & 0x80 else 0)
    if flags & 0x40:
        at += 1 + number(box, at, 1)
    configuration = _descriptor(box, at + (2 if flags & 0x20 else 0), 4)
    if configuration is None or configuration >= len(box):
        return
    name = _OBJECT_TYPES.get(box[configuration])
    codec.name = name or codec.name
    specific = _descriptor(box, configuration + 13, 5)
    if specific is None:
        return
    if name == "aac":
        _read_audio_configuration(box[specific : specific + 8], codec)
    elif name == "mpeg4":
        _read_visual_configuration(box[specific:], codec)


def _descriptor(box: bytes, at: int, tag: int) -> int | None:
    """Where the content of the descriptor at ``at`` begins, if it is the wanted one."""
    if at >= len(box) or box[at] != tag:
        return None
    for follow in range(at + 1, at + 5):
        if follow < len(box) and not box[follow] & 0x80:
            return follow + 1
    return None


def _read_audio_configuration(box: bytes, codec: Codec) -> None:
    """AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1); HE-AAC (types 5 and 29) states its own output rate."""
    bits, left = int.from_bytes(box, "big"), len(box) * 8

    def take(count: int) -> int:
        nonlocal left
        left -= count
        return bits >> left & ((1 << count) - 1) if left >= 0 else 0

    def rate() -> int | None:
        index = take(4)
        return (
            take(24) if index == 15 else SAMPLE_RATES[index] if index < len(SAMPLE_RATES) else None
        )

    kind = take(5)
    kind = 32 + take(6) if kind == 31 else kind
    sample_rate, channels = rate(), take(4)
    if kind in (5, 29):
        sample_rate = rate()
    if left < 0:
        return
    codec.sample_rate = sample_rate or codec.sample_rate
    if 0 < channels < len(CHANNELS):
        codec.channels = 2 if kind == 29 else CHANNELS[channels]


def _read_visual_configuration(box: bytes, codec: Codec) -> None:
    """profile_and_level_indication after the visual object sequence start code (ISO/IEC 14496-2 table G-1)."""
    at = box.find(b"\x00\x00\x01\xb0")
    if at < 0 or at + 4 >= len(box):
        return
    value = box[at + 4]
    if value in (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x08, 0x09):
        codec.profile, codec.level = (
            "Simple",
            "0" if value == 8 else "0b" if value == 9 else str(value),
        )
    elif 0xF0 <= value <= 0xF7:
        codec.profile, codec.level = "Advanced Simple", str(value & 7)


_CONFIGURATIONS = {
    b"avcC": _read_avcc, b"hvcC": _read_hvcc, b"esds": _read_esds, b"d263": _read_d263, b"vpcC": _read_vpcc,
    b"av1C": _read_av1c,
}  # fmt: skip
