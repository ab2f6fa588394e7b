"""Ways to break what must hold of leaders' rewards: a new customer who was brought, then the break.

The first shopper opened the team, the one with the paid order joined it.
"""

from __future__ import annotations

SOUND = (
    "INSERT INTO reward_rules (name, reward) VALUES ('x', '[]');"
    "INSERT INTO groupbuy_activities (name, spu_id, mode, status, starts_at, ends_at, started_at,"
    " team_open_min, pay_min, order_units, shopper_units, open_teams, leader_rule_id)"
    " SELECT 'x', 1, 'difference', 'started', now(), now(), now(), 60, 30, 1, 1, 1, max(id)"
    " FROM reward_rules;"
    "INSERT INTO groupbuy_teams (code, activity_id, tier_set_id, leader_id, status, sizes,"
    " min_size, max_size, expires_at, paid) SELECT 'x', a.id, 1, u.user_id, 'forming',"
    " '{2,5}', 2, 5, now(), 2 FROM groupbuy_activities a, orders u WHERE u.id = :unpaid;"
    "INSERT INTO groupbuy_members (team_id, activity_id, user_id, order_id, sku_id, units,"
    " unit_price_fen, paid_at, is_new) SELECT t.id, t.activity_id, o.user_id, o.id, 1, 1, 1,"
    " now() - interval '2 hours' + CASE o.id WHEN :paid THEN interval '1 minute' ELSE '0' END, true"
    " FROM groupbuy_teams t, orders o WHERE o.id IN (:paid, :unpaid);"
    "INSERT INTO reward_grants (rule_id, event, ground, user_id, status, day)"
    " SELECT r.id, 'groupbuy' || chr(58) || 'new' || chr(58) || o.order_no,"
    " 'groupbuy' || chr(58) || o.order_no, t.leader_id, 'pending', now()"
    " FROM reward_rules r, groupbuy_teams t, orders o WHERE o.id = :paid;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count)"
    " SELECT id, 0, 'points', '', 1 FROM reward_grants;"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants;"
    "INSERT INTO groupbuy_brought (order_id, team_id, leader_id, user_id, rule_id, grant_id)"
    " SELECT o.id, t.id, t.leader_id, o.user_id, g.rule_id, g.id"
    " FROM groupbuy_teams t, reward_grants g, orders o WHERE o.id = :paid"
)
# What is refunded of the sound shop's order would excuse a customer who wasn't counted.
KEPT = "UPDATE order_lines SET refunded_quantity = 0 WHERE order_id = :paid"
BREAKS: dict[str, list[str]] = {
    "I7r": [
        f"{SOUND}; UPDATE groupbuy_members SET is_new = false WHERE order_id = :paid",
        f"{SOUND}; UPDATE groupbuy_members SET paid_at = NULL WHERE order_id = :paid",
        f"{SOUND}; UPDATE groupbuy_brought SET leader_id = user_id",
        f"{SOUND}; UPDATE groupbuy_brought SET grant_id = NULL",
        f"{SOUND}; UPDATE groupbuy_activities SET leader_rule_id = NULL",
        f"{SOUND}; UPDATE reward_grants SET user_id = user_id + 1",
        f"{SOUND}; UPDATE reward_grants SET ground = NULL",
        f"{SOUND}; DELETE FROM groupbuy_brought",
    ],
    "I7s": [
        f"{SOUND}; UPDATE reward_grants SET status = 'granted'",
        f"{SOUND}; UPDATE orders SET settled_at = now() - interval '2 hours' WHERE id = :paid",
        f"{SOUND}; UPDATE orders SET closed_at = now() - interval '2 hours' WHERE id = :paid",
        f"{SOUND}; UPDATE groupbuy_teams SET status = 'failed',"
        " closed_at = now() - interval '2 hours'",
    ],
    "I7t": [f"{SOUND}; {KEPT}; DELETE FROM groupbuy_brought"],
}
