"""A picture as it was sent, decoded and written anew. Runs in a contained child.

What is written anew holds pixels and a colour profile and nothing else: no EXIF (where the
phone was), no comments, no bytes behind the picture's end. The type is what the content
says; names and content types of the request are never looked at.

Imports Pillow and nothing of the mall but the refusal: the child is to be light.
"""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image, ImageOps

from mall.kernel.contained_server import Refused

MAX_PIXELS = 50_000_000
MAX_EDGE = 2560
"""Longer edges are scaled down to this: enough for a phone's screen, zoomed in."""
THUMBNAIL_EDGE = 320
MAX_PROFILE_BYTES = 64 * 1024

# Several pictures in one JPEG (MPO) is what many phones write; the first one counts.
_KINDS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp"}
_WRITERS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error)
_DEEP_GREY = ("I", "I;16", "I;16L", "I;16B", "I;16N")
"""Modes of 16 bits a pixel: Pillow's own conversion cuts all above 255 to white."""

Cleaned = tuple[str, int, int, bytes, bytes]
"""Suffix, width and height, the picture and its thumbnail."""


def cleaned(raw: bytes) -> Cleaned:
    """Decode and write anew. Raises Refused with a message for a person, or with none."""
    try:
        with Image.open(BytesIO(raw), formats=("JPEG", "PNG", "WEBP")) as found:
            return _rewritten(found)
    except (*_BROKEN, Image.DecompressionBombError, KeyError):
        raise Refused from None


def _rewritten(found: Image.Image) -> Cleaned:
    # The header tells the size: a bomb is refused before a pixel is decoded.
    if not 0 < found.width * found.height <= MAX_PIXELS:
        raise Refused("图片像素过大")
    suffix = _KINDS[found.format or ""]
    if suffix != "jpg" and getattr(found, "n_frames", 1) > 1:
        raise Refused("不支持动图，请上传静态图片")
    found.draft("RGB", (MAX_EDGE, MAX_EDGE))
    profile = found.info.get("icc_profile") if found.mode in ("RGB", "RGBA") else None
    if not isinstance(profile, bytes) or len(profile) > MAX_PROFILE_BYTES:
        profile = None
    picture = _plain(found, suffix)
    # Scaled before it is turned: what is turned is small.
    picture.thumbnail((MAX_EDGE, MAX_EDGE))
    ImageOps.exif_transpose(picture, in_place=True)
    full = _written(picture, suffix, profile)
    width, height = picture.size
    picture.thumbnail((THUMBNAIL_EDGE, THUMBNAIL_EDGE))
    return suffix, width, height, full, _written(picture, suffix, profile)


def _plain(picture: Image.Image, suffix: str) -> Image.Image:
    """Eight bits a channel, transparency only where the type knows it."""
    picture.load()
    if picture.mode in _DEEP_GREY:
        return _eight_bits(picture)
    clear = suffix != "jpg" and picture.has_transparency_data
    mode = "RGBA" if clear else "RGB"
    return picture.convert(mode) if picture.mode != mode else picture


def _eight_bits(picture: Image.Image) -> Image.Image:
    grey = picture.convert("I").point(lambda value: value * (1 / 257) + 0.5)
    plain = grey.convert("L").convert("RGB")
    plain.info.update(picture.info)
    return plain


def _written(picture: Image.Image, suffix: str, profile: bytes | None) -> bytes:
    out = BytesIO()
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    more = {} if suffix == "png" else {"quality": 85}
    bare.save(out, _WRITERS[suffix], icc_profile=profile, **more)
    return out.getvalue()
