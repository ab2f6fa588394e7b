"""I79: a prize is given once, held while it waits, ordered once and in time."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I79a",
        "a prize that waits for an address holds its units, no other holds any",
        """
        SELECT c.id AS claim_id, c.state, c.units, c.back_units, coalesce(m.held, 0) AS held
        FROM prize_claims c
        CROSS JOIN LATERAL (
            SELECT sum(m.reserved_delta) AS held
            FROM generate_series(1, c.waits) AS waits
            CROSS JOIN LATERAL (
                SELECT '' AS part UNION ALL SELECT ':' || n FROM generate_series(0, c.units - 1) n
            ) parts
            JOIN stock_movements m ON m.ref = 'prize:' || c.id || ':' || waits || part
                AND m.sku_id = c.sku_id AND m.kind IN ('reserve', 'release')
        ) m
        WHERE c.changed_at >= :since AND coalesce(m.held, 0) <>
            CASE c.state WHEN 'waiting_address' THEN c.units - c.back_units ELSE 0 END
        """,
    ),
    Invariant(
        "I79b",
        "each prize belongs to one grant of its shopper, and each grant of goods has its prize",
        """
        SELECT c.id AS claim_id, c.grant_id FROM prize_claims c
        WHERE c.created_at >= :since AND 1 <> (
            SELECT count(*) FROM reward_grants g JOIN reward_parts p ON p.grant_id = g.id
            WHERE g.id = c.grant_id AND g.user_id = c.user_id
              AND p.kind = 'goods' AND p.receipt = CAST(c.id AS text)
              AND p.what = CAST(c.sku_id AS text) AND p.count >= c.units
        )
        UNION ALL
        SELECT CAST(p.receipt AS bigint), g.id
        FROM reward_grants g
        CROSS JOIN LATERAL (
            SELECT receipt FROM reward_parts
            WHERE grant_id = g.id AND kind = 'goods' AND receipt IS NOT NULL OFFSET 0
        ) p
        WHERE g.created_at >= :since AND 1 <> (
            SELECT count(*) FROM prize_claims c
            WHERE c.id = CAST(p.receipt AS bigint) AND c.grant_id = g.id
        )
        """,
    ),
    Invariant(
        "I79c",
        "an ordered prize has one live order, free, of its SKU and units; each such order its"
        " prize",
        """
        SELECT c.id AS claim_id, c.order_id FROM prize_claims c
        WHERE c.changed_at >= :since AND c.state = 'ordered' AND 1 <> (
            SELECT count(*) FROM orders o
            CROSS JOIN LATERAL (
                SELECT count(*) AS lines, min(sku_id) AS sku_id,
                       sum(quantity - refunded_quantity) AS units
                FROM order_lines WHERE order_id = o.id
            ) l
            WHERE o.id = c.order_id AND o.kind = 'prize' AND o.user_id = c.user_id
              AND o.payable_fen = 0 AND o.status <> 'closed'
              AND (l.lines, l.sku_id, l.units) = (1, c.sku_id, c.units - c.back_units)
        )
        UNION ALL
        SELECT CAST(o.choices ->> 'prize' AS bigint), o.id FROM orders o
        WHERE o.kind = 'prize' AND o.created_at >= :since AND o.status <> 'closed' AND 1 <> (
            SELECT count(*) FROM prize_claims c
            WHERE c.id = CAST(o.choices ->> 'prize' AS bigint) AND c.order_id = o.id
              AND c.state = 'ordered'
        )
        """,
    ),
    Invariant(
        "I79d",
        "no prize is claimed after its deadline, none expires before",
        """
        SELECT id AS claim_id, state, claim_by, ordered_at, changed_at FROM prize_claims
        WHERE changed_at >= :since
          AND (ordered_at >= claim_by OR state = 'expired' AND changed_at < claim_by)
        """,
    ),
)
