"""I52: growth opens what a rule opens, and nothing else."""

from __future__ import annotations

from mall.kernel.invariants import Invariant

INVARIANTS = (
    Invariant(
        "I52a",
        "a change by growth names its rule, and makes a promoter or moves one to another level",
        """
        SELECT c.id AS change_id, c.user_id, c.rule_id FROM promoter_changes c
        LEFT JOIN promoter_growth_rules r ON r.id = c.rule_id
        WHERE c.created_at >= :since AND c.cause = 'growth' AND (
            r.id IS NULL OR c.new_status <> 'active'
            OR c.old_status = 'active' AND c.new_level_id = c.old_level_id
        )
        """,
    ),
    Invariant(
        "I52b",
        "no look at promoters is one of the future, which the next would go on from",
        "SELECT looked_at FROM promoter_growth_looks WHERE looked_at > clock_timestamp()",
    ),
)
