"""A team's code: short enough for a scene (32 characters), and not to be guessed."""

from __future__ import annotations

import secrets

LENGTH = 10
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without signs that people mix up."""


def draw_code() -> str:
    """A new code: one of 31^10."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
