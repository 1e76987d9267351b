"""The movie box: tracks, their codecs and durations, and whether their samples lie inside the file."""

from __future__ import annotations

from dataclasses import dataclass, field

from .isobmff_boxes import Box, Budget, children, find, named, number
from .isobmff_codecs import Codec, audio_codec, video_codec
from .isobmff_samples import last_byte, overlong, total_time, words
from .walk import MAX_ITEMS

_MAX_TRACKS = 64
_FRAGMENT_COST = 20
"""Boxes that a fragment counts for beyond its own: reading one takes that much longer than stepping over a box."""


@dataclass(slots=True)
class Track:
    """One trak box. ``kind`` is the handler: vide, soun, and others; ``quicktime`` whether it is one of QuickTime's, which say what
    ISO's leave 0. Times are in ``scale`` units a second."""

    kind: bytes = b""
    quicktime: bool = False
    number: int = 0
    scale: int = 0
    duration: int = 0
    samples: int = 0
    codec: Codec = field(default_factory=Codec)
    last_byte: int = 0
    corrupt: str | None = None
    fragment_default: int = 0
    fragment_duration: int = 0
    fragment_samples: int = 0

    @property
    def seconds(self) -> float | None:
        """Length of the track, its fragments included."""
        units = self.duration + self.fragment_duration
        return units / self.scale if self.scale and units else None


@dataclass(slots=True)
class Movie:
    """The moov box. ``compressed`` is QuickTime's cmov, in which nothing can be read."""

    tracks: list[Track] = field(default_factory=list)
    scale: int = 0
    duration: int = 0
    fragmented: bool = False
    compressed: bool = False
    overrun: bool = False

    @property
    def seconds(self) -> float | None:
        """Length of the movie: as its header says, else that of the longest track."""
        stated = self.duration / self.scale if self.scale else 0.0
        if stated and not self.fragmented:
            return stated
        longest = max((track.seconds or 0.0 for track in self.tracks), default=0.0)
        return max(stated, longest) or None


def read_movie(data: bytes, moov: Box, budget: Budget) -> Movie:
    """Everything below a moov box; a box that is cut off is read as far as it goes."""
    movie = Movie()
    for box in children(data, moov.start, moov.end, budget):
        if box.name == b"mvhd":
            movie.scale, movie.duration = _times(data, box)
        elif box.name == b"trak":
            if len(movie.tracks) >= _MAX_TRACKS:
                movie.overrun = True
                break
            movie.tracks.append(_read_track(data, box, budget))
        elif box.name == b"mvex":
            movie.fragmented = True
            _read_defaults(data, box, budget, movie)
        elif box.name == b"cmov":
            movie.compressed = True
    return movie


def _times(data: bytes, box: Box) -> tuple[int, int]:
    """Time scale and duration of an mvhd or mdhd box; a duration of all ones means unknown."""
    if box.end - box.start < 20:
        return 0, 0
    if data[box.start] == 1:
        duration = number(data[: box.end], box.start + 24, 8)
        return number(data, box.start + 20), duration if duration < 1 << 63 else 0
    duration = number(data, box.start + 16)
    return number(data, box.start + 12), duration if duration != 0xFFFFFFFF else 0


def _read_track(data: bytes, trak: Box, budget: Budget) -> Track:
    track = Track()
    mdia: Box | None = None
    size: tuple[int, int] = (0, 0)
    for box in children(data, trak.start, trak.end, budget):
        if box.name == b"tkhd" and box.end > box.start:
            wide = data[box.start] == 1
            track.number = number(data, box.start + (20 if wide else 12))
            end = box.start + (96 if wide else 84)
            size = (
                (number(data, end - 8) >> 16, number(data, end - 4) >> 16)
                if end <= box.end
                else size
            )
        elif box.name == b"mdia":
            mdia = box
    if mdia is None:
        return track
    minf: Box | None = None
    for box in children(data, mdia.start, mdia.end, budget):
        if box.name == b"mdhd":
            track.scale, track.duration = _times(data, box)
        elif box.name == b"hdlr":
            track.kind = data[box.start + 8 : min(box.start + 12, box.end)]
            track.quicktime = number(data, box.start + 4) != 0
        elif box.name == b"minf":
            minf = box
    if minf is not None and (table := find(data, minf, budget, b"stbl")) is not None:
        _read_samples(data, table, budget, track, _external(data, minf, budget))
    if track.kind == b"vide":
        track.codec.width = track.codec.width or size[0] or None
        track.codec.height = track.codec.height or size[1] or None
    return track


