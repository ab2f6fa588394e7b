"""What breaks the promises of check-ins and of browsing: a sound day or two, then the break."""

from __future__ import annotations

SOUND = (
    "INSERT INTO check_in_plans (version, name, days, rewards) VALUES (1, 'x', 7, '[]');"
    "INSERT INTO check_in_cycles (user_id, plan_version, first_day, last_day, checked, best)"
    " SELECT min(id), 1, current_date - 1, current_date + 5, 2, 2 FROM users;"
    "INSERT INTO check_ins (user_id, day, cycle_id, streak)"
    " SELECT user_id, first_day + n, id, n + 1 FROM check_in_cycles, generate_series(0, 1) n;"
    "INSERT INTO check_in_states (user_id, last_day, streak, longest, total)"
    " SELECT user_id, current_date, 2, 2, 2 FROM check_in_cycles"
)
CARD = "INSERT INTO make_up_cards (user_id, given) SELECT user_id"
GRANT = (
    "INSERT INTO reward_rules (name, reward) VALUES ('x', '[]');"
    "INSERT INTO reward_grants (rule_id, event, user_id, day)"
    " SELECT r.id, 'x', c.user_id, now() FROM reward_rules r, check_in_cycles c;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT max(id), 0, 'makeup_card', '', 1, '1' FROM reward_grants"
)
LOOKS = (
    "INSERT INTO view_sessions (user_id, day, page_kind, page_id, counted_ms, started_at)"
    " SELECT min(id), current_date, 'product', 1, 2000 * n, now() - interval '1 minute'"
    " FROM users, generate_series(1, 2) n GROUP BY n ORDER BY n;"
    "INSERT INTO view_days (user_id, day, sessions, counted_ms, earlier_ms, session_id, seen_at)"
    " SELECT min(user_id), current_date, 2, 7000, 2000, max(id), now() FROM view_sessions"
)
BREAKS: dict[str, list[str]] = {
    "I30a": [
        f"{SOUND}; UPDATE check_ins SET streak = 1",
        f"{SOUND}; DELETE FROM check_ins WHERE streak = 1",
    ],
    "I30b": [
        f"{SOUND}; UPDATE check_in_states SET total = 3",
        f"{SOUND}; UPDATE check_in_states SET streak = 1",
        f"{SOUND}; UPDATE check_in_states SET longest = 3",
        f"{SOUND}; UPDATE check_in_states SET last_day = current_date - 1",
        f"{SOUND}; DELETE FROM check_in_states",
    ],
    "I30c": [
        f"{SOUND}; UPDATE check_in_cycles SET checked = 1",
        f"{SOUND}; UPDATE check_in_cycles SET best = 1",
        f"{SOUND}; UPDATE check_in_cycles SET first_day = current_date",
        f"{SOUND}; INSERT INTO check_in_cycles (user_id, plan_version, first_day, last_day,"
        " checked, best) SELECT user_id, 1, current_date, current_date + 9, 0, 0"
        " FROM check_in_cycles",
    ],
    "I30d": [
        f"{SOUND}; {GRANT}; {CARD}, 2 FROM check_in_cycles",
        f"{SOUND}; {GRANT}; {CARD}, 1 FROM check_in_cycles; UPDATE make_up_cards SET used = 1",
        f"{SOUND}; {GRANT}; {CARD}, 1 FROM check_in_cycles;"
        " UPDATE check_ins SET made_up = true WHERE streak = 2",
    ],
    "I33a": [
        f"{LOOKS}; UPDATE view_days SET sessions = 3",
        f"{LOOKS}; UPDATE view_days SET earlier_ms = 2001",
        f"{LOOKS}; UPDATE view_sessions SET counted_ms = 5001 WHERE counted_ms = 4000",
        f"{LOOKS}; UPDATE view_days SET session_id = session_id - 1",
        f"{LOOKS}; DELETE FROM view_sessions",
    ],
    "I33b": [
        f"{LOOKS}; UPDATE view_days SET counted_ms = 60001",
        f"{LOOKS}; UPDATE view_sessions SET started_at = now() - interval '6 seconds'",
    ],
}
