"""What breaks the promises of check-ins, browsing and shares: a sound day, then the break."""

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
# The first shopper's share brought the second, and an order that was paid for.
SHARED = (
    "INSERT INTO users (appid, openid) VALUES ('x', 'x');"
    "INSERT INTO shares (token, user_id, page_kind, page_id, day, created_at)"
    " SELECT 'x', u.id, 'product', 1, current_date, o.created_at - interval '1 day'"
    " FROM orders o, users u WHERE o.paid_at IS NOT NULL AND u.openid = 'x';"
    "INSERT INTO share_opens (share_id, sharer_id, opener_id, day, opener_since, opener_bought,"
    " counted) SELECT s.id, s.user_id, o.user_id, s.day, now(), false, true FROM shares s, orders o"
    " WHERE o.paid_at IS NOT NULL;"
    "INSERT INTO share_shoppers (share_id, sharer_id, opener_id, day, counted)"
    " SELECT share_id, sharer_id, opener_id, day, true FROM share_opens;"
    "INSERT INTO referral_bindings (inviter_id, invitee_id, bound_at) SELECT p.sharer_id,"
    " p.opener_id, s.created_at FROM share_opens p JOIN shares s ON s.id = p.share_id;"
    "INSERT INTO order_attributions (order_id, user_id, share_id, inviter_id, binding_id, rule,"
    " day, first_order, counted)"
    " SELECT o.id, o.user_id, p.share_id, p.sharer_id, b.id, 'last_touch', p.day, true, true"
    " FROM share_opens p JOIN orders o ON o.user_id = p.opener_id, referral_bindings b"
    " WHERE o.paid_at IS NOT NULL;"
    "INSERT INTO share_days SELECT user_id, day, 1, 1, 1, 1 FROM shares"
)
BOUGHT = (
    f"{SOUND}; INSERT INTO make_up_card_months SELECT user_id, date '2026-11-01', 1, now()"
    " FROM check_in_cycles;"
    "INSERT INTO points_entries (user_id, kind, source, available) SELECT user_id, 'makeup_card',"
    " user_id || chr(58) || '2026-11' || chr(58) || '1', -5 FROM check_in_cycles"
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
    "I30e": [
        f"{BOUGHT}; UPDATE points_entries SET available = 1",
        f"{BOUGHT}; UPDATE make_up_card_months SET bought = 2",
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
    "I34a": [
        *(
            f"{SHARED}; UPDATE share_days SET {what} = 2"
            for what in ("shares", "opens", "shoppers")
        ),
        f"{SHARED}; DELETE FROM share_days",
    ],
    "I34b": [
        f"{SHARED}; UPDATE share_opens SET sharer_id = (SELECT min(id) FROM users)"
        " WHERE opener_id > (SELECT min(id) FROM users)",
        f"{SHARED}; UPDATE share_shoppers SET opener_id = NULL, sharer_id = opener_id",
        f"{SHARED}; UPDATE shares SET created_at = now() + interval '1 day'",
    ],
    "I21a": [
        f"{SHARED}; INSERT INTO referral_bindings (inviter_id, invitee_id, bound_at)"
        " SELECT invitee_id, inviter_id, now() FROM referral_bindings",
    ],
    "I21b": [
        f"{SHARED}; UPDATE referral_bindings SET ended_at = now() + interval '1 day',"
        " end_reason = 'staff'; INSERT INTO referral_bindings (inviter_id, invitee_id, bound_at)"
        " SELECT inviter_id, invitee_id, now() FROM referral_bindings",
    ],
    "I21c": [
        f"{SHARED}; UPDATE order_attributions SET order_id ="
        " (SELECT id FROM orders WHERE paid_at IS NULL)",
        f"{SHARED}; UPDATE order_attributions SET rule = 'binding'; UPDATE referral_bindings"
        " SET inviter_id = (SELECT min(id) FROM users WHERE id NOT IN (inviter_id, invitee_id))",
        f"{SHARED}; UPDATE referral_bindings SET bound_at = now() + interval '1 day'",
    ],
    "I21d": [
        f"{SHARED}; UPDATE share_days SET orders = 2",
        f"{SHARED}; UPDATE order_attributions SET counted = false",
    ],
}
BOARD = (
    "INSERT INTO missions (trigger, period, hidden) VALUES ('order_paid', 'once', true);"
    "INSERT INTO mission_versions (mission_id, version, name, text, measure, filters, target,"
    " rewards, at_once, audience, position)"
    " SELECT id, 1, 'x', '', 'count', '{}', 2, '[]', true, '[]', 0 FROM missions;"
    "INSERT INTO mission_progress (user_id, mission_id, period, version, target, counting,"
    " counted, firm, last_day)"
    " SELECT (SELECT min(id) FROM users), id, c, 1, 2, c, 1, 1, current_date"
    " FROM missions, unnest(ARRAY['sum', 'days', 'streak']) c;"
    "INSERT INTO mission_facts (progress_id, key, worth, firm, day, at)"
    " SELECT id, 'a', 1, true, current_date, now() FROM mission_progress;"
    "INSERT INTO mission_codes (mission_id, code, note, places, used, expires_at)"
    " SELECT id, 'A', '', 2, 1, now() FROM missions;"
    "INSERT INTO mission_unlocks (mission_id, user_id, code_id)"
    " SELECT mission_id, (SELECT min(id) FROM users), id FROM mission_codes"
)
REWARDED = (
    "UPDATE mission_progress SET counted = 2, completed_at = now(), completions = 1,"
    " rewarded_at = now() WHERE counting = 'sum';"
    "UPDATE mission_facts SET worth = 2 WHERE progress_id ="
    " (SELECT id FROM mission_progress WHERE counting = 'sum')"
)
TWICE = (
    "INSERT INTO reward_rules (name, reward) VALUES ('x', '[]');"
    "INSERT INTO reward_grants (rule_id, event, user_id, day)"
    " SELECT r.id, concat_ws(chr(58), 'mission', p.mission_id, 'sum', n), p.user_id, now()"
    " FROM reward_rules r, mission_progress p, unnest(ARRAY[NULL, '2']) n WHERE p.counting = 'sum'"
)
BREAKS |= {
    "I36a": [
        f"{BOARD}; UPDATE mission_facts SET worth = 2",
        f"{BOARD}; UPDATE mission_facts SET firm = false",
        f"{BOARD}; DELETE FROM mission_facts"
        " WHERE progress_id IN (SELECT id FROM mission_progress WHERE counting = 'days')",
        f"{BOARD}; DELETE FROM mission_facts"
        " WHERE progress_id IN (SELECT id FROM mission_progress WHERE counting = 'streak')",
    ],
    "I36b": [f"{BOARD}; {REWARDED}", f"{BOARD}; {REWARDED}; {TWICE}"],
    "I36d": [
        f"{BOARD}; UPDATE mission_progress SET counted = 0, firm = 0, completed_at = NULL,"
        " rewarded_at = now()"
    ],
    "I36c": [
        f"{BOARD}; UPDATE mission_codes SET used = 2",
        f"{BOARD}; DELETE FROM mission_unlocks",
    ],
}
