"""I30: check-ins, streaks and cycles agree with a recount of the days.

A streak is right when it is the one of the day before, and one. So each day is compared with its
neighbors alone, and the frequent run reads what is recent; what takes a whole history (totals, the
longest streak, long cycles) it asks of short ones only, and leaves the rest to the nightly run.
"""

from __future__ import annotations

from mall.kernel.invariants import Invariant

_WHOLE = "CAST(:since AS timestamptz) = '-infinity'"
_SHORT = 7
"""Days of a history that the frequent run recounts."""
_MONTH = 31
"""Cycles that began longer ago are left to the nightly run."""

INVARIANTS = (
    Invariant(
        "I30a",
        "one check-in a shopper and shop day; each day's streak equals a recount",
        """
        SELECT c.user_id, c.day, c.streak, coalesce(p.streak, 0) + 1 AS in_a_row
        FROM check_ins c
        LEFT JOIN LATERAL (
            SELECT streak FROM check_ins WHERE user_id = c.user_id AND day = c.day - 1 LIMIT 1
        ) p ON true
        WHERE c.created_at >= :since AND c.streak <> coalesce(p.streak, 0) + 1
        UNION
        SELECT n.user_id, n.day, n.streak, c.streak + 1
        FROM check_ins c
        CROSS JOIN LATERAL (
            SELECT * FROM check_ins WHERE user_id = c.user_id AND day = c.day + 1 LIMIT 1
        ) n
        WHERE c.created_at >= :since AND n.streak <> c.streak + 1
        UNION
        SELECT user_id, day, count(*), NULL FROM check_ins
        WHERE created_at >= :since GROUP BY user_id, day HAVING count(*) > 1
        """,
    ),
    Invariant(
        "I30b",
        "where a shopper stands (last day, streak, longest, total) equals a recount",
        f"""
        SELECT l.user_id, s.last_day, s.streak, s.longest, s.total,
               t.day AS days_last, t.streak AS days_streak
        FROM (
            SELECT user_id, max(streak) AS best FROM check_ins
            WHERE created_at >= :since GROUP BY user_id
        ) l
        LEFT JOIN LATERAL (
            SELECT * FROM check_in_states WHERE user_id = l.user_id LIMIT 1
        ) s ON true
        CROSS JOIN LATERAL (
            SELECT day, streak FROM check_ins WHERE user_id = l.user_id
            ORDER BY day DESC LIMIT 1
        ) t
        LEFT JOIN LATERAL (
            SELECT max(streak) AS longest, count(*) AS total FROM check_ins
            WHERE user_id = l.user_id AND ({_WHOLE} OR s.total <= {_SHORT})
            HAVING count(*) > 0
        ) f ON true
        WHERE s.user_id IS NULL OR s.last_day <> t.day OR s.streak <> t.streak
           OR s.longest < l.best OR s.longest <> f.longest OR s.total <> f.total
        """,  # noqa: S608
    ),
    Invariant(
        "I30c",
        "a cycle counts its days and its longest streak; cycles of a shopper don't overlap",
        f"""
        SELECT y.id AS cycle_id, y.checked, y.best, r.days, r.longest
        FROM (
            SELECT cycle_id AS id FROM check_ins WHERE created_at >= :since
            UNION SELECT id FROM check_in_cycles WHERE created_at >= :since
        ) t
        CROSS JOIN LATERAL (SELECT * FROM check_in_cycles WHERE id = t.id LIMIT 1) y
        CROSS JOIN LATERAL (
            SELECT count(*) AS days, max(least(c.streak, c.day - y.first_day + 1)) AS longest
            FROM check_ins c
            WHERE c.user_id = y.user_id AND c.cycle_id = y.id
              AND c.day BETWEEN y.first_day AND y.last_day
        ) r
        WHERE y.first_day >= CAST(:since AS date) - {_MONTH}
          AND (y.checked <> r.days OR y.best IS DISTINCT FROM r.longest)
        UNION
        SELECT y.id, NULL, NULL, NULL, c.day - y.first_day
        FROM check_ins c
        CROSS JOIN LATERAL (SELECT * FROM check_in_cycles WHERE id = c.cycle_id LIMIT 1) y
        WHERE c.created_at >= :since AND c.day NOT BETWEEN y.first_day AND y.last_day
        UNION
        SELECT y.id, NULL, NULL, NULL, o.id FROM check_in_cycles y
        CROSS JOIN LATERAL (
            SELECT id FROM check_in_cycles WHERE user_id = y.user_id AND id <> y.id
              AND first_day <= y.last_day AND y.first_day <= last_day OFFSET 0
        ) o
        WHERE y.created_at >= :since
        """,  # noqa: S608
    ),
    Invariant(
        "I30d",
        "make-up cards were given as rewards or bought, and each that is used made up one day",
        """
        SELECT k.user_id, k.given, k.taken_back, k.used, g.units AS granted, b.cards AS bought,
               c.days AS made_up
        FROM make_up_cards k
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(p.count - p.taken_back), 0) AS units
            FROM reward_grants g JOIN reward_parts p ON p.grant_id = g.id
            WHERE g.user_id = k.user_id AND p.kind = 'makeup_card' AND p.receipt IS NOT NULL
        ) g
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(m.bought), 0) AS cards FROM make_up_card_months m
            WHERE m.user_id = k.user_id
        ) b
        CROSS JOIN LATERAL (
            SELECT count(*) AS days FROM check_ins c WHERE c.user_id = k.user_id AND c.made_up
        ) c
        WHERE k.user_id IN (
            SELECT user_id FROM check_ins WHERE created_at >= :since AND made_up
            UNION SELECT user_id FROM make_up_card_months WHERE bought_at >= :since
            UNION SELECT g.user_id FROM reward_grants g JOIN reward_parts p ON p.grant_id = g.id
                  WHERE g.created_at >= :since AND p.kind = 'makeup_card'
        ) AND (k.given - k.taken_back <> g.units + b.cards OR k.used <> c.days)
        """,
    ),
    Invariant(
        "I30e",
        "each make-up card that was bought took points",
        """
        SELECT m.user_id, m.month, m.bought, e.entries
        FROM make_up_card_months m
        CROSS JOIN LATERAL (
            SELECT count(*) AS entries
            FROM generate_series(1, m.bought) n JOIN points_entries e
              ON e.kind = 'makeup_card' AND e.available < 0 AND e.user_id = m.user_id
             AND e.source = m.user_id || ':' || to_char(m.month, 'YYYY-MM') || ':' || n
        ) e
        WHERE m.bought_at >= :since AND m.bought <> e.entries
        """,
    ),
)
