"""I20u: an imported review comes from one row, has no stars, no writer and no reward."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I20u",
        "an imported review comes from one row of a sheet and nothing is given for it",
        """
        SELECT i.review_id, r.origin FROM imported_reviews i JOIN reviews r ON r.id = i.review_id
        WHERE i.created_at >= :since AND (
            r.origin <> 'import' OR r.pictures <> '{}'
            OR 0 < (SELECT count(*) FROM review_reward_grants k WHERE k.review_id = r.id)
        )
        UNION ALL
        SELECT r.id, r.origin FROM reviews r
        WHERE r.changed_at >= :since AND r.origin = 'import'
          AND NOT EXISTS (SELECT FROM imported_reviews i WHERE i.review_id = r.id)
        """,
    ),
)