def _external(data: bytes, minf: Box, budget: Budget) -> bool:
    """Whether the media data are in another file: then chunk offsets say nothing about this one."""
    dref = find(data, minf, budget, b"dinf", b"dref")
    if dref is None or dref.end - dref.start < 20:
        return False
    first = dref.start + 8
    return data[first + 4 : first + 8] in (b"url ", b"urn ", b"alis") and not data[first + 11] & 1


def _read_samples(data: bytes, table: Box, budget: Budget, track: Track, external: bool) -> None:
    wanted = {b"stsd", b"stts", b"stsz", b"stz2", b"stsc", b"stco", b"co64"}
    boxes: dict[bytes, Box] = {}
    for box in children(data, table.start, table.end, budget):
        if box.name in wanted:
            boxes.setdefault(box.name, box)
    if (entries := boxes.get(b"stsd")) is not None:
        _read_entry(data, entries, budget, track)
    if (sizes := boxes.get(b"stsz") or boxes.get(b"stz2")) is not None:
        track.samples = number(data, sizes.start + 8)
    if track.scale and not track.duration and (stts := boxes.get(b"stts")) is not None:
        track.duration = total_time(data, stts)
    track.corrupt = next((text for box in boxes.values() if (text := overlong(data, box))), None)
    if not external and not track.corrupt:
        track.last_byte = last_byte(data, boxes)


def _read_entry(data: bytes, stsd: Box, budget: Budget, track: Track) -> None:
    """The first sample entry; nearly all files have just one."""
    entry = next(children(data, stsd.start + 8, stsd.end, budget), None)
    if entry is None:
        return
    if track.kind == b"vide":
        track.codec = video_codec(data, entry, budget)
    elif track.kind == b"soun":
        track.codec = audio_codec(data, entry, budget)


def _read_defaults(data: bytes, mvex: Box, budget: Budget, movie: Movie) -> None:
    for trex in named(data, mvex, budget, b"trex", _MAX_TRACKS):
        for track in movie.tracks:
            if track.number == number(data, trex.start + 4):
                track.fragment_default = number(data, trex.start + 12)


def read_fragment(data: bytes, moof: Box, budget: Budget, movie: Movie) -> None:
    """Add the samples and the time of one moof box to its tracks."""
    budget.left -= _FRAGMENT_COST
    for traf in named(data, moof, budget, b"traf", _MAX_TRACKS):
        track: Track | None = None
        default = 0
        for box in children(data, traf.start, traf.end, budget):
            if box.name == b"tfhd":
                wanted, flags = number(data, box.start + 4), number(data, box.start + 1, 3)
                track = next((one for one in movie.tracks if one.number == wanted), None)
                at = box.start + 8 + (8 if flags & 1 else 0) + (4 if flags & 2 else 0)
                default = number(data, at) if flags & 8 else track.fragment_default if track else 0
            elif box.name == b"trun" and track is not None:
                _read_run(data, box, default, track)


def _read_run(data: bytes, trun: Box, default: int, track: Track) -> None:
    flags, count = number(data, trun.start + 1, 3), number(data, trun.start + 4)
    columns = sum(1 for bit in (0x100, 0x200, 0x400, 0x800) if flags & bit)
    first = trun.start + 8 + (4 if flags & 1 else 0) + (4 if flags & 4 else 0)
    room = max(0, trun.end - first) // (4 * columns) if columns else count
    count = min(count, room, MAX_ITEMS)
    track.fragment_samples += count
    timed = flags & 0x100
    track.fragment_duration += (
        sum(words(data, first, count * columns)[::columns]) if timed else default * count
    )
