"""I51: a lesson is passed by an attempt that was right, and attempts are as many as are counted."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I51a",
        "a lesson is passed when, and only when, one attempt at its quiz passed: the last one",
        """
        SELECT p.user_id, p.lesson_id, p.passed_at FROM lesson_progress p
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE passed) AS passed,
                   max(id) FILTER (WHERE passed) = max(id) AS by_last
            FROM lesson_attempts a WHERE a.user_id = p.user_id AND a.lesson_id = p.lesson_id
        ) a
        WHERE p.day >= CAST(:since AS date) - 1 AND (
            (p.passed_at IS NOT NULL) <> (a.passed = 1) OR a.passed > 0 AND NOT a.by_last
        )
        """,
    ),
    Invariant(
        "I51b",
        "the attempts that are counted of a day are there, numbered without a gap",
        """
        SELECT p.user_id, p.lesson_id, p.day, p.attempts, a.there FROM lesson_progress p
        CROSS JOIN LATERAL (
            SELECT count(*) AS there, coalesce(max(number), 0) AS highest
            FROM lesson_attempts a
            WHERE a.user_id = p.user_id AND a.lesson_id = p.lesson_id AND a.day = p.day
        ) a
        WHERE p.day >= CAST(:since AS date) - 1
          AND (a.there <> p.attempts OR a.highest <> p.attempts)
        """,
    ),
)
