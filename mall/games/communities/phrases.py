"""Phrases of hidden coupons, as they are kept and compared."""

from __future__ import annotations

import unicodedata


def plain(phrase: str) -> str:
    """A phrase without spaces, widths and case."""
    return "".join(unicodedata.normalize("NFKC", phrase).casefold().split())
