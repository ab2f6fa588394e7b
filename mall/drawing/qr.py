"""A plain QR code."""

from __future__ import annotations

from io import BytesIO

import segno

_QUIET_ZONE = 4


def qr_code(content: str) -> bytes:
    """A QR code (ISO/IEC 18004) as a PNG, each module 10 pixels, level M."""
    out = BytesIO()
    segno.make_qr(content, error="m").save(out, kind="png", scale=10, border=_QUIET_ZONE)
    return out.getvalue()
