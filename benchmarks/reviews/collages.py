"""How long a worker draws a collage of nine pictures as phones take them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from random import Random
from statistics import median
from typing import Any

from PIL import Image

from benchmarks.report import Row
from benchmarks.stack import Stack
from mall.drawing.composing import Contents, compose
from mall.drawing.layouts import MOST_PHOTOS, CollageLayoutSchema
from mall.drawing.qr import qr_code

EDGES = (2560, 1920)


def measure(_stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """Three by three places on 1,080 × 1,440, each for a JPEG of the longest edge that is kept."""
    layout = _layout()
    photos = tuple(_photo(seed) for seed in range(MOST_PHOTOS))
    contents = Contents("穿搭", qr_code("collage"), photos=photos)
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        compose(layout, contents)
        times.append(time.perf_counter() - began)
    yield Row("a collage of nine pictures of 2,560 pixels, drawn", median(times) * 1000, "ms")


def _layout() -> dict[str, Any]:
    places = [
        {"kind": "photo", "x": 360 * column, "y": 360 * row, "width": 350, "height": 350}
        for row in range(3)
        for column in range(3)
    ]
    code = {"kind": "code", "x": 440, "y": 1140, "width": 200, "height": 200}
    drawn = {"width": 1080, "height": 1440, "boxes": [*places, code]}
    loaded: dict[str, Any] = CollageLayoutSchema().load(drawn)
    return loaded


def _photo(seed: int) -> bytes:
    noise = Image.frombytes("RGB", (64, 48), Random(seed).randbytes(64 * 48 * 3))
    out = BytesIO()
    noise.resize(EDGES, Image.Resampling.BICUBIC).save(out, "JPEG", quality=85)
    return out.getvalue()
