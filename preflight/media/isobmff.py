"""ISO base media files: MP4, 3GP, 3G2, M4A and QuickTime, from the boxes at the top.

Boxes: ISO/IEC 14496-12, 3GPP TS 26.244, 3GPP2 C.S0050 and Apple's QuickTime File Format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..observation import Audio, Video
from .isobmff_boxes import Box, Budget, children
from .isobmff_brands import brands_of, family, named_families
from .isobmff_tracks import Movie, Track, read_fragment, read_movie
from .walk import MAX_ITEMS, Walk, mean_bitrate, rounded

_FORMATS = {"video/mp4": "mp4", "video/3gpp": "3gp", "video/3gpp2": "3g2", "video/quicktime": "mov"}
_NAME = re.compile(rb"[\x20-\x7e\xa9]{4}")
_PADDING = frozenset({b"free", b"skip", b"wide"})
_TOP = _PADDING | {
    b"ftyp", b"moov", b"mdat", b"moof", b"mfra", b"meta", b"meco", b"uuid", b"udta", b"pdin", b"styp", b"sidx", b"ssix",
    b"prft", b"emsg", b"pnot", b"PICT", b"idat", b"imda", b"bloc",
}  # fmt: skip
"""Boxes that stand at the top (ISO/IEC 14496-12 table 1, 23009-1, QuickTime)."""
_BOX_HEADER = 8
_STILLS = frozenset({"mjpeg", "png", "gif", "bmp"})


@dataclass(slots=True)
class _File:
    """What lies at the top. ``last`` and ``end`` are the name of the last box there and where it ends."""

    brands: tuple[bytes, ...] = ()
    movie: Movie = field(default_factory=Movie)
    movie_at: int | None = None
    media_at: int | None = None
    last: bytes = b""
    end: int = 0
    truncated: str | None = None
    corrupt: str | None = None
    overrun: str | None = None


def walk(data: bytes, whole: bool, length: int | None) -> Walk:
    """Read an ISO base media file; see ``timed.Walker`` for the arguments."""
    file = _top(data, whole)
    tracks = file.movie.tracks
    if whole and not file.truncated:
        file.truncated = next((text for track in tracks if (text := _cut(track, len(data)))), None)
    settled = file.truncated or file.overrun or not whole
    problem = None if settled else _problem(file)
    file.corrupt = next((track.corrupt for track in tracks if track.corrupt), None)
    if not settled and not problem and not file.corrupt:
        _check_samples(file, len(data))
    total = length if length is not None else len(data)
    media_type = _media_type(file)
    sound = media_type.startswith("audio/")
    return Walk(
        media_type=media_type,
        also=_also(file, media_type),
        audio=_audio(file, media_type, total, problem) if sound else None,
        video=None if sound else _video(file, media_type, total, problem),
        truncated=file.truncated,
        corrupt=file.corrupt,
        overrun=file.overrun,
        trailing=0 if settled else len(data) - file.end,
    )


def _top(data: bytes, whole: bool) -> _File:
    file, budget = _File(), Budget()
    last: Box | None = None
    for box in children(data, 0, len(data), budget):
        if box.name not in _PADDING:
            if not _is_name(box.name) or _is_surplus(box, len(data), file):
                break
            _enter(data, box, budget, file)
        last = box
    if last is not None:
        file.last, file.end = last.name, last.end
        if whole and last.stated_end > len(data):
            file.truncated = _shortfall(last)
    if budget.spent:
        file.overrun = f"it has more than {MAX_ITEMS:,} boxes"
    elif file.movie.overrun:
        file.overrun = "it has more than 64 tracks"
    return file


def _enter(data: bytes, box: Box, budget: Budget, file: _File) -> None:
    if box.name == b"ftyp" and not file.brands:
        file.brands = brands_of(data, box)
    elif box.name == b"moov" and file.movie_at is None:
        file.movie_at = box.at
        file.movie = read_movie(data, box, budget)
    elif box.name == b"mdat" and file.media_at is None and box.stated_end > box.start:
        file.media_at = box.at
    elif box.name == b"moof":
        file.movie.fragmented = True
        read_fragment(data, box, budget, file.movie)


def _is_surplus(box: Box, total: int, file: _File) -> bool:
    """Whether four letters in what follows a whole movie only look like a box: one that nobody knows, and longer than the file."""
    complete = file.movie_at is not None and file.media_at is not None
    return complete and box.name not in _TOP and box.stated_end > total


def _is_name(name: bytes) -> bool:
    """Whether four bytes can be a box type; QuickTime's begin with a copyright sign at times."""
    return _NAME.fullmatch(name) is not None


def _shortfall(box: Box) -> str:
    size, there = box.stated_end - box.at, box.end - box.at
    return f"its {_label(box.name)} box should be {size:,} bytes, and {there:,} are there"


def _label(name: bytes) -> str:
    return name.decode("latin-1").strip()


