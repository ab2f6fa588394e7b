"""I30: check-ins, streaks and cycles agree with a recount of the days."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

# Shoppers who checked in lately, with all their days: a streak may have begun long ago.
_DAYS = """
    days AS (
        SELECT c.*, c.day - CAST(row_number() OVER (
            PARTITION BY c.user_id ORDER BY c.day
        ) AS integer) AS run
        FROM check_ins c
        WHERE c.user_id IN (SELECT user_id FROM check_ins WHERE created_at >= :since)
    ), recount AS (
        SELECT d.*, row_number() OVER (PARTITION BY user_id, run ORDER BY day) AS in_a_row
        FROM days d
    )
"""

INVARIANTS = (
    Invariant(
        "I30a",
        "one check-in a shopper and shop day; each day's streak equals a recount",
        f"""
        WITH {_DAYS}
        SELECT user_id, day, streak, in_a_row FROM recount WHERE streak <> in_a_row
        UNION ALL
        SELECT user_id, day, count(*), NULL FROM check_ins
        WHERE created_at >= :since GROUP BY user_id, day HAVING count(*) > 1
        """,  # noqa: S608
    ),
    Invariant(
        "I30b",
        "where a shopper stands (last day, streak, longest, total) equals a recount",
        f"""
        WITH {_DAYS}
        SELECT r.user_id, s.last_day, s.streak, s.longest, s.total,
               max(r.day) AS days_last, max(r.in_a_row) AS days_longest, count(*) AS days_total
        FROM recount r LEFT JOIN check_in_states s ON s.user_id = r.user_id
        GROUP BY r.user_id, s.user_id
        HAVING s.user_id IS NULL OR s.last_day <> max(r.day) OR s.total <> count(*)
            OR s.longest <> max(r.in_a_row)
            OR s.streak <> (array_agg(r.in_a_row ORDER BY r.day DESC))[1]
        """,  # noqa: S608
    ),
    Invariant(
        "I30c",
        "a cycle counts its days and its longest streak; cycles of a shopper don't overlap",
        f"""
        WITH {_DAYS}
        SELECT y.id AS cycle_id, y.checked, y.best, count(r.day) AS days,
               max(least(r.in_a_row, r.day - y.first_day + 1)) AS longest
        FROM check_in_cycles y LEFT JOIN recount r ON r.cycle_id = y.id
        WHERE y.user_id IN (SELECT user_id FROM days)
        GROUP BY y.id
        HAVING y.checked <> count(r.day)
            OR y.best IS DISTINCT FROM max(least(r.in_a_row, r.day - y.first_day + 1))
            OR min(r.day) < y.first_day OR max(r.day) > y.last_day
        UNION ALL
        SELECT y.id, NULL, NULL, NULL, o.id FROM check_in_cycles y
        JOIN check_in_cycles o ON o.user_id = y.user_id AND o.id > y.id
             AND o.first_day <= y.last_day AND y.first_day <= o.last_day
        WHERE y.user_id IN (SELECT user_id FROM days)
        """,  # noqa: S608
    ),
    Invariant(
        "I30d",
        "make-up cards were given as rewards, and each that is used made up one day",
        """
        SELECT k.user_id, k.given, k.taken_back, k.used, g.units AS granted, c.days AS made_up
        FROM make_up_cards k
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(p.count - p.taken_back), 0) AS units
            FROM reward_grants g JOIN reward_parts p ON p.grant_id = g.id
            WHERE g.user_id = k.user_id AND p.kind = 'makeup_card' AND p.receipt IS NOT NULL
        ) g
        CROSS JOIN LATERAL (
            SELECT count(*) AS days FROM check_ins c WHERE c.user_id = k.user_id AND c.made_up
        ) c
        WHERE k.user_id IN (
            SELECT user_id FROM check_ins WHERE created_at >= :since
            UNION SELECT user_id FROM reward_grants WHERE created_at >= :since
        ) AND (k.given - k.taken_back <> g.units OR k.used <> c.days)
        """,
    ),
)
