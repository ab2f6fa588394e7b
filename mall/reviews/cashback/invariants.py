"""I76: likes are counted once, and cash goes only where they were."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I76a",
        "a show counts the likes that it was given, never more than it asked for",
        """
        SELECT s.id AS show_id, s.likes, s.needed, l.n AS recounted FROM cashback_shows s
        CROSS JOIN LATERAL (SELECT count(*) AS n FROM cashback_likes WHERE show_id = s.id) l
        WHERE s.changed_at >= :since AND (s.likes <> l.n OR s.likes > s.needed)
        """,
    ),
    Invariant(
        "I76b",
        "nobody likes a show of their own, nor from a device of its writer",
        """
        SELECT l.id AS like_id, s.id AS show_id FROM cashback_likes l
        JOIN cashback_shows s ON s.id = l.show_id
        WHERE l.created_at >= :since
          AND (l.user_id = s.user_id OR l.created_at > s.ends_at
               OR EXISTS (SELECT FROM cashback_devices d
                          WHERE d.show_id = s.id AND d.device = l.device))
        """,
    ),
    Invariant(
        "I76c",
        "each show has one grant: of cash, of its amount, to its writer, on its review",
        """
        SELECT s.id AS show_id, g.id AS grant_id FROM cashback_shows s
        JOIN reward_grants g ON g.id = s.grant_id
        WHERE s.changed_at >= :since AND (
            g.user_id <> s.user_id
            OR g.ground IS DISTINCT FROM 'cashback:' || s.review_id
            OR g.event <> 'cashback:' || s.review_id
            OR s.amount_fen IS DISTINCT FROM (
                SELECT sum(p.count) FROM reward_parts p WHERE p.grant_id = g.id AND p.kind = 'cash')
        )
        UNION ALL
        SELECT NULL, g.id FROM reward_grants g
        WHERE g.created_at >= :since AND g.ground LIKE 'cashback:%'
          AND NOT EXISTS (SELECT FROM cashback_shows s WHERE s.grant_id = g.id)
        """,
    ),
    Invariant(
        "I76d",
        "cash is promised while a show runs, given when it is given, and not owed otherwise",
        """
        SELECT s.id AS show_id, s.status, g.status AS grant_status FROM cashback_shows s
        JOIN reward_grants g ON g.id = s.grant_id
        WHERE s.changed_at >= :since AND CASE s.status
            WHEN 'given' THEN g.status NOT IN ('granted', 'reversed')
            WHEN 'collecting' THEN g.status = 'granted'
            WHEN 'reached' THEN g.status = 'granted'
            ELSE g.status NOT IN ('canceled', 'reversed') END
        """,
    ),
    Invariant(
        "I76e",
        "cash is given only after the hold, of a settled order, and released or found sound",
        """
        SELECT s.id AS show_id, s.given_at, s.hold_until FROM cashback_shows s
        JOIN reviews r ON r.id = s.review_id LEFT JOIN orders o ON o.id = r.order_id
        WHERE s.changed_at >= :since AND s.status = 'given'
          AND (s.likes <> s.needed OR s.given_at < s.hold_until OR s.scored_at IS NULL
               OR o.settled_at IS NULL OR s.given_at < o.settled_at)
        """,
    ),
    Invariant(
        "I76f",
        "no cash stands on a review that is hidden, deleted or refused, or whose order came back",
        """
        SELECT s.id AS show_id, s.status, r.status AS review_status FROM cashback_shows s
        JOIN reviews r ON r.id = s.review_id
        JOIN reward_grants g ON g.id = s.grant_id AND g.status IN ('pending', 'granted')
        WHERE s.changed_at >= :since
          AND (r.status IN ('refused', 'hidden', 'deleted') OR r.order_refunded)
          AND r.changed_at < clock_timestamp() - interval '1 hour'
        """,
    ),
)
