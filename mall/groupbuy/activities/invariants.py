"""What must always hold of activities."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I48a",
        "started activities of one product aren't open at the same time",
        """
        SELECT a.id AS activity_id, b.id AS other_id, a.spu_id
        FROM groupbuy_activities a
        JOIN groupbuy_activities b ON b.spu_id = a.spu_id AND b.id > a.id
        WHERE a.status = 'started' AND b.status = 'started'
          AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
        """,
    ),
    Invariant(
        "I48b",
        "tiers grow in size, and their prices fall, for each SKU of the activity and no other",
        """
        SELECT s.activity_id, s.id AS tier_set_id, s.sizes, s.prices FROM groupbuy_tier_sets s
        WHERE EXISTS (
            SELECT FROM generate_subscripts(s.sizes, 1) AS i
            WHERE i > 1 AND s.sizes[i] <= s.sizes[i - 1])
          OR EXISTS (
            SELECT FROM jsonb_each(s.prices) AS p (sku, fen)
            WHERE jsonb_array_length(p.fen) <> cardinality(s.sizes) OR EXISTS (
                SELECT FROM generate_series(1, jsonb_array_length(p.fen) - 1) AS i
                WHERE CAST(p.fen -> i AS int) >= CAST(p.fen -> (i - 1) AS int)))
          OR (SELECT array_agg(CAST(k AS bigint) ORDER BY CAST(k AS bigint))
              FROM jsonb_object_keys(s.prices) AS k)
             IS DISTINCT FROM
             (SELECT array_agg(k.sku_id ORDER BY k.sku_id) FROM groupbuy_skus k
              WHERE k.activity_id = s.activity_id)
        """,
    ),
    Invariant(
        "I48c",
        "a draft has no stock, no teams; an activity whose stock went back has none left",
        """
        SELECT a.id AS activity_id, a.status, k.sku_id, k.stock, k.sold
        FROM groupbuy_activities a JOIN groupbuy_skus k ON k.activity_id = a.id
        WHERE (a.status = 'draft' AND k.stock > 0)
           OR (a.stock_returned_at IS NOT NULL AND k.stock > k.sold)
        UNION ALL
        SELECT a.id, a.status, NULL, NULL, NULL FROM groupbuy_activities a
        WHERE a.status = 'draft'
          AND EXISTS (SELECT FROM groupbuy_teams t WHERE t.activity_id = a.id)
        """,
    ),
)
