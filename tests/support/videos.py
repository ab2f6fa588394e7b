"""MP4 files made of boxes: what phones write, and what somebody might try."""

from __future__ import annotations

import struct

WHERE = b"+30.2741+120.1551/"
"""Where the phone was, as iPhones and Androids write it."""


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def header(kind: bytes, scale: int, duration: int, more: bytes, version: int = 0) -> bytes:
    """An mvhd or mdhd, made at a time that shall be forgotten."""
    times = struct.pack(">II" if version == 0 else ">QQ", 0xC0FFEE01, 0xC0FFEE02)
    length = struct.pack(">II" if version == 0 else ">IQ", scale, duration)
    return full(kind, times, length, more, version=version)


def track(
    handler: bytes = b"vide",
    codec: bytes = b"avc1",
    *,
    seconds: float = 3,
    size: tuple[int, int] = (640, 360),
    flags: int = 1,
    extra: bytes = b"",
) -> bytes:
    tkhd = struct.pack(">IIII", 0xC0FFEE03, 0xC0FFEE04, 1, 0) + bytes(4 + 8 + 8 + 36)
    tkhd += struct.pack(">II", size[0] << 16, size[1] << 16)
    table = box(
        b"stbl",
        full(b"stsd", struct.pack(">I", 1), box(codec, bytes(78))),
        full(b"stts", struct.pack(">I", 0)),
        full(b"stco", struct.pack(">II", 1, 40)),
    )
    place = box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=flags)))
    media = box(
        b"mdia",
        header(b"mdhd", 1000, round(seconds * 1000), bytes(4)),
        full(b"hdlr", bytes(4), handler, bytes(12), b"My Secret Camera\0"),
        box(b"minf", full(b"vmhd" if handler == b"vide" else b"smhd", bytes(8)), place, table),
    )
    return box(b"trak", full(b"tkhd", tkhd, flags=3), media, extra)


def located() -> bytes:
    """The ways in which phones tell where they were."""
    return box(
        b"udta",
        box(b"\xa9xyz", struct.pack(">HH", len(WHERE), 0x15C7), WHERE),
        full(b"loci", b"\0\0", WHERE),
        full(b"meta", box(b"ilst", box(b"\xa9xyz", box(b"data", bytes(8), WHERE)))),
    )


def mp4(
    *tracks: bytes,
    seconds: float = 3,
    brand: bytes = b"isom",
    moov: bytes = b"",
    behind: bytes = b"",
    version: int = 0,
) -> bytes:
    """A whole file. Its frames are noise: nobody decodes them."""
    return b"".join(
        (
            box(b"ftyp", brand, bytes(4), brand, b"mp42"),
            box(b"mdat", b"frames of the film " * 20),
            box(
                b"moov",
                header(b"mvhd", 600, round(seconds * 600), bytes(80), version),
                *(
                    tracks
                    or (
                        track(seconds=seconds),
                        track(b"soun", b"mp4a", seconds=seconds, size=(0, 0)),
                    )
                ),
                moov,
            ),
            behind,
        )
    )
