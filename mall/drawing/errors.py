"""What drawing may refuse."""

from __future__ import annotations

from mall.kernel.errors import Unavailable


class DrawingBusy(Unavailable):
    """Another picture is being drawn for staff in this process."""

    code = "drawing_busy"
    message = "图片生成繁忙，请稍后再试"


class PhotoBroken(Exception):
    """A shopper's picture can't be read: `number` counts from 1."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"picture {number} can't be read")
