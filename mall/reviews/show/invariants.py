"""I20v to I20x: likes that add up, featured reviews, their coupons."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I20v",
        "the likes and collections that an entry of the show counts are those that were given",
        """
        SELECT e.id AS entry_id, e.likes, l.n AS recounted_likes, e.collects, c.n AS recounted
        FROM show_entries e
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM show_likes WHERE entry_id = e.id) l
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM show_collects WHERE entry_id = e.id) c
        WHERE (e.likes, e.collects) <> (l.n, c.n)
          AND (e.featured_at >= :since
               OR EXISTS (SELECT FROM show_likes n
                          WHERE n.entry_id = e.id AND n.created_at >= :since)
               OR EXISTS (SELECT FROM show_collects n
                          WHERE n.entry_id = e.id AND n.created_at >= :since))
        """,
    ),
    Invariant(
        "I20w",
        "a review says that it is featured exactly while it has a running entry of the show",
        """
        SELECT r.id AS review_id, r.featured, e.id AS entry_id, e.ended_at
        FROM reviews r LEFT JOIN show_entries e ON e.review_id = r.id
        WHERE r.changed_at >= :since
          AND r.featured <> (e.id IS NOT NULL AND e.ended_at IS NULL)
        """,
    ),
    Invariant(
        "I20x",
        "the coupon of an entry is its writer's own, and is taken back once the entry has ended",
        """
        SELECT e.id AS entry_id, e.coupon_id, c.user_id, r.user_id AS writer_id, c.revoked_at
        FROM show_entries e
        JOIN reviews r ON r.id = e.review_id
        JOIN coupons c ON c.id = e.coupon_id
        WHERE r.changed_at >= :since
          AND (c.user_id <> r.user_id OR (e.ended_at IS NOT NULL AND c.revoked_at IS NULL))
        """,
    ),
)
