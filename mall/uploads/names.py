"""Names of uploads: 128 random bits and the type, `<32 hex digits>.jpg`."""

from __future__ import annotations

import re
import secrets

from mall.kernel.uploaded import PATH, shown_address
from mall.kernel.uploaded import PICTURE_TYPES as PICTURES
from mall.kernel.uploaded import VIDEO_TYPES as VIDEOS

_TYPES = {**PICTURES, **VIDEOS}
NAME = re.compile(rf"[0-9a-f]{{32}}\.(?:{'|'.join(PICTURES)})", re.ASCII)
PICTURE_FILE = re.compile(rf"[0-9a-f]{{32}}(?:_small)?\.(?:{'|'.join(PICTURES)})", re.ASCII)
"""A picture or its thumbnail."""
VIDEO_NAME = re.compile(rf"[0-9a-f]{{32}}\.(?:{'|'.join(VIDEOS)})", re.ASCII)
SERVED = re.compile(
    rf"[0-9a-f]{{32}}(?:(?:_small)?\.(?:{'|'.join(PICTURES)})|\.(?:{'|'.join(VIDEOS)}))", re.ASCII
)
"""What may be asked for: a picture, its thumbnail, a video."""


def new_name(suffix: str) -> str:
    """A name that nobody can guess."""
    return f"{secrets.token_hex(16)}.{suffix}"


def thumbnail_name(name: str) -> str:
    """What the thumbnail of a picture is called."""
    stem, _, suffix = name.partition(".")
    return f"{stem}_small.{suffix}"


def type_of(name: str) -> str:
    """The content type that a name tells."""
    return _TYPES[name.partition(".")[2]]


def is_video(name: str) -> bool:
    """True for the name of a video: it has no thumbnail."""
    return name.partition(".")[2] in VIDEOS


def address_of(name: str) -> str:
    """Where a picture, a thumbnail or a video is served, as answers say it."""
    return shown_address(PATH + name)
