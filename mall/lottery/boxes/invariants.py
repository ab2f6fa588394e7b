"""I29: each box that was sold is opened, to be opened or refunded, and no box is promised twice."""

from __future__ import annotations

from mall.kernel.invariants import Invariant
from mall.lottery.boxes.models import UNOPENED

INVARIANTS = (
    Invariant(
        "I29a",
        "an order of boxes has the chances that it paid for, less those whose refund took them",
        """
        SELECT b.order_id, b.units, b.back, g.boxed AS given, r.boxed AS moved_back
        FROM box_orders b JOIN orders o ON o.id = b.order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.boxed), 0) AS boxed FROM lottery_chance_entries e
            WHERE e.kind = 'box' AND e.source = o.order_no
        ) g
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(e.boxed), 0) AS boxed FROM lottery_chance_entries e
            WHERE e.kind IN ('box_back', 'box_kept') AND e.source = ANY(ARRAY(
                SELECT o.order_no || ':' || n FROM generate_series(1, b.steps) n))
        ) r
        WHERE b.created_at >= :since
          AND (g.boxed <> CASE WHEN b.given_at IS NULL THEN 0 ELSE b.units END
               OR r.boxed <> -b.back)
        UNION ALL
        SELECT NULL, e.boxed, NULL, NULL, NULL FROM lottery_chance_entries e
        WHERE e.created_at >= :since AND e.kind IN ('box', 'box_back', 'box_kept')
          AND 0 = (
            SELECT count(*) FROM orders o JOIN box_orders b ON b.order_id = o.id
            WHERE o.order_no = split_part(e.source, ':', 1)
              AND b.user_id = e.user_id AND b.lottery_id = e.lottery_id
          )
        """,
    ),
    Invariant(
        "I29b",
        "a box of an order was opened by one draw of its shopper; the order counts them",
        """
        SELECT b.order_id, b.opened, r.opened AS openings
        FROM box_orders b CROSS JOIN LATERAL (
            SELECT count(*) AS opened FROM box_openings p WHERE p.order_id = b.order_id
        ) r
        WHERE b.created_at >= :since AND b.opened <> r.opened
        UNION ALL
        SELECT p.order_id, p.number, NULL FROM box_openings p
        WHERE p.created_at >= :since AND 0 = (
            SELECT count(*) FROM box_orders b JOIN lottery_chance_entries e
                ON e.kind = 'draw' AND e.source = p.lottery_id || ':' || p.number
                AND e.boxed = -1 AND e.user_id = b.user_id
            WHERE b.order_id = p.order_id AND b.lottery_id = p.lottery_id
        )
        UNION ALL
        SELECT NULL, e.id, NULL FROM lottery_chance_entries e
        WHERE e.created_at >= :since AND e.kind = 'draw' AND e.boxed <> 0 AND 0 = (
            SELECT count(*) FROM box_openings p
            WHERE p.lottery_id = e.lottery_id
              AND p.number = CAST(split_part(e.source, ':', 2) AS bigint)
        )
        """,
    ),
    Invariant(
        "I29c",
        "an order of boxes is one line of the bound SKU; opened, unopened and refunded units are"
        " those that were sold",
        """
        SELECT b.order_id, b.units, b.opened, b.back FROM box_orders b
        JOIN orders o ON o.id = b.order_id
        JOIN lottery_boxes x ON x.lottery_id = b.lottery_id
        CROSS JOIN LATERAL (
            SELECT count(*) AS lines, count(*) FILTER (WHERE l.sku_id <> x.sku_id) AS others,
                   sum(l.quantity) AS units, sum(l.refunded_quantity) AS refunded
            FROM order_lines l WHERE l.order_id = b.order_id
        ) l
        WHERE b.created_at >= :since
          AND (o.kind <> 'blind_box' OR o.user_id <> b.user_id
               OR (o.paid_at IS NULL) <> (b.given_at IS NULL) OR b.opened + b.back > b.units
               OR (l.lines, l.others, l.units, l.refunded) IS DISTINCT FROM (1, 0, b.units, b.back))
        UNION ALL
        SELECT o.id, NULL, NULL, NULL FROM orders o
        WHERE o.created_at >= :since AND o.kind = 'blind_box' AND 0 = (
            SELECT count(*) FROM box_orders b WHERE b.order_id = o.id
        )
        """,
    ),
    Invariant(
        "I29d",
        "promises of an order are given up by its refunds that have arrived, or its close unpaid",
        """
        SELECT b.order_id, b.freed, r.units FROM box_orders b
        JOIN orders o ON o.id = b.order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(l.quantity), 0) AS units
            FROM refunds f JOIN refund_lines l ON l.refund_id = f.id
            WHERE f.order_id = b.order_id AND f.status = 'succeeded'
        ) r
        WHERE b.created_at >= :since AND b.freed <> CASE
            WHEN b.given_at IS NOT NULL THEN r.units
            WHEN o.status = 'closed' THEN b.units ELSE 0 END
        """,
    ),
    Invariant(
        "I29e",
        "a shopper's chances by boxes are the unopened boxes of the shopper's orders",
        """
        WITH ordered AS (
            SELECT DISTINCT lottery_id, user_id FROM box_orders WHERE created_at >= :since
        )
        SELECT c.lottery_id, c.user_id, c.boxed, r.unopened
        FROM ordered m JOIN lottery_chances c USING (lottery_id, user_id)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(b.units - b.opened - b.back), 0) AS unopened FROM box_orders b
            WHERE b.lottery_id = c.lottery_id AND b.user_id = c.user_id
              AND b.given_at IS NOT NULL
        ) r
        WHERE c.boxed <> r.unopened
        """,
    ),
    Invariant(
        "I29f",
        "boxes that were opened or are promised are counted, and no more than the tickets",
        """
        SELECT x.lottery_id, x.taken, l.tickets, l.drawn, b.units, c.chances
        FROM lottery_boxes x JOIN lotteries l ON l.id = x.lottery_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(b.units - b.freed - b.opened), 0) AS units FROM box_orders b
            WHERE b.lottery_id = x.lottery_id
        ) b
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(c.given + c.bought), 0) AS chances FROM lottery_chances c
            WHERE c.lottery_id = x.lottery_id
        ) c
        WHERE x.created_at >= :since
          AND (x.taken <> l.drawn + b.units + c.chances OR x.taken > l.tickets)
        """,
    ),
    Invariant(
        "I29g",
        "an hour after its lottery's end no box that was sold waits to be opened",
        f"""
        SELECT b.order_id, b.lottery_id FROM box_orders b
        JOIN lotteries l ON l.id = b.lottery_id
        WHERE {UNOPENED} AND l.ended_at < clock_timestamp() - interval '1 hour'
        """,  # noqa: S608
    ),
)
