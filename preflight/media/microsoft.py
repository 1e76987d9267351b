"""The two structures that WAV, AVI and ASF share: WAVEFORMATEX and BITMAPINFOHEADER (mmreg.h, wingdi.h)."""

from __future__ import annotations

_SOUND = {
    0x0001: "pcm", 0x0002: "adpcm", 0x0003: "pcm", 0x0005: "cvsd", 0x0006: "alaw", 0x0007: "mulaw",
    0x000A: "wmavoice", 0x0010: "adpcm", 0x0011: "adpcm", 0x0012: "adpcm", 0x0014: "g723", 0x0016: "adpcm",
    0x0017: "adpcm", 0x0020: "adpcm", 0x0022: "truespeech", 0x0031: "gsm", 0x0038: "amr-wb", 0x0040: "adpcm",
    0x0042: "g723", 0x0045: "adpcm", 0x0050: "mp2", 0x0055: "mp3", 0x0057: "amr", 0x0058: "amr-wb", 0x0061: "adpcm",
    0x0062: "adpcm", 0x0064: "adpcm", 0x0083: "g729", 0x00FF: "aac", 0x0160: "wma", 0x0161: "wma", 0x0162: "wma",
    0x0163: "wma", 0x0270: "atrac3", 0x028F: "g722", 0x0706: "aac", 0x1600: "aac", 0x1602: "aac", 0x2000: "ac3",
    0x2001: "dts", 0x4143: "aac", 0x4201: "adpcm", 0x566F: "vorbis", 0x674F: "vorbis", 0x6750: "vorbis",
    0x6751: "vorbis", 0x676F: "vorbis", 0x6770: "vorbis", 0x6771: "vorbis", 0x7A21: "amr", 0x7A22: "amr-wb",
    0xA106: "aac", 0xA109: "speex", 0xF1AC: "flac",
}  # fmt: skip

_PICTURE = {
    name: codec
    for codec, names in {
        "h264": "H264 X264 AVC1 DAVC VSSH",
        "h265": "HEVC H265 HVC1 X265",
        "mpeg4": "MP4V XVID DIVX DX50 FMP4 3IV2 M4S2 MP4S RMP4 SEDG",
        "msmpeg4": "MPG4 MP41 MP42 MP43 DIV1 DIV2 DIV3 DIV4 DIV5 DIV6 COL1 AP41",
        "mpeg1video": "MPG1 MPEG PIM1",
        "mpeg2video": "MPG2 MP2V",
        "h261": "H261",
        "h263": "H263 U263 VIVO S263 X263",
        "mjpeg": "MJPG AVRN JPEG DMB1 MJPA ACDV",
        "wmv1": "WMV1",
        "wmv2": "WMV2",
        "wmv3": "WMV3 WMVP",
        "vc1": "WVC1 WMVA WVP2",
        "mss": "MSS1 MSS2",
        "cinepak": "CVID",
        "msvideo1": "CRAM MSVC WHAM",
        "indeo": "IV31 IV32 IV41 IV50 RT21",
        "vp8": "VP80",
        "vp9": "VP90",
        "av1": "AV01",
        "dv": "DVSD DVHD DVIS DV25 DV50 DVH1",
        "ffv1": "FFV1",
        "huffyuv": "HFYU FFVH",
        "rawvideo": "I420 IYUV YV12 YUY2 UYVY YUYV DIB RGB RAW",
        "png": "MPNG PNG",
    }.items()
    for name in names.split()
}


def sound_codec(tag: int) -> str:
    """The codec of a WAVEFORMATEX tag; an unknown tag as 0x and four digits."""
    return _SOUND.get(tag, f"0x{tag:04x}")


def picture_codec(fourcc: bytes) -> str | None:
    """The codec of a FourCC; an unknown one in lower case. Zero is uncompressed, 1 and 2 are run-length."""
    if fourcc[1:] == bytes(3) and fourcc[:1] in (b"\x00", b"\x01", b"\x02", b"\x03"):
        return "rawvideo" if fourcc[:1] in (b"\x00", b"\x03") else "rle"
    text = fourcc.decode("latin-1").strip("\x00 ")
    if not (text.isascii() and text.isprintable()):
        return None
    return _PICTURE.get(text.upper(), text.lower()) or None
