"""Moderation."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.reviews.moderation.closed_accounts import CONTENTS
from mall.users.erasing import ERASERS


def install(mall: Mall) -> None:
    """Declare moderation. Other parts add their kinds to `CONTENT_KINDS`."""
    mall.add(ERASERS, CONTENTS)
