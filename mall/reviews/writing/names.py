"""The names under which reviews are known elsewhere."""

from __future__ import annotations

REVIEW, FOLLOW_UP = "review", "follow_up"
"""Kinds of moderated content; both are known by the review's id."""
PENDING, APPROVED, REFUSED, HIDDEN, DELETED = "pending", "approved", "refused", "hidden", "deleted"
SHOPPER, DEFAULT, IMPORT = "shopper", "default", "import"
"""Origins."""
TRIAL = "trial"
"""The kind of orders whose reviews say that the goods were free (试用)."""


def attached_to(review_id: int) -> str:
    """What a review's uploads are attached to."""
    return f"review:{review_id}"


def follow_up_attached_to(review_id: int) -> str:
    """What its follow-up's uploads are attached to."""
    return f"review_follow_up:{review_id}"
