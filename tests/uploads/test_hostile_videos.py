"""The MP4 box reader meets files that were changed on purpose.

Whatever comes in: only VideoInvalid gets out, work and memory are bounded by the size of the
file, and what is accepted is clean. Work is counted in calls rather than in seconds, so that
a busy machine changes nothing.
"""

from __future__ import annotations

import struct
import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mall.uploads.errors import VideoInvalid
from mall.uploads.videos import MAX_BOXES, MAX_PIXELS, MAX_SECONDS, Video, clean_video
from tests.support.videos import box, full, header, located, mp4, track

FILES = (
    mp4(moov=located()),
    mp4(track(), version=1, seconds=59),
    mp4(track(), track(b"soun", b"mp4a", size=(0, 0)), moov=located(), behind=located()),
    mp4(track(extra=located()), behind=box(b"free", bytes(40))),
    mp4(track(codec=b"hvc1", size=(3840, 2160)), brand=b"mp42"),
)
KINDS = (
    *(b"ftyp", b"moov", b"mdat", b"mvhd", b"trak", b"tkhd", b"mdia", b"mdhd", b"hdlr", b"minf"),
    *(b"dinf", b"dref", b"stbl", b"stsd", b"avc1", b"url ", b"free", b"moof", b"udta"),
)
NUMBERS = (0, 1, 2, 7, 8, 9, 15, 16, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF8, 0xFFFFFFFF)
CALLS_PER_BOX = 40
TINY = struct.pack(">II", 2**32 - 1, 1)
"""A duration of less than a millisecond, as a scale and a number of its parts."""

Change = Callable[[bytes], bytes]


def places(data: bytes) -> list[int]:
    """Where the size of each known box stands."""
    found = []
    for kind in KINDS:
        at = data.find(kind)
        while at >= 4:
            found.append(at - 4)
            at = data.find(kind, at + 1)
    return sorted(found) or [0]


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """One change of a file: its sizes, its kinds, its bytes, its length."""
    where, number = draw(st.integers(0, 10_000)), draw(st.sampled_from(NUMBERS))
    length, kind = draw(st.integers(1, 200)), draw(st.sampled_from(KINDS))
    delta = draw(st.integers(-20, 20))

    def at_box(data: bytes, new: bytes, skip: int = 0) -> bytes:
        spots = places(data)
        at = spots[where % len(spots)] + skip
        return data[:at] + new + data[at + len(new) :]

    def resized(data: bytes) -> bytes:
        spots = places(data)
        at = spots[where % len(spots)]
        (size,) = struct.unpack(">I", data[at : at + 4].ljust(4, b"\0"))
        return at_box(data, struct.pack(">I", (size + delta) % 2**32))

    def cut(data: bytes) -> bytes:
        return data[: where % (len(data) + 1)]

    def without(data: bytes) -> bytes:
        at = where % (len(data) + 1)
        return data[:at] + data[at + length :]

    def repeated(data: bytes) -> bytes:
        at = where % (len(data) + 1)
        return data[:at] + data[at : at + length] * 3 + data[at + length :]

    def flipped(data: bytes) -> bytes:
        if not data:
            return data
        at = where % len(data)
        return data[:at] + bytes([data[at] ^ (1 << (length % 8))]) + data[at + 1 :]

    return draw(
        st.sampled_from(
            (
                lambda data: at_box(data, struct.pack(">I", number)),
                lambda data: at_box(data, kind, skip=4),
                lambda data: at_box(data, struct.pack(">I4sQ", 1, kind, number * 2**29)),
                lambda data: at_box(data, struct.pack(">I", number), skip=8),
                resized,
                cut,
                without,
                repeated,
                flipped,
            )
        )
    )


@st.composite
def files(draw: st.DrawFn) -> bytes:
    data = draw(st.sampled_from(FILES))
    for change in draw(st.lists(changes(), min_size=0, max_size=6)):
        data = change(data)
    return data


def cleaned(raw: bytes) -> Video | None:
    """What becomes of a file, within the bounds; None when it is refused.

    Memory: the file, its changed copy and the answer, and something small.
    """
    calls = 0

    def count(_frame: FrameType, event: str, _what: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    tracemalloc.start()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        video = clean_video(raw)
    except VideoInvalid:
        video = None
    finally:
        sys.setprofile(before)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert calls <= MAX_BOXES * CALLS_PER_BOX
    assert peak <= 2.5 * len(raw) + 2_000_000
    return video


@given(raw=files())
@settings(max_examples=1500, deadline=None)
@example(raw=b"")
@example(raw=mp4(seconds=0.0001))
@example(raw=mp4(track(seconds=0), seconds=0).replace(struct.pack(">II", 600, 0), TINY))
def test_changed_files(raw: bytes) -> None:
    video = cleaned(raw)
    if video is None:
        return
    assert len(video.data) == len(raw)
    assert 0 < video.duration_ms <= MAX_SECONDS * 1000
    assert 0 < video.width * video.height <= MAX_PIXELS
    again = clean_video(video.data)
    assert again == video, "a clean video is clean"


@given(raw=st.binary(max_size=400), start=st.sampled_from((b"", FILES[0][:24], FILES[0][:400])))
@settings(max_examples=300, deadline=None)
def test_noise(raw: bytes, start: bytes) -> None:
    assert cleaned(start + raw) is None


def test_the_files_themselves_are_good() -> None:
    for raw in FILES:
        assert cleaned(raw) is not None


MANY = 4 * 1024 * 1024
EMPTY_BOX = struct.pack(">I4s", 8, b"free")


def inside(*kinds: bytes, core: bytes) -> bytes:
    """A file whose boxes `kinds`, each in the one before, hold `core`."""
    for kind in reversed(kinds):
        core = box(kind, core)
    return box(b"ftyp", b"isom", bytes(4), b"mp42") + box(b"mdat", b"x") + core


@pytest.mark.parametrize(
    "raw",
    [
        # More names of brands than a file can have.
        box(b"ftyp", b"isom", bytes(4), *(struct.pack(">I", n) for n in range(MANY // 4)))
        + mp4()[24:],
        # Empty boxes by the hundred thousand, on each level.
        EMPTY_BOX * (MANY // 8),
        inside(b"moov", core=EMPTY_BOX * (MANY // 8)),
        inside(b"moov", b"trak", b"mdia", b"minf", b"stbl", core=EMPTY_BOX * (MANY // 8)),
        mp4(behind=EMPTY_BOX * (MANY // 8)),
        # Boxes in boxes, deeper than anything real.
        inside(*([b"moov"] * 20_000), core=b""),
        # A size that points behind the file's end, in 64 bits.
        struct.pack(">I4sQ", 1, b"ftyp", 2**64 - 1) + mp4(),
        struct.pack(">I4sQ", 1, b"mdat", 0) + mp4(),
        # Entries by the hundred thousand where players expect one.
        inside(
            b"moov", core=header(b"mvhd", 600, 600, bytes(80)) + track(extra=EMPTY_BOX * 90_000)
        ),
        inside(b"moov", core=full(b"dref", EMPTY_BOX * 90_000)),
        mp4(track(extra=box(b"udta", bytes(MANY)))),
        mp4(*(track() for _ in range(1000))),
    ],
    ids=lambda _raw: "",
)
def test_files_made_to_cost_time_or_memory(raw: bytes) -> None:
    cleaned(raw)
