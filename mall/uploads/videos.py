"""Checks and cleans a short video as it was sent: an MP4 whose boxes are all understood.

Nothing is decoded. The boxes tell the type, the duration and the pixels, and each box is
checked against the box around it. Boxes with the time and the place of the recording, and
all boxes that a player doesn't need, become `free` boxes of the same size, so that no offset
changes. What can't be cleaned in this way is refused: fragments, and tracks besides picture
and sound (cameras store their route in such a track).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack_from

from mall.uploads.errors import VideoInvalid

MAX_BYTES = 30 * 1024 * 1024
MAX_SECONDS = 60
MAX_PIXELS = 3840 * 2160
MAX_BOXES = 2000
MAX_BRAND_BYTES = 1024
_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "}
)
_PICTURE, _SOUND = b"vide", b"soun"
_CODECS = {_PICTURE: frozenset({b"avc1", b"avc3", b"hvc1", b"hev1"}), _SOUND: frozenset({b"mp4a"})}
# What players need of each box; all else in them is blanked.
_KEPT = {
    b"": frozenset({b"ftyp", b"moov", b"mdat"}),
    b"moov": frozenset({b"mvhd", b"trak", b"iods"}),
    b"trak": frozenset({b"tkhd", b"mdia", b"edts", b"tref"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"dinf", b"stbl"}),
    b"stbl": frozenset(
        {
            *(b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64"),
            *(b"stss", b"sdtp", b"sbgp", b"sgpd", b"subs"),
        }
    ),
}
_REFUSED = frozenset({b"moof", b"mvex", b"cmov"})
_ZEROS = memoryview(bytes(65_536))


@dataclass(frozen=True, slots=True)
class Video:
    """A clean video. Pixels as it is shown."""

    width: int
    height: int
    duration_ms: int
    data: bytes


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    at: int
    body: int
    end: int


@dataclass(frozen=True, slots=True)
class _Track:
    handler: bytes
    seconds: float
    width: int
    height: int


def clean_video(raw: bytes) -> Video:
    """Check and clean what was sent. Raises VideoInvalid, whatever the bytes are.

    Reads at most MAX_BOXES boxes; memory is twice the size of the file.
    """
    try:
        return _Cleaner(raw).cleaned()
    except struct.error:
        raise VideoInvalid(param="file") from None


class _Cleaner:
    """One file, changed in place."""

    def __init__(self, raw: bytes) -> None:
        self._data = bytearray(raw)
        self._left = MAX_BOXES

    def cleaned(self) -> Video:
        top = self._kept(b"", 0, len(self._data))
        if not top or top[0].kind != b"ftyp" or not any(box.kind == b"mdat" for box in top):
            raise VideoInvalid(param="file")
        self._check_brand(top[0])
        moov = _only(top, b"moov")
        parts = self._kept(b"moov", moov.body, moov.end)
        tracks = [self._track(box) for box in parts if box.kind == b"trak"]
        pictures = [track for track in tracks if track.handler == _PICTURE]
        if len(pictures) != 1 or len(tracks) > 2:
            raise VideoInvalid("视频须有且仅有一路画面", param="file")
        seconds = max(self._seconds(_only(parts, b"mvhd")), *(track.seconds for track in tracks))
        self._check_size(pictures[0], seconds)
        return Video(
            pictures[0].width, pictures[0].height, round(seconds * 1000), bytes(self._data)
        )

    def _check_brand(self, ftyp: _Box) -> None:
        if ftyp.end - ftyp.body > MAX_BRAND_BYTES:
            raise VideoInvalid(param="file")
        names = {bytes(self._data[i : i + 4]) for i in range(ftyp.body, ftyp.end, 4)}
        if bytes(self._data[ftyp.body : ftyp.body + 4]) == b"qt  " or not names & _BRANDS:
            raise VideoInvalid(param="file")

    @staticmethod
    def _check_size(picture: _Track, seconds: float) -> None:
        if seconds > MAX_SECONDS or round(seconds * 1000) < 1:
            raise VideoInvalid(f"视频须在 {MAX_SECONDS} 秒以内", param="file")
        if not 0 < picture.width * picture.height <= MAX_PIXELS:
            raise VideoInvalid("视频像素过大", param="file")

    def _track(self, trak: _Box) -> _Track:
        parts = self._kept(b"trak", trak.body, trak.end)
        mdia = _only(parts, b"mdia")
        inner = self._kept(b"mdia", mdia.body, mdia.end)
        handler = self._handler(_only(inner, b"hdlr"))
        minf = _only(inner, b"minf")
        media = self._kept(b"minf", minf.body, minf.end)
        self._check_source(_only(media, b"dinf"))
        table = _only(media, b"stbl")
        self._check_codec(_only(self._kept(b"stbl", table.body, table.end), b"stsd"), handler)
        tkhd = _only(parts, b"tkhd")
        self._blank_times(tkhd)
        width, height = unpack_from(">II", self._data, tkhd.end - 8)
        return _Track(handler, self._seconds(_only(inner, b"mdhd")), width >> 16, height >> 16)

    def _handler(self, hdlr: _Box) -> bytes:
        """The kind of a track; what its maker called it is blanked."""
        _require_size(hdlr, 24)
        handler = bytes(self._data[hdlr.body + 8 : hdlr.body + 12])
        if handler not in _CODECS:
            raise VideoInvalid("视频含有画面和声音以外的轨道，请压缩后再上传", param="file")
        self._zero(hdlr.body + 24, hdlr.end)
        return handler

    def _check_codec(self, stsd: _Box, handler: bytes) -> None:
        """Entries are boxes behind a version and a count; each is one that phones play."""
        _require_size(stsd, 8)
        entries = list(self._boxes(stsd.body + 8, stsd.end))
        if not entries or any(entry.kind not in _CODECS[handler] for entry in entries):
            raise VideoInvalid("仅支持 H.264、H.265 画面和 AAC 声音", param="file")

    def _check_source(self, dinf: _Box) -> None:
        """The samples are in this file: a player must not be sent elsewhere."""
        dref = _only(list(self._boxes(dinf.body, dinf.end)), b"dref")
        _require_size(dref, 8)
        for entry in self._boxes(dref.body + 8, dref.end):
            (flags,) = unpack_from(">I", self._data, entry.body)
            if entry.kind != b"url " or flags != 1 or entry.end != entry.body + 4:
                raise VideoInvalid(param="file")

    def _seconds(self, header: _Box) -> float:
        """Duration of an mvhd or mdhd, whose times of making are blanked."""
        self._blank_times(header)
        if self._data[header.body] == 1:
            _require_size(header, 32)
            scale, duration = unpack_from(">IQ", self._data, header.body + 20)
        else:
            _require_size(header, 20)
            scale, duration = unpack_from(">II", self._data, header.body + 12)
        if not scale:
            raise VideoInvalid(param="file")
        return float(duration) / float(scale)

    def _blank_times(self, header: _Box) -> None:
        _require_size(header, 20)
        size = 16 if self._data[header.body] == 1 else 8
        self._zero(header.body + 4, header.body + 4 + size)

    def _kept(self, parent: bytes, start: int, end: int) -> list[_Box]:
        """The boxes that players need; the others are blanked."""
        kept = []
        for box in self._boxes(start, end, to_the_end=parent == b""):
            if box.kind in _REFUSED:
                raise VideoInvalid("不支持分段的视频，请压缩后再上传", param="file")
            if box.kind in _KEPT[parent]:
                kept.append(box)
            else:
                self._data[box.at + 4 : box.at + 8] = b"free"
                self._zero(box.body, box.end)
        return kept

    def _zero(self, start: int, end: int) -> None:
        # Through a view and piece by piece: assigning a slice copies it twice.
        with memoryview(self._data) as view:
            for at in range(start, end, len(_ZEROS)):
                size = min(len(_ZEROS), end - at)
                view[at : at + size] = _ZEROS[:size]

    def _boxes(self, start: int, end: int, *, to_the_end: bool = False) -> Iterator[_Box]:
        """The boxes side by side from `start` to exactly `end`."""
        while start < end:
            self._left -= 1
            size, kind = unpack_from(">I4s", self._data, start)
            body = start + 8
            if size == 1:
                (size,) = unpack_from(">Q", self._data, body)
                body += 8
            elif size == 0 and to_the_end:
                size = end - start
            if self._left < 0 or size < body - start or start + size > end:
                raise VideoInvalid(param="file")
            yield _Box(kind, start, body, start + size)
            start += size


def _only(boxes: list[_Box], kind: bytes) -> _Box:
    found = [box for box in boxes if box.kind == kind]
    if len(found) != 1:
        raise VideoInvalid(param="file")
    return found[0]


def _require_size(box: _Box, size: int) -> None:
    """Raises VideoInvalid when a box is too small to hold what is read of it."""
    if box.end - box.body < size:
        raise VideoInvalid(param="file")
