"""Pictures to draw with: only what was uploaded here."""

from __future__ import annotations

from mall.uploads.names import PICTURE_FILE
from mall.uploads.storage import storage


def uploaded(address: str | None) -> bytes | None:
    """The bytes of a picture that was uploaded here, by its name or address; None for any other:
    nothing is fetched from elsewhere."""
    found = PICTURE_FILE.search(address or "")
    opened = storage().open(found.group()) if found else None
    return None if opened is None else opened.read()
