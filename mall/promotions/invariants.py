"""I23: promotions give what their budgets allow, and orders hold what they were given."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

# What orders hold of the promotion `p`; nothing is said of one that has too many of them.
_HELD = """
    SELECT coalesce(sum(amount_fen) FILTER (WHERE held), 0) AS fen,
           count(*) FILTER (WHERE held) AS orders,
           coalesce(sum(gift_units) FILTER (WHERE held), 0) AS units
    FROM (
        SELECT amount_fen, gift_units, given_back_at IS NULL AS held FROM promotion_uses
        WHERE promotion_id = p.id LIMIT :most + 1
    ) uses
    HAVING count(*) <= :most
"""

INVARIANTS = (
    Invariant(
        "I23a",
        "a promotion's budget counts what its orders hold, and isn't passed",
        f"""
        SELECT p.id AS promotion_id, p.spent_fen, u.fen AS used_fen, p.budget_fen,
               p.orders, u.orders AS used_orders, p.max_orders
        FROM promotions p
        CROSS JOIN LATERAL ({_HELD}) u
        WHERE p.ends_at >= :since
          AND (u.fen > p.budget_fen OR u.orders > p.max_orders
               OR (num_nonnulls(p.budget_fen, p.max_orders, p.gift_stock) > 0
                   AND (p.spent_fen, p.orders) <> (u.fen, u.orders)))
        """,  # noqa: S608
    ),
    Invariant(
        "I23b",
        "a shopper's part of a promotion counts what their orders hold, and isn't passed",
        """
        WITH touched AS (
            SELECT u.promotion_id, u.user_id FROM orders o CROSS JOIN LATERAL (
                SELECT promotion_id, user_id FROM promotion_uses WHERE order_id = o.id OFFSET 0
            ) u
            WHERE o.created_at >= :since
            UNION
            SELECT promotion_id, user_id FROM promotion_shoppers WHERE :since = '-infinity'
        )
        SELECT p.id AS promotion_id, t.user_id,
               coalesce(s.spent_fen, 0) AS spent_fen, u.fen AS used_fen,
               coalesce(s.orders, 0) AS orders, u.orders AS used_orders
        FROM touched t
        JOIN promotions p ON p.id = t.promotion_id
        LEFT JOIN LATERAL (
            SELECT * FROM promotion_shoppers
            WHERE promotion_id = t.promotion_id AND user_id = t.user_id LIMIT 1
        ) s ON true
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen), 0) AS fen, count(*) AS orders FROM promotion_uses
            WHERE promotion_id = t.promotion_id AND user_id = t.user_id AND given_back_at IS NULL
        ) u
        WHERE p.ends_at >= :since
          AND (p.shopper_budget_fen IS NOT NULL OR p.shopper_max_orders IS NOT NULL)
          AND (coalesce(s.spent_fen, 0) <> u.fen OR coalesce(s.orders, 0) <> u.orders
               OR u.fen > p.shopper_budget_fen OR u.orders > p.shopper_max_orders)
        """,
    ),
    Invariant(
        "I23c",
        "an order holds of promotions what its price says; a closed one nothing",
        """
        SELECT o.order_no, o.status, p.source, p.priced_fen, p.held_fen
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT source, sum(priced) AS priced_fen, sum(held) AS held_fen FROM (
                SELECT source, -amount_fen AS priced, 0 AS held FROM order_adjustments
                WHERE order_id = o.id AND source LIKE 'promotion:%'
                UNION ALL
                SELECT 'promotion:' || promotion_id, 0, amount_fen FROM promotion_uses
                WHERE order_id = o.id AND given_back_at IS NULL
            ) sides GROUP BY source
        ) p
        WHERE o.created_at >= :since
          AND p.held_fen <> CASE WHEN o.status = 'closed' THEN 0 ELSE p.priced_fen END
        """,
    ),
    Invariant(
        "I23d",
        "a promotion's gifts are what its orders hold, and no more than its stock of them",
        f"""
        SELECT p.id AS promotion_id, p.gift_stock, p.gifts_given, u.units AS held
        FROM promotions p
        LEFT JOIN LATERAL ({_HELD}) u ON true
        WHERE p.ends_at >= :since
          AND (p.gifts_given <> u.units OR p.gifts_given > coalesce(p.gift_stock, 0))
        """,  # noqa: S608
    ),
    Invariant(
        "I23e",
        "an order's gifts cost nothing, and are what it took of the promotion's; closed: none",
        """
        SELECT o.order_no, o.status, g.source, g.units, g.taken, g.payable_fen
        FROM orders o
        CROSS JOIN LATERAL (
            SELECT source, sum(units) AS units, sum(taken) AS taken,
                   sum(payable_fen) AS payable_fen
            FROM (
                SELECT gift ->> 'source' AS source, quantity AS units, 0 AS taken, payable_fen
                FROM order_lines WHERE order_id = o.id AND gift IS NOT NULL
                UNION ALL
                SELECT 'promotion:' || promotion_id, 0, gift_units, 0 FROM promotion_uses
                WHERE order_id = o.id AND given_back_at IS NULL AND gift_units > 0
            ) sides GROUP BY source
        ) g
        WHERE o.created_at >= :since
          AND (g.payable_fen > 0
               OR g.taken <> CASE WHEN o.status = 'closed' THEN 0 ELSE g.units END)
        """,
    ),
    Invariant(
        "I23f",
        "a promotion's tally is what its orders hold",
        f"""
        SELECT p.id AS promotion_id, t.fen, t.orders, u.fen AS used_fen, u.orders AS used_orders
        FROM promotions p
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(used_fen), 0) AS fen, coalesce(sum(used_orders), 0) AS orders
            FROM promotion_tallies WHERE promotion_id = p.id
        ) t
        CROSS JOIN LATERAL ({_HELD}) u
        WHERE p.ends_at >= :since AND (t.fen, t.orders) <> (u.fen, u.orders)
        """,  # noqa: S608
    ),
)
