"""Codes that people read to each other, write down or type."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Digits and letters without 0/O and 1/I/L, which people mix up."""


def draw_code(length: int) -> str:
    """So many signs at random: one of 31^length, not to be guessed when it is long enough."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
