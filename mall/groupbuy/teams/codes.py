"""A team's code: short enough for a scene (32 characters), and not to be guessed."""

from __future__ import annotations

from mall.kernel import codes

LENGTH = 10


def draw_code() -> str:
    """A new code: one of 31^10."""
    return codes.draw_code(LENGTH).lower()
