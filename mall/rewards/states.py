"""A grant's states, and which follows which."""

from __future__ import annotations

PENDING = "pending"
"""Promised; waits for a fact, such as a settled order."""
GRANTED = "granted"
"""Given; a part of it may have been taken back."""
REVERSED = "reversed"
"""Given, and all of it taken back or owed."""
CANCELED = "canceled"
"""Promised and never given."""

STATES = (PENDING, GRANTED, REVERSED, CANCELED)
TRANSITIONS: dict[str, tuple[str, ...]] = {
    PENDING: (GRANTED, CANCELED),
    GRANTED: (REVERSED,),
    REVERSED: (),
    CANCELED: (),
}
EVERY_STEP = frozenset((old, new) for old, following in TRANSITIONS.items() for new in following)
OPEN = tuple(state for state, following in TRANSITIONS.items() if following)
"""States that something can still be taken back in."""
