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
        "a sharer's day counts its shares, openings and new shoppers",
        " UNION ALL ".join(
            (
                _counts("shares", "shares", "user_id", "f.user_id IS NOT NULL"),
                _counts("opens", "share_opens"),
                _counts("shoppers", "share_shoppers"),
            )
        ),
    ),
    Invariant(
        "I34b",
        "what a share brought is of its owner, a sharer or a channel, and of another shopper",
        f"""
        SELECT 'opening' AS what, f.id FROM share_opens f JOIN shares s ON s.id = f.share_id
        WHERE f.day >= {_SINCE} AND (s.user_id IS DISTINCT FROM f.sharer_id
                                     OR s.channel_id IS DISTINCT FROM f.channel_id
                                     OR f.opener_id = f.sharer_id)
        UNION ALL
        SELECT 'shopper', f.id FROM share_shoppers f JOIN shares s ON s.id = f.share_id
        LEFT JOIN users u ON u.id = f.opener_id
        WHERE f.day >= {_SINCE} AND (s.user_id IS DISTINCT FROM f.sharer_id
                                     OR s.channel_id IS DISTINCT FROM f.channel_id
                                     OR f.opener_id = f.sharer_id
                                     OR u.created_at < s.created_at)
        """,  # noqa: S608
    ),
)
