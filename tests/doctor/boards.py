"""Ways to break what must hold of boards, their ranks and their prizes."""

from __future__ import annotations

CLOSED = (
    "INSERT INTO boards (id, kind, ref, starts_at, ends_at, closes_at, status, closed_at, size)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'x', now() - interval '2 days',"
    " now() - interval '1 day', now(), 'closed', now(), 2);"
    "INSERT INTO board_facts (key, board_id, member_id, amount, at) VALUES"
    " ('a', 1, 801, 2, now()), ('b', 1, 802, 1, now()), ('c', 1, 801, 0, clock_timestamp());"
    "INSERT INTO board_scores (board_id, member_id, score, reached_at)"
    " VALUES (1, 801, 2, now()), (1, 802, 1, now());"
    "INSERT INTO board_results VALUES (1, 1, 801, 2, now()), (1, 2, 802, 1, now());"
    "INSERT INTO board_prizes VALUES (1, 1, 1, 1, '[]');"
    "INSERT INTO reward_grants (rule_id, event, user_id, day, ground)"
    " VALUES (1, 'x', 801, current_date, 'board:1');"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT id, 0, 'growth', '', 1, '1' FROM reward_grants;"
    "INSERT INTO board_awards (board_id, rank, user_id, grant_id)"
    " SELECT 1, 1, user_id, id FROM reward_grants WHERE ground = 'board:1'"
)
SOUND = (CLOSED,)
BREAKS: dict[str, list[str]] = {
    "I68a": [
        f"{CLOSED}; UPDATE board_scores SET score = score + 1",
        f"{CLOSED}; UPDATE board_scores SET reached_at = now() - interval '1 hour'",
        f"{CLOSED}; DELETE FROM board_facts",
    ],
    "I68b": [
        f"{CLOSED}; UPDATE board_results SET score = 3 - score",
        f"{CLOSED}; UPDATE board_results SET score = 1,"
        " reached_at = now() - rank * interval '1 hour'",
        f"{CLOSED}; UPDATE board_results SET rank = 3 WHERE rank = 2",
        f"{CLOSED}; DELETE FROM board_results WHERE rank = 2",
    ],
    "I68c": [
        f"{CLOSED}; UPDATE board_awards SET rank = 2",
        f"{CLOSED}; DELETE FROM board_prizes",
        f"{CLOSED}; UPDATE reward_grants SET rule_id = 2",
        f"{CLOSED}; UPDATE reward_grants SET user_id = 802",
        f"{CLOSED}; UPDATE board_awards SET grant_id = NULL",
        f"{CLOSED}; DELETE FROM board_awards",
    ],
}
