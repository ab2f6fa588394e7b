"""Pictures that want to harm: the one who sent them gets an error, the process lives on."""

from __future__ import annotations

import struct
import time
import zlib
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mall.uploads.errors import PictureInvalid
from mall.uploads.pictures import LIMITS, MAX_PIXELS, clean
from tests.support.aftersales import picture, send_picture
from tests.support.http import Http, error_code
from tests.support.users import make_shopper


def png(width: int, height: int, *, depth: int = 8, colour: int = 6, rows: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def zeros(size: int) -> bytes:
    packer, out = zlib.compressobj(9), []
    for at in range(0, size, 1 << 20):
        out.append(packer.compress(bytes(min(1 << 20, size - at))))
    return b"".join([*out, packer.flush()])


def test_the_largest_picture_leaves_the_process_free() -> None:
    """50 megapixels of four channels: the work is a child's, this thread only waits."""
    side = 7071
    assert side * side <= MAX_PIXELS
    raw = png(side, side, rows=zeros(side * (side * 4 + 1)))
    before, started = time.process_time(), time.monotonic()
    found = clean(raw)
    assert (found.width, found.height) == (2560, 2560)
    assert time.process_time() - before < 0.3
    assert time.monotonic() - started < LIMITS.seconds


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    out = BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=50)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_a_moving_picture_is_refused_and_not_stilled(kind: str) -> None:
    with pytest.raises(PictureInvalid):
        clean(animated(kind))


@pytest.mark.parametrize("shape", ["grey", "grey and alpha", "colour", "colour and alpha"])
def test_sixteen_bits_keep_their_shade(shape: str) -> None:
    """From black by a middle grey to white; Pillow's own conversion makes all of it white."""
    colour, channels = {
        "grey": (0, 1), "colour": (2, 3), "grey and alpha": (4, 2), "colour and alpha": (6, 4),
    }[shape]  # fmt: skip
    shades = [0, 0x0100, 0x8000, 0xC000, 0xFFFF]
    row = b"".join(
        struct.pack(">H", shade) * (channels - (channels % 2 == 0))
        + (b"\xff\xff" if channels % 2 == 0 else b"")
        for shade in shades
    )
    found = clean(png(len(shades), 1, depth=16, colour=colour, rows=zlib.compress(b"\0" + row)))
    with Image.open(BytesIO(found.full)) as seen:
        grey = seen.convert("L")
        got = [grey.getpixel((at, 0)) for at in range(len(shades))]
    assert all(abs(a - shade / 257) <= 1 for a, shade in zip(got, shades, strict=True)), got


_SEEDS = [
    picture("JPEG", (64, 48)),
    picture("PNG", (64, 48)),
    picture("WEBP", (64, 48)),
    animated("PNG"),
    animated("WEBP"),
    png(1 << 15, 1 << 10, rows=zeros(1 << 16)),
    png(8, 8, depth=16, colour=0, rows=zeros(8 * 17)),
]


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A picture with bytes changed, numbers made huge, pieces cut out or repeated."""
    raw = bytearray(draw(st.sampled_from(_SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(raw) - 1))
        match draw(st.sampled_from(["byte", "huge", "cut", "again"])):
            case "byte":
                raw[at] = draw(st.integers(0, 255))
            case "huge":
                raw[at : at + 4] = draw(
                    st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"])
                )
            case "cut":
                del raw[at : at + draw(st.integers(1, 64))]
            case _:
                raw[at:at] = raw[at : at + 256] * draw(st.integers(1, 20))
        if not raw:
            break
    return bytes(raw)


def test_a_spoilt_picture_is_taken_or_refused_and_the_worker_lives(http: Http) -> None:
    """The door itself, never 500. Were a decoder to end this process, pytest would end with it."""
    shopper = http.as_(make_shopper()[1])

    @settings(
        max_examples=60, deadline=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(raw=spoilt())
    def knock(raw: bytes) -> None:
        answer = send_picture(shopper, raw)
        assert answer.status_code in (201, 422, 429), answer.get_json()
        if answer.status_code == 422:
            assert error_code(answer) == "picture_invalid"

    knock()
    assert send_picture(http.as_(make_shopper()[1]), picture()).status_code == 201
