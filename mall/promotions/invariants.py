"""I23: promotions give what their budgets allow, and orders hold what they were given."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I23a",
        "a promotion's budget counts what its orders hold, and isn't passed",
        """
        SELECT p.id AS promotion_id, p.spent_fen, coalesce(u.fen, 0) AS used_fen, p.budget_fen,
               p.orders, coalesce(u.orders, 0) AS used_orders, p.max_orders
        FROM promotions p
        LEFT JOIN (
            SELECT promotion_id, sum(amount_fen) AS fen, count(*) AS orders
            FROM promotion_uses WHERE given_back_at IS NULL GROUP BY promotion_id
        ) u ON u.promotion_id = p.id
        WHERE p.ends_at >= :since
          AND (coalesce(u.fen, 0) > p.budget_fen OR coalesce(u.orders, 0) > p.max_orders
               OR (num_nonnulls(p.budget_fen, p.max_orders, p.gift_stock) > 0
                   AND (p.spent_fen, p.orders) <> (coalesce(u.fen, 0), coalesce(u.orders, 0))))
        """,
    ),
    Invariant(
        "I23b",
        "a shopper's part of a promotion counts what their orders hold, and isn't passed",
        """
        SELECT p.id AS promotion_id, coalesce(s.user_id, u.user_id) AS user_id,
               coalesce(s.spent_fen, 0) AS spent_fen, coalesce(u.fen, 0) AS used_fen,
               coalesce(s.orders, 0) AS orders, coalesce(u.orders, 0) AS used_orders
        FROM promotion_shoppers s
        FULL JOIN (
            SELECT promotion_id, user_id, sum(amount_fen) AS fen, count(*) AS orders
            FROM promotion_uses WHERE given_back_at IS NULL GROUP BY promotion_id, user_id
        ) u ON u.promotion_id = s.promotion_id AND u.user_id = s.user_id
        JOIN promotions p ON p.id = coalesce(s.promotion_id, u.promotion_id)
        WHERE p.ends_at >= :since
          AND (p.shopper_budget_fen IS NOT NULL OR p.shopper_max_orders IS NOT NULL)
          AND (coalesce(s.spent_fen, 0) <> coalesce(u.fen, 0)
               OR coalesce(s.orders, 0) <> coalesce(u.orders, 0)
               OR u.fen > p.shopper_budget_fen OR u.orders > p.shopper_max_orders)
        """,
    ),
    Invariant(
        "I23c",
        "an order holds of promotions what its price says; a closed one nothing",
        """
        SELECT o.order_no, o.status, coalesce(a.source, 'promotion:' || u.promotion_id) AS source,
               coalesce(a.fen, 0) AS priced_fen, coalesce(u.amount_fen, 0) AS held_fen
        FROM (
            SELECT order_id, source, -sum(amount_fen) AS fen
            FROM order_adjustments WHERE source LIKE 'promotion:%' GROUP BY order_id, source
        ) a
        FULL JOIN (
            SELECT order_id, promotion_id, amount_fen
            FROM promotion_uses WHERE given_back_at IS NULL
        ) u ON u.order_id = a.order_id AND 'promotion:' || u.promotion_id = a.source
        JOIN orders o ON o.id = coalesce(a.order_id, u.order_id)
        WHERE o.created_at >= :since AND coalesce(u.amount_fen, 0)
           <> CASE WHEN o.status = 'closed' THEN 0 ELSE coalesce(a.fen, 0) END
        """,
    ),
    Invariant(
        "I23d",
        "a promotion's gifts are what its orders hold, and no more than its stock of them",
        """
        SELECT p.id AS promotion_id, p.gift_stock, p.gifts_given, coalesce(u.units, 0) AS held
        FROM promotions p
        LEFT JOIN (
            SELECT promotion_id, sum(gift_units) AS units
            FROM promotion_uses WHERE given_back_at IS NULL GROUP BY promotion_id
        ) u ON u.promotion_id = p.id
        WHERE p.ends_at >= :since
          AND (p.gifts_given <> coalesce(u.units, 0) OR p.gifts_given > coalesce(p.gift_stock, 0))
        """,
    ),
    Invariant(
        "I23e",
        "an order's gifts cost nothing, and are what it took of the promotion's; closed: none",
        """
        SELECT o.order_no, o.status, l.source, coalesce(l.units, 0) AS units,
               coalesce(u.gift_units, 0) AS taken, l.payable_fen
        FROM (
            SELECT order_id, gift ->> 'source' AS source, sum(quantity) AS units,
                   sum(payable_fen) AS payable_fen
            FROM order_lines WHERE gift IS NOT NULL GROUP BY order_id, gift ->> 'source'
        ) l
        FULL JOIN (
            SELECT order_id, promotion_id, gift_units FROM promotion_uses
            WHERE given_back_at IS NULL AND gift_units > 0
        ) u ON u.order_id = l.order_id AND 'promotion:' || u.promotion_id = l.source
        JOIN orders o ON o.id = coalesce(l.order_id, u.order_id)
        WHERE o.created_at >= :since
          AND (l.payable_fen > 0
               OR coalesce(u.gift_units, 0)
                  <> CASE WHEN o.status = 'closed' THEN 0 ELSE coalesce(l.units, 0) END)
        """,
    ),
    Invariant(
        "I23f",
        "a promotion's tally is what its orders hold, part by part",
        """
        SELECT t.promotion_id, t.used_fen, t.used_orders, u.fen, u.orders
        FROM (
            SELECT promotion_id, sum(used_fen) AS used_fen, sum(used_orders) AS used_orders
            FROM promotion_tallies GROUP BY promotion_id
        ) t
        JOIN promotions p ON p.id = t.promotion_id
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount_fen), 0) AS fen, count(*) AS orders
            FROM promotion_uses WHERE promotion_id = t.promotion_id AND given_back_at IS NULL
        ) u
        WHERE p.ends_at >= :since AND t.used_orders <= :most
          AND (t.used_fen, t.used_orders) <> (u.fen, u.orders)
        UNION ALL
        SELECT u.promotion_id, 0, 0, u.amount_fen, 1 FROM promotion_uses u
        WHERE u.created_at >= :since AND u.given_back_at IS NULL
          AND NOT EXISTS (SELECT FROM promotion_tallies t WHERE t.promotion_id = u.promotion_id)
        """,
    ),
)
