"""Names of uploads: 128 random bits and the type, `<32 hex digits>.jpg`."""

from __future__ import annotations

import re
import secrets

NAME = re.compile(r"[0-9a-f]{32}\.(?:jpg|png|webp)", re.ASCII)
SERVED = re.compile(r"[0-9a-f]{32}(?:_small)?\.(?P<type>jpg|png|webp)", re.ASCII)
"""What may be asked for: a picture or its thumbnail."""


def new_name(suffix: str) -> str:
    """A name that nobody can guess."""
    return f"{secrets.token_hex(16)}.{suffix}"


def thumbnail_name(name: str) -> str:
    """What the thumbnail of a picture is called."""
    stem, _, suffix = name.partition(".")
    return f"{stem}_small.{suffix}"


def address_of(name: str) -> str:
    """Where a picture, or a thumbnail, is served."""
    return f"/api/v1/uploads/{name}"
