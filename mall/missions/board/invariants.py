"""I36: progress is its facts, its reward is one, a code opens no more than its places."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I36a",
        "progress of a mission is the sum, the days or the days in a row of its facts",
        """
        WITH recent AS (
            SELECT * FROM mission_progress WHERE created_at >= :since
        ), days AS (
            SELECT f.progress_id, f.day, bool_or(f.firm) AS firm,
                   f.day - CAST(row_number() OVER (
                       PARTITION BY f.progress_id ORDER BY f.day) AS integer) AS run
            FROM mission_facts f JOIN recent p ON p.id = f.progress_id
            WHERE f.worth > 0 AND p.counting <> 'sum' GROUP BY f.progress_id, f.day
        ), runs AS (
            SELECT progress_id, count(*) AS length, max(day) AS until
            FROM days GROUP BY progress_id, run
        )
        SELECT p.id AS progress_id, p.counting, p.counted, p.firm, r.counted AS recount,
               r.firm AS firm_recount
        FROM recent p CROSS JOIN LATERAL (
            SELECT coalesce(sum(f.worth), 0) AS counted,
                   coalesce(sum(f.worth) FILTER (WHERE f.firm), 0) AS firm
            FROM mission_facts f WHERE f.progress_id = p.id
        ) r
        WHERE p.counting = 'sum' AND (p.counted, p.firm) <> (r.counted, r.firm)
        UNION ALL
        SELECT p.id, p.counting, p.counted, p.firm, r.counted, r.firm
        FROM recent p CROSS JOIN LATERAL (
            SELECT count(*) AS counted, count(*) FILTER (WHERE d.firm) AS firm
            FROM days d WHERE d.progress_id = p.id
        ) r
        WHERE p.counting = 'days' AND (p.counted, p.firm) <> (r.counted, r.firm)
        UNION ALL
        SELECT p.id, p.counting, p.counted, NULL, r.best, NULL
        FROM recent p CROSS JOIN LATERAL (
            SELECT coalesce(max(length), 0) AS best,
                   coalesce((array_agg(length ORDER BY until DESC))[1], 0) AS latest
            FROM runs WHERE runs.progress_id = p.id
        ) r
        WHERE p.counting = 'streak'
          AND p.counted <> CASE WHEN r.best >= p.target THEN r.best ELSE r.latest END
        """,
    ),
    Invariant(
        "I36b",
        "a progress has the reward of each rule at most once at a time; one that says that it was"
        " rewarded has one",
        """
        SELECT p.id AS progress_id, p.completed_at, g.rule_id, count(*) AS rewards
        FROM mission_progress p
        JOIN reward_grants g ON g.user_id = p.user_id
         AND (g.event = 'mission:' || p.mission_id || ':' || p.period
              OR g.event LIKE 'mission:' || p.mission_id || ':' || p.period || ':%')
        WHERE p.created_at >= :since AND g.status IN ('pending', 'granted')
        GROUP BY p.id, g.rule_id HAVING count(*) > 1
        UNION ALL
        SELECT p.id, p.completed_at, NULL, 0 FROM mission_progress p
        WHERE p.created_at >= :since AND p.rewarded_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM reward_grants g
            WHERE g.user_id = p.user_id
              AND g.event LIKE 'mission:' || p.mission_id || ':' || p.period || '%'
        )
        """,
    ),
    Invariant(
        "I36c",
        "a code opened its mission to as many shoppers as it counts, at most to its places",
        """
        SELECT c.id AS code_id, c.places, c.used, l.unlocks
        FROM (
            SELECT id FROM mission_codes WHERE created_at >= :since
            UNION SELECT code_id FROM mission_unlocks WHERE created_at >= :since
        ) t
        CROSS JOIN LATERAL (SELECT * FROM mission_codes WHERE id = t.id LIMIT 1) c
        CROSS JOIN LATERAL (
            SELECT count(*) AS unlocks FROM (
                SELECT FROM mission_unlocks WHERE code_id = c.id LIMIT :most + 1
            ) its
        ) l
        WHERE l.unlocks <= :most AND c.used <> l.unlocks OR c.used > c.places
        """,
    ),
    Invariant(
        "I36d",
        "a progress that isn't complete has no reward, or a job is about to take it back",
        """
        SELECT p.id AS progress_id, p.rewarded_at FROM mission_progress p
        WHERE p.created_at >= :since AND p.rewarded_at IS NOT NULL AND p.completed_at IS NULL
          AND NOT EXISTS (
            SELECT FROM procrastinate_jobs j
            WHERE j.task_name = 'missions.settle_reward' AND j.status IN ('todo', 'doing')
              AND j.args ->> 'progress_id' = CAST(p.id AS text)
          )
        """,
    ),
)
