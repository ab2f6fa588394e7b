"""A picture as it was sent, made safe to keep: decoded and written anew, in a child process.

Whatever is in the bytes ends the child at worst (`mall.kernel.contained`).
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from mall.kernel.contained import ContainedError, Limits, Reason, Refused, run
from mall.uploads import decoding
from mall.uploads.decoding import MAX_EDGE, MAX_PIXELS, THUMBNAIL_EDGE
from mall.uploads.errors import PictureInvalid, PicturesBusy

__all__ = ["MAX_BYTES", "MAX_EDGE", "MAX_PIXELS", "THUMBNAIL_EDGE", "Picture", "clean"]

MAX_BYTES = 10 * 1024 * 1024
LIMITS = Limits(memory_mb=1024, seconds=10, answer_bytes=64 * 1024 * 1024)
"""MAX_PIXELS in four channels take 200 MB twice; decoding them 3 s of two cores."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean picture with its thumbnail. `suffix` is jpg, png or webp."""

    suffix: str
    width: int
    height: int
    full: bytes
    thumbnail: bytes


def clean(raw: bytes) -> Picture:
    """Decode what was sent and write it anew. Raises PictureInvalid, PicturesBusy."""
    try:
        return Picture(*run(decoding.cleaned, LIMITS, raw))
    except Refused as refused:
        raise PictureInvalid(*refused.args, param="file") from None
    except ContainedError as error:
        if error.reason == Reason.BUSY:
            raise PicturesBusy from None
        structlog.get_logger("mall.uploads").warning(
            "picture given up", bytes=len(raw), reason=str(error)[:200]
        )
        raise PictureInvalid("图片无法处理，请压缩或另存后再上传", param="file") from None
