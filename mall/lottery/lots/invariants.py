"""I87: campaigns of lots are drawn in time, entries have no gap, prizes are given once.

That the winners are those of the secret and the entries is computed by `mall lottery verify`.
"""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I87a",
        "a campaign of lots counts its entries, which have no gap",
        """
        SELECT c.id AS campaign_id, c.entered, r.entries, r.last FROM lot_campaigns c
        CROSS JOIN LATERAL (
            SELECT count(*) AS entries, coalesce(max(e.number), 0) AS last
            FROM lot_entries e WHERE e.campaign_id = c.id
        ) r
        WHERE c.draws_at >= :since AND (c.entered, c.entered) <> (r.entries, r.last)
        """,
    ),
    Invariant(
        "I87b",
        "lots are drawn at their time: the terms have their hash, the secret is the one that was"
        " committed to",
        """
        SELECT c.id AS campaign_id FROM lot_campaigns c
        WHERE c.published_at IS NOT NULL AND c.draws_at >= :since AND (
            (c.drawn_at IS NULL AND c.canceled_at IS NULL
                AND c.draws_at < now() - interval '15 minutes')
            OR c.drawn_at < c.draws_at
            OR c.digest <> encode(sha256(convert_to(c.canonical, 'UTF8')), 'hex')
            OR c.commitment <> encode(sha256(decode(c.secret, 'hex')), 'hex'))
        """,
    ),
    Invariant(
        "I87c",
        "as many win as there are prizes and entries that took part; who wins took part",
        """
        SELECT c.id AS campaign_id, r.wins, r.strangers FROM lot_campaigns c
        CROSS JOIN LATERAL (
            SELECT count(*) AS wins,
                   count(*) FILTER (WHERE NOT w.number = ANY (c.eligible)) AS strangers
            FROM lot_wins w WHERE w.campaign_id = c.id
        ) r
        WHERE c.drawn_at >= :since AND (
            r.strangers > 0 OR r.wins <> least(cardinality(c.eligible), (
                SELECT sum(CAST(p ->> 'count' AS bigint))
                FROM jsonb_array_elements(c.terms -> 'prizes') p)))
        UNION ALL
        SELECT w.campaign_id, w.place, NULL FROM lot_wins w
        JOIN lot_campaigns c ON c.id = w.campaign_id
        WHERE w.created_at >= :since AND c.drawn_at IS NULL
        """,
    ),
    Invariant(
        "I87d",
        "a prize is given to who won it, for its place; a quarter of an hour after the draw it is"
        " given or refused",
        """
        SELECT w.campaign_id, w.place FROM lot_wins w
        JOIN lot_entries e ON e.campaign_id = w.campaign_id AND e.number = w.number
        JOIN users u ON u.id = e.user_id
        LEFT JOIN reward_grants g ON g.id = w.grant_id
        WHERE w.created_at >= :since AND (
            (w.grant_id IS NOT NULL AND (g.user_id, g.event) IS DISTINCT FROM
                (e.user_id, 'lots:' || w.campaign_id || ':' || w.place))
            OR (w.grant_id IS NULL AND w.refusal IS NULL AND u.closed_at IS NULL
                AND w.created_at < now() - interval '15 minutes'))
        """,
    ),
)
