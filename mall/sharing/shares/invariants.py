"""I34: what counts of shares agrees with its facts, and none of them is the sharer's own."""

from __future__ import annotations

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.invariants import Invariant

_SINCE = f"CAST(timezone('{SHOP_ZONE.key}', :since) AS date)"


def _counts(what: str, facts: str, sharer: str = "sharer_id", counted: str = "f.counted") -> str:
    """Days of sharers whose count of these facts isn't how many there are.

    Openings are deleted by whole days, the oldest first: such days aren't asked.
    """
    kept = "AND k.day >= (SELECT min(day) FROM share_opens)" if what == "opens" else ""
    return f"""
        SELECT '{what}' AS what, k.sharer_id, k.day,
               sum(k.counted) AS counted, sum(k.facts) AS facts
        FROM (
            SELECT user_id AS sharer_id, day, {what} AS counted, 0 AS facts FROM share_days
            WHERE day >= {_SINCE}
            UNION ALL
            SELECT f.{sharer}, f.day, 0, 1 FROM {facts} f WHERE f.day >= {_SINCE} AND {counted}
        ) k
        WHERE true {kept}
        GROUP BY k.sharer_id, k.day HAVING sum(k.counted) <> sum(k.facts)
    """  # noqa: S608


INVARIANTS = (
    Invariant(
        "I34a",
        "a sharer's day counts its shares, openings, new shoppers and orders",
        " UNION ALL ".join(
            (
                _counts("shares", "shares", "user_id", "true"),
                _counts("opens", "share_opens"),
                _counts("shoppers", "share_shoppers"),
                _counts("orders", "share_orders"),
            )
        ),
    ),
    Invariant(
        "I34b",
        "what a share brought is of its owner, and of another shopper; an order was placed after"
        " the opening, and paid for",
        f"""
        SELECT 'opening' AS what, f.id FROM share_opens f JOIN shares s ON s.id = f.share_id
        WHERE f.day >= {_SINCE} AND (s.user_id <> f.sharer_id OR f.opener_id = f.sharer_id)
        UNION ALL
        SELECT 'shopper', f.id FROM share_shoppers f JOIN shares s ON s.id = f.share_id
        LEFT JOIN users u ON u.id = f.opener_id
        WHERE f.day >= {_SINCE} AND (s.user_id <> f.sharer_id OR f.opener_id = f.sharer_id
                                     OR u.created_at < s.created_at)
        UNION ALL
        SELECT 'order', f.order_id FROM share_orders f JOIN shares s ON s.id = f.share_id
        JOIN orders o ON o.id = f.order_id
        WHERE f.day >= {_SINCE} AND (s.user_id <> f.sharer_id OR o.user_id = f.sharer_id
                                     OR o.paid_at IS NULL OR o.payable_fen = 0
                                     OR o.created_at < s.created_at)
        """,  # noqa: S608
    ),
)
