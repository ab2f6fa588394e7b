"""What a layout looks like, for staff who draw it: made at once, one at a time a process."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import Any

from PIL import Image

from mall.drawing.composing import Contents, compose
from mall.drawing.errors import DrawingBusy
from mall.drawing.layouts import photo_boxes
from mall.drawing.qr import qr_code
from mall.drawing.sources import uploaded

_SAMPLE = "示例商品：名称较长时会自动换行，超出部分以省略号结尾"
_SHADES = ("#d8c3a5", "#8e8d8a", "#e98074", "#b8c9d9", "#97b498")
_one_at_a_time = threading.Lock()


def preview(layout: dict[str, Any]) -> bytes:
    """A JPEG of the layout with a sample product, and a plain colour in each place for a shopper's
    picture; its code leads nowhere. Raises DrawingBusy."""
    if not _one_at_a_time.acquire(blocking=False):
        raise DrawingBusy
    try:
        return compose(layout, _sample(layout))
    finally:
        _one_at_a_time.release()


def _sample(layout: dict[str, Any]) -> Contents:
    return Contents(
        title=_SAMPLE,
        code=qr_code("preview"),
        nickname="小明",
        price_fen=9_900,
        list_price_fen=12_900,
        background=uploaded(layout["background"]),
        photos=tuple(_photo(number) for number in range(photo_boxes(layout))),
    )


def _photo(number: int) -> bytes:
    out = BytesIO()
    Image.new("RGB", (300, 400), _SHADES[number % len(_SHADES)]).save(out, "PNG")
    return out.getvalue()
