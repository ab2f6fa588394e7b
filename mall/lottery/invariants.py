"""I19, I79e: chances are entries, used once; draws have no gap; prizes stay within the table.

That each outcome is what the secret and the table make of it is computed by `mall lottery verify`.
"""

from __future__ import annotations

from mall.kernel.invariants import Invariant

# Every prize of every published table, by its place.
_PRIZES = """
    prizes AS MATERIALIZED (
        SELECT v.lottery_id, v.version, p.at - 1 AS place,
               p.prize ->> 'kind' = 'reward' AS is_won,
               p.prize ->> 'count' IS NOT NULL AS is_counted
        FROM lottery_versions v
        CROSS JOIN jsonb_array_elements(CAST(v.canonical AS jsonb) -> 'prizes')
            WITH ORDINALITY AS p(prize, at)
    )
"""

INVARIANTS = (
    Invariant(
        "I19a",
        "a shopper's chances in a lottery are the sum of their entries",
        """
        WITH moved AS (
            SELECT DISTINCT lottery_id, user_id FROM lottery_chance_entries
            WHERE created_at >= :since
        )
        SELECT c.lottery_id, c.user_id, c.given, c.bought, c.boxed, r.given AS given_sum,
               r.bought AS bought_sum, r.boxed AS boxed_sum
        FROM moved m JOIN lottery_chances c USING (lottery_id, user_id)
        CROSS JOIN LATERAL (
            SELECT sum(e.given) AS given, sum(e.bought) AS bought, sum(e.boxed) AS boxed
            FROM lottery_chance_entries e
            WHERE e.lottery_id = c.lottery_id AND e.user_id = c.user_id
        ) r
        WHERE (c.given, c.bought, c.boxed) <> (r.given, r.bought, r.boxed)
           OR least(c.given, c.bought, c.boxed) < 0
        """,
    ),
    Invariant(
        "I19b",
        "each draw used one chance of its shopper, and each used chance has its draw",
        """
        SELECT d.lottery_id, d.number, d.user_id FROM lottery_draws d
        WHERE d.created_at >= :since AND NOT EXISTS (
            SELECT FROM lottery_chance_entries e
            WHERE e.kind = 'draw' AND e.source = d.lottery_id || ':' || d.number
              AND e.lottery_id = d.lottery_id AND e.user_id = d.user_id
              AND e.given + e.bought + e.boxed = -1
        )
        UNION ALL
        SELECT e.lottery_id, CAST(split_part(e.source, ':', 2) AS bigint), e.user_id
        FROM lottery_chance_entries e
        WHERE e.created_at >= :since AND e.kind = 'draw' AND NOT EXISTS (
            SELECT FROM lottery_draws d
            WHERE d.lottery_id = e.lottery_id AND d.user_id = e.user_id
              AND d.number = CAST(split_part(e.source, ':', 2) AS bigint)
        )
        """,
    ),
    Invariant(
        "I19c",
        "a lottery counts its draws and what they cost, within its tickets and its budget; no draw"
        " is missing",
        """
        SELECT l.id AS lottery_id, l.drawn, l.spent_fen, r.draws, r.cost_fen
        FROM lotteries l CROSS JOIN LATERAL (
            SELECT count(*) AS draws, coalesce(max(d.number), 0) AS last,
                   coalesce(sum(d.cost_fen), 0) AS cost_fen
            FROM lottery_draws d WHERE d.lottery_id = l.id
        ) r
        WHERE l.published_at >= :since
          AND ((l.drawn, l.drawn, l.spent_fen) <> (r.draws, r.last, r.cost_fen)
               OR l.spent_fen > l.budget_fen OR l.drawn > l.tickets)
        UNION ALL
        SELECT d.lottery_id, d.number, NULL, NULL, NULL FROM lottery_draws d
        WHERE d.created_at >= :since AND d.number > 1 AND NOT EXISTS (
            SELECT FROM lottery_draws p
            WHERE p.lottery_id = d.lottery_id AND p.number = d.number - 1
        )
        """,
    ),
    Invariant(
        "I19d",
        "a draw takes one of its prize where that is counted and nothing else; a lottery has left"
        " what its last draw left",
        f"""
        WITH {_PRIZES}
        SELECT d.lottery_id, d.number, p.place, now.left_count AS left_count,
               was.left_count AS left_before
        FROM lottery_draws d
        JOIN lottery_draws b
            ON b.lottery_id = d.lottery_id AND b.number = d.number - 1 AND b.version = d.version
        JOIN prizes p ON p.lottery_id = d.lottery_id AND p.version = d.version
        CROSS JOIN LATERAL (
            SELECT CAST(d.left_counts ->> CAST(p.place AS integer) AS bigint) AS left_count
        ) now
        CROSS JOIN LATERAL (
            SELECT CAST(b.left_counts ->> CAST(p.place AS integer) AS bigint) AS left_count
        ) was
        WHERE d.created_at >= :since
          AND (now.left_count < 0 OR now.left_count IS DISTINCT FROM
               was.left_count - CAST(p.is_counted AND p.place = d.prize AS integer))
        UNION ALL
        SELECT l.id, l.drawn, NULL, NULL, NULL
        FROM lotteries l JOIN lottery_draws d ON d.lottery_id = l.id AND d.number = l.drawn
        WHERE d.version = l.version AND d.left_counts <> l.left_counts
        """,  # noqa: S608
    ),
    Invariant(
        "I19e",
        "each draw that won has its win, no other has one; a prize is given for its draw",
        f"""
        WITH {_PRIZES}
        SELECT d.lottery_id, d.number, d.user_id FROM lottery_draws d
        JOIN prizes p
            ON p.lottery_id = d.lottery_id AND p.version = d.version AND p.place = d.prize
        WHERE d.created_at >= :since AND p.is_won <> EXISTS (
            SELECT FROM lottery_wins w
            WHERE w.lottery_id = d.lottery_id AND w.number = d.number AND w.user_id = d.user_id
        )
        UNION ALL
        SELECT w.lottery_id, w.number, w.user_id FROM lottery_wins w
        JOIN reward_grants g ON g.id = w.grant_id
        WHERE w.created_at >= :since
          AND (g.user_id <> w.user_id
               OR g.event <> 'lottery:' || w.lottery_id || ':' || w.number)
        """,  # noqa: S608
    ),
    Invariant(
        "I19f",
        "a published table has its hash, the lottery that of its version; a revealed secret is the"
        " one that was committed to",
        """
        SELECT v.lottery_id, v.version FROM lottery_versions v
        WHERE v.digest <> encode(sha256(convert_to(v.canonical, 'UTF8')), 'hex')
        UNION ALL
        SELECT l.id, l.version FROM lotteries l
        LEFT JOIN lottery_versions v ON v.lottery_id = l.id AND v.version = l.version
        WHERE l.version > 0 AND (
            v.digest IS DISTINCT FROM l.digest
            OR l.secret IS NOT NULL
               AND l.commitment <> encode(sha256(decode(l.secret, 'hex')), 'hex'))
        """,
    ),
    Invariant(
        "I19g",
        "chances that were bought cost the points of their purchase; what was returned of them came"
        " back in points",
        """
        SELECT e.id AS entry_id, e.points, h.points AS spent, h.returned
        FROM lottery_chance_entries e
        LEFT JOIN points_holds h ON h.source = 'lottery:' || e.source AND h.user_id = e.user_id
        LEFT JOIN lottery_chance_entries r ON r.kind = 'return' AND r.source = e.source
        WHERE e.kind = 'buy' AND e.created_at >= :since
          AND (h.points IS DISTINCT FROM e.points OR h.returned <> coalesce(r.points, 0))
        """,
    ),
    Invariant(
        "I19h",
        "a shopper's draws in a lottery are counted",
        """
        SELECT s.lottery_id, s.user_id, s.drawn FROM lottery_shoppers s
        WHERE s.day >= CAST(greatest(:since, CAST('2000-01-01' AS timestamptz)) AS date) - 1
          AND s.drawn <> (
            SELECT count(*) FROM lottery_draws d
            WHERE d.lottery_id = s.lottery_id AND d.user_id = s.user_id
          )
        """,
    ),
    Invariant(
        "I79e",
        "a version that brought unclaimed prizes back has so many more of each, and each was won"
        " and expired",
        """
        SELECT r.lottery_id, r.version, r.prize, r.units, v.counts AS count, b.counts AS before
        FROM (
            SELECT lottery_id, version, prize, count(*) AS units FROM lottery_returns
            WHERE (lottery_id, version) IN (
                SELECT lottery_id, version FROM lottery_returns
                WHERE created_at >= :since AND version IS NOT NULL
            )
            GROUP BY lottery_id, version, prize
        ) r
        CROSS JOIN LATERAL (
            SELECT max(CAST(CAST(canonical AS jsonb) -> 'prizes' -> CAST(r.prize AS integer)
                ->> 'count' AS bigint)) AS counts
            FROM lottery_versions WHERE lottery_id = r.lottery_id AND version = r.version
        ) v
        CROSS JOIN LATERAL (
            SELECT max(CAST(CAST(canonical AS jsonb) -> 'prizes' -> CAST(r.prize AS integer)
                ->> 'count' AS bigint)) AS counts
            FROM lottery_versions WHERE lottery_id = r.lottery_id AND version = r.version - 1
        ) b
        WHERE v.counts IS DISTINCT FROM b.counts + r.units
        UNION ALL
        SELECT r.lottery_id, r.number, r.prize, NULL, NULL, NULL FROM lottery_returns r
        WHERE r.created_at >= :since AND 1 <> (
            SELECT count(*) FROM lottery_wins w
            JOIN lottery_draws d ON d.lottery_id = w.lottery_id AND d.number = w.number
            JOIN prize_claims c ON c.grant_id = w.grant_id
            WHERE w.lottery_id = r.lottery_id AND w.number = r.number
              AND d.prize = r.prize AND d.cost_fen = r.cost_fen
              AND c.id = r.claim_id AND c.state = 'expired'
        )
        """,
    ),
)
