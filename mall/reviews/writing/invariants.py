"""I20, I22: a review is what moderation says of it, and has its uploads."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_SAME = "CASE WHEN {}.status = 'deleted' THEN 'withdrawn' ELSE {}.status END"
INVARIANTS = (
    Invariant(
        "I20a",
        "a review, and a follow-up, has the status of its content",
        f"""
        SELECT 'review' AS kind, r.id AS review_id, r.status, c.status AS content FROM reviews r
        LEFT JOIN LATERAL (
            SELECT status FROM moderated_contents WHERE kind = 'review' AND ref = r.id LIMIT 1
        ) c ON true
        WHERE r.origin = 'shopper' AND r.changed_at >= :since
          AND c.status IS DISTINCT FROM {_SAME.format("r", "r")}
        UNION ALL
        SELECT 'follow_up', f.review_id, f.status, c.status FROM review_follow_ups f
        LEFT JOIN LATERAL (
            SELECT status FROM moderated_contents
            WHERE kind = 'follow_up' AND ref = f.review_id LIMIT 1
        ) c ON true
        WHERE f.changed_at >= :since AND c.status IS DISTINCT FROM {_SAME.format("f", "f")}
        """,  # noqa: S608
    ),
    Invariant(
        "I20f",
        "what a review was deleted of is gone, and its follow-up with it; no such review waits"
        " for an answer",
        """
        SELECT r.id AS review_id FROM reviews r
        LEFT JOIN review_follow_ups f ON f.review_id = r.id
        LEFT JOIN review_tasks t ON t.review_id = r.id
        WHERE r.status = 'deleted' AND r.changed_at >= :since
          AND (r.text <> '' OR r.pictures <> '{}' OR r.video IS NOT NULL
               OR (f.review_id IS NOT NULL AND f.status <> 'deleted')
               OR (t.review_id IS NOT NULL AND t.done_at IS NULL))
        """,
    ),
    Invariant(
        "I20g",
        "a review has the user, the product and the SKU of its line, and was received",
        """
        SELECT r.id AS review_id, r.order_line_id FROM reviews r
        CROSS JOIN LATERAL (SELECT * FROM order_lines WHERE id = r.order_line_id LIMIT 1) l
        CROSS JOIN LATERAL (SELECT * FROM orders WHERE id = l.order_id LIMIT 1) o
        WHERE r.changed_at >= :since
          AND (r.order_id <> o.id OR r.spu_id <> l.spu_id OR r.sku_id <> l.sku_id
               OR r.user_id <> o.user_id OR o.completed_at IS NULL)
        """,
    ),
    Invariant(
        "I20h",
        "a review knows whether a unit of its line was kept",
        """
        SELECT r.id AS review_id, r.order_refunded, l.refunded_quantity, l.quantity
        FROM reviews r
        CROSS JOIN LATERAL (SELECT * FROM order_lines WHERE id = r.order_line_id LIMIT 1) l
        WHERE r.order_refunded AND l.refunded_quantity < l.quantity AND r.changed_at >= :since
          AND r.changed_at < now() - interval '10 minutes'
        """,
    ),
    Invariant(
        "I20i",
        "each line that could be reviewed until an hour ago is settled: reviewed, or by default",
        """
        SELECT order_line_id FROM review_chances WHERE until < now() - interval '1 hour'
        """,
    ),
    Invariant(
        "I22e",
        "the pictures and the video of a review are uploads that are attached to it",
        """
        SELECT n.review_id, n.name FROM (
            SELECT r.id AS review_id, name, 'review:' || r.id AS holder
            FROM reviews r, unnest(array_remove(r.pictures || r.video, NULL)) AS name
            WHERE r.changed_at >= :since AND r.origin = 'shopper'
            UNION ALL
            SELECT f.review_id, name, 'review_follow_up:' || f.review_id
            FROM review_follow_ups f, unnest(f.pictures) AS name WHERE f.changed_at >= :since
        ) n
        WHERE NOT coalesce(
            (SELECT u.attached_to = n.holder FROM uploads u WHERE u.name = n.name), false)
        """,
    ),
)
