"""I50: a promoter is what the history says, and accepted the agreement that their row names."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I50a",
        "a promoter's status and level are those of the last change; changes follow one another",
        """
        WITH recent AS (
            SELECT DISTINCT user_id FROM promoter_changes WHERE created_at >= :since
        ), steps AS (
            SELECT c.*, lag(new_status) OVER own AS status_before,
                   lag(new_level_id) OVER own AS level_before,
                   lead(id) OVER own IS NULL AS is_last
            FROM recent CROSS JOIN LATERAL (
                SELECT * FROM promoter_changes WHERE user_id = recent.user_id OFFSET 0
            ) c
            WINDOW own AS (PARTITION BY c.user_id ORDER BY c.id)
        )
        SELECT s.user_id, s.id AS change_id, s.new_status, p.status FROM steps s
        LEFT JOIN LATERAL (SELECT * FROM promoters WHERE user_id = s.user_id LIMIT 1) p ON true
        WHERE s.old_status IS DISTINCT FROM s.status_before
           OR s.old_level_id IS DISTINCT FROM s.level_before
           OR s.is_last AND (p.status, p.level_id)
              IS DISTINCT FROM (s.new_status, s.new_level_id)
        UNION ALL
        SELECT p.user_id, NULL, NULL, p.status FROM promoters p
        WHERE p.created_at >= :since
          AND NOT EXISTS (SELECT FROM promoter_changes c WHERE c.user_id = p.user_id)
        """,
    ),
    Invariant(
        "I50b",
        "a promoter accepted the version of the agreement that their row names, at that time",
        """
        SELECT p.user_id, p.agreement_version FROM promoters p
        LEFT JOIN LATERAL (
            SELECT accepted_at FROM promoter_acceptances
            WHERE user_id = p.user_id AND version = p.agreement_version LIMIT 1
        ) a ON true
        WHERE p.applied_at >= :since AND a.accepted_at IS DISTINCT FROM p.agreed_at
        """,
    ),
)
