"""I75: what trials count agrees with their applications, and each unit with its order."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I75a",
        "a trial counts who has a unit and whose is in an order, never more than its units",
        """
        SELECT t.id AS trial_id, t.units, t.picked, t.ordered, a.holding, a.sent FROM trials t
        CROSS JOIN LATERAL (
            SELECT count(*) AS holding, count(*) FILTER (WHERE status <> 'picked') AS sent FROM (
                SELECT status FROM trial_applications
                WHERE trial_id = t.id AND status IN ('picked', 'accepted', 'done', 'overdue')
                LIMIT :most
            ) found
        ) a
        WHERE (t.closed_at IS NULL OR t.closed_at >= :since OR EXISTS (
                SELECT FROM trial_applications c
                WHERE c.trial_id = t.id AND c.changed_at >= :since))
          AND a.holding < :most
          AND (t.picked <> a.holding OR t.ordered <> a.sent OR a.holding > t.units)
        """,
    ),
    Invariant(
        "I75b",
        "each order of a trial is one accepted application, of its shopper, one unit, for nothing",
        """
        SELECT o.order_no, a.id AS application_id, a.status, o.payable_fen FROM orders o
        LEFT JOIN LATERAL (
            SELECT * FROM trial_applications WHERE order_id = o.id LIMIT 1
        ) a ON true
        WHERE o.created_at >= :since AND o.kind = 'trial'
          AND (a.id IS NULL OR a.user_id <> o.user_id OR o.payable_fen <> 0
               OR (o.status = 'closed') <> (a.status = 'canceled')
               OR 1 <> (SELECT sum(quantity) FROM order_lines WHERE order_id = o.id))
        UNION ALL
        SELECT o.order_no, a.id, a.status, o.payable_fen FROM trial_applications a
        LEFT JOIN LATERAL (SELECT * FROM orders WHERE id = a.order_id LIMIT 1) o ON true
        WHERE a.changed_at >= :since AND a.order_id IS NOT NULL
          AND o.kind IS DISTINCT FROM 'trial'
        """,
    ),
    Invariant(
        "I75c",
        "a trial that is done has a review of its order by its shopper",
        """
        SELECT a.id AS application_id, r.id AS review_id FROM trial_applications a
        LEFT JOIN LATERAL (
            SELECT id FROM reviews
            WHERE id = a.review_id AND order_id = a.order_id
              AND (user_id = a.user_id OR user_id IS NULL) LIMIT 1
        ) r ON true
        WHERE a.changed_at >= :since AND a.status = 'done' AND r.id IS NULL
        """,
    ),
    Invariant(
        "I75d",
        "a review is due so many days after the receipt as its trial says, and one that is marked"
        " overdue is",
        """
        SELECT a.id AS application_id, a.received_at, a.due_at, o.completed_at
        FROM trial_applications a
        CROSS JOIN LATERAL (SELECT completed_at FROM orders WHERE id = a.order_id LIMIT 1) o
        WHERE a.changed_at >= :since
          AND (a.received_at <> o.completed_at OR a.due_at < a.received_at
               OR (a.received_at IS NOT NULL AND o.completed_at IS NULL)
               OR (a.status = 'overdue' AND a.due_at > clock_timestamp()))
        """,
    ),
    Invariant(
        "I75e",
        "a shopper's record of trials counts their applications",
        """
        SELECT t.user_id, r.done, r.late, r.overdue, a.done AS done_found, a.late AS late_found,
            a.overdue AS overdue_found
        FROM (
            SELECT user_id FROM trial_applications WHERE changed_at >= :since
            UNION SELECT user_id FROM trial_officers WHERE changed_at >= :since
        ) t
        LEFT JOIN LATERAL (SELECT * FROM trial_officers WHERE user_id = t.user_id LIMIT 1) r ON true
        CROSS JOIN LATERAL (
            SELECT count(*) AS rows, count(*) FILTER (WHERE status = 'done') AS done,
                count(*) FILTER (WHERE status = 'done' AND late) AS late,
                count(*) FILTER (WHERE status = 'overdue') AS overdue
            FROM (
                SELECT status, late FROM trial_applications WHERE user_id = t.user_id LIMIT :most
            ) found
        ) a
        WHERE a.rows < :most
          AND (coalesce(r.done, 0), coalesce(r.late, 0), coalesce(r.overdue, 0))
              <> (a.done, a.late, a.overdue)
        """,
    ),
)
