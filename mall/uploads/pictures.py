"""A picture as it was sent, made safe to keep: decoded and written anew.

What is written anew holds pixels and a colour profile and nothing else: no EXIF (where the
phone was), no comments, no bytes behind the picture's end. The type is what the content
says; names and content types of the request are never looked at.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from mall.uploads.errors import PictureInvalid

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_EDGE = 2560
"""Longer edges are scaled down to this: enough for a phone's screen, zoomed in."""
THUMBNAIL_EDGE = 320
MAX_PROFILE_BYTES = 64 * 1024

# Several pictures in one JPEG (MPO) is what many phones write; the first one counts.
_KINDS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp"}
_WRITERS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, MemoryError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Picture:
    """A clean picture with its thumbnail. `suffix` is jpg, png or webp."""

    suffix: str
    width: int
    height: int
    full: bytes
    thumbnail: bytes


def clean(raw: bytes) -> Picture:
    """Decode what was sent and write it anew. Raises PictureInvalid."""
    try:
        with Image.open(BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as found:
            # The header tells the size: a bomb is refused before a pixel is decoded.
            if not 0 < found.width * found.height <= MAX_PIXELS:
                raise PictureInvalid("图片像素过大", param="file")
            suffix = _KINDS[found.format or ""]
            found.draft("RGB", (MAX_EDGE, MAX_EDGE))
            picture = ImageOps.exif_transpose(found)
            profile = found.info.get("icc_profile") if picture.mode in ("RGB", "RGBA") else None
            picture = _plain(picture, suffix)
    except (*_BROKEN, Image.DecompressionBombError, KeyError):
        raise PictureInvalid(param="file") from None
    picture.thumbnail((MAX_EDGE, MAX_EDGE))
    if not isinstance(profile, bytes) or len(profile) > MAX_PROFILE_BYTES:
        profile = None
    full = _written(picture, suffix, profile)
    width, height = picture.size
    picture.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    return Picture(suffix, width, height, full, _written(picture, suffix, profile))


def _plain(picture: Image.Image, suffix: str) -> Image.Image:
    """Eight bits a channel, transparency only where the type knows it."""
    clear = suffix != "jpg" and picture.has_transparency_data
    mode = "RGBA" if clear else "RGB"
    return picture.convert(mode) if picture.mode != mode else picture.copy()


def _written(picture: Image.Image, suffix: str, profile: bytes | None) -> bytes:
    out = BytesIO()
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    more = {} if suffix == "png" else {"quality": 85}
    bare.save(out, _WRITERS[suffix], icc_profile=profile, **more)
    return out.getvalue()