def _cut(track: Track, total: int) -> str | None:
    if track.last_byte <= total:
        return None
    return (
        f"a track's samples should end at byte {track.last_byte:,}, and the file ends at {total:,}"
    )


def _check_samples(file: _File, total: int) -> None:
    """Whether there is any sound or picture. No table says how much of it is in fragments, so the boxes of a fragmented file must
    go on to its end, or to the index that closes such a file (mfra)."""
    empty = not any(track.samples or track.fragment_samples for track in file.movie.tracks)
    if not empty and not file.movie.fragmented:
        return
    behind = total - file.end
    if behind >= _BOX_HEADER and file.last != b"mfra":
        file.corrupt = f"{behind:,} bytes behind its {_label(file.last)} box are no box"
    elif empty and file.movie.fragmented:
        file.truncated = "its movie header announces fragments, and none follows"
    elif empty:
        file.corrupt = "its movie header lists no sound and no pictures"


def _problem(file: _File) -> str | None:
    if file.movie_at is None:
        return "it has no movie header (moov)"
    if file.movie.compressed and not file.movie.tracks:
        return "its movie header is compressed (cmov)"
    if not any(track.kind in (b"vide", b"soun") for track in file.movie.tracks):
        return "its movie header has no video or sound track"
    return None


def _first(file: _File, kind: bytes) -> Track | None:
    """The first track of a kind; one with a codec that is no still picture comes first."""
    tracks = [track for track in file.movie.tracks if track.kind == kind]
    moving = (track for track in tracks if track.codec.name not in _STILLS)
    return next(moving, tracks[0] if tracks else None)


def _media_type(file: _File) -> str:
    """The type by the brands; without any the file is QuickTime's, which is older than brands."""
    return _form(file, family(file.brands) if file.brands else "video/quicktime")


def _also(file: _File, media_type: str) -> tuple[str, ...]:
    """What else the file may be called: by its other brands; as MP4 where it has none (ISO/IEC 14496-12 section 4.3.1: it is read as
    if of mp41), unless its tracks are QuickTime's; and a file of sound alone as the video/ form of each, which is for any tracks.
    Where no track was met, as in a file that is cut before its movie header, it may be either form."""
    if file.brands:
        others = named_families(file.brands)
    else:
        quicktime = any(track.quicktime for track in file.movie.tracks)
        others = () if quicktime or file.movie_at is None else ("video/mp4",)
    forms = dict.fromkeys(form for one in others for form in (_form(file, one), one))
    if not file.movie.tracks:
        forms |= dict.fromkeys(_sound_form(one) for one in others if one != "video/quicktime")
    return tuple(form for form in forms if form != media_type)


def _form(file: _File, by_brand: str | None) -> str:
    """The type that a family gives to the file: its audio form where there is sound and no moving picture."""
    video, sound = _first(file, b"vide"), _first(file, b"soun")
    cover = video is not None and video.codec.name in _STILLS
    if by_brand == "audio/mp4" or by_brand not in _FORMATS:
        moving = video is not None and not (cover and by_brand == "audio/mp4")
        return "video/mp4" if moving or (by_brand != "audio/mp4" and sound is None) else "audio/mp4"
    if video is None and sound is not None and by_brand != "video/quicktime":
        return _sound_form(by_brand)
    return by_brand


def _sound_form(family: str) -> str:
    return family.replace("video/", "audio/")


def _audio(file: _File, media_type: str, total: int, problem: str | None) -> Audio:
    track = _first(file, b"soun") or Track()
    seconds = track.seconds or file.movie.seconds
    return Audio(
        format=_FORMATS.get(media_type.replace("audio/", "video/"), "mp4"),
        codec=track.codec.name,
        sample_rate=track.codec.sample_rate,
        channels=track.codec.channels,
        duration_s=rounded(seconds),
        bitrate=mean_bitrate(total, seconds),
        problem=problem,
    )


def _video(file: _File, media_type: str, total: int, problem: str | None) -> Video:
    track, sound = _first(file, b"vide") or Track(), _first(file, b"soun")
    seconds = file.movie.seconds
    late = file.movie_at is not None and file.media_at is not None and file.media_at < file.movie_at
    samples = track.samples + track.fragment_samples
    return Video(
        format=_FORMATS[media_type],
        codec=track.codec.name,
        profile=track.codec.profile,
        level=track.codec.level,
        width=track.codec.width,
        height=track.codec.height,
        fps=round(samples / track.seconds, 3) if track.seconds and samples else None,
        duration_s=rounded(seconds),
        bitrate=mean_bitrate(total, seconds),
        brand=_text(file.brands[0]) if file.brands else None,
        brands=tuple(_text(brand) for brand in file.brands[1:]),
        late_header=late,
        fragmented=file.movie.fragmented,
        audio_codec=sound.codec.name if sound else None,
        problem=problem,
    )


def _text(brand: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in brand)
