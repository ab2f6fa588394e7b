"""What a design looks like, for staff who draw it: made at once, one at a time a process."""

from __future__ import annotations

import threading
from typing import Any

from mall.drawing.composing import Contents, compose
from mall.drawing.qr import qr_code
from mall.drawing.sources import uploaded
from mall.referral.posters.errors import PosterBusy

_SAMPLE = "示例商品：名称较长时会自动换行，超出部分以省略号结尾"
_one_at_a_time = threading.Lock()


def preview(layout: dict[str, Any]) -> bytes:
    """A JPEG of the layout with a sample product; its code leads nowhere. Raises PosterBusy."""
    if not _one_at_a_time.acquire(blocking=False):
        raise PosterBusy
    try:
        contents = Contents(
            title=_SAMPLE,
            code=qr_code("preview"),
            nickname="小明",
            price_fen=9_900,
            list_price_fen=12_900,
            background=uploaded(layout["background"]),
        )
        return compose(layout, contents)
    finally:
        _one_at_a_time.release()
