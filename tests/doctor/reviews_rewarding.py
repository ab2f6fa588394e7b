"""Ways to break what must hold of rewards for reviews: a review with its reward, then the break."""

from __future__ import annotations

SOUND = (
    "INSERT INTO reward_rules (name, reward) VALUES ('x', '[]');"
    "INSERT INTO review_rewards (kind, rule_id, text, min_characters, min_pictures, at_most,"
    " after_settling, enabled)"
    " SELECT 'base', max(id), '', 0, 0, 1, false, true FROM reward_rules;"
    "INSERT INTO reviews (order_line_id, order_id, user_id, spu_id, sku_id, goods_stars,"
    " logistics_stars, service_stars, text, origin, status, approved_at, changed_at)"
    " SELECT min(l.id), o.id, o.user_id, 1, 1, 1, 1, 1, 'x', 'shopper', 'approved', now(),"
    " now() - interval '2 hours'"
    " FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = :paid GROUP BY o.id;"
    "INSERT INTO reward_grants (rule_id, event, ground, user_id, status, day)"
    " SELECT w.rule_id, concat_ws(chr(58), 'review', r.order_line_id, 'base'),"
    " concat_ws(chr(58), 'review', r.id), r.user_id, 'pending', now()"
    " FROM review_rewards w, reviews r;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count)"
    " SELECT id, 0, 'points', '', 1 FROM reward_grants WHERE event LIKE 'review%';"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants"
    " WHERE event LIKE 'review%';"
    "INSERT INTO review_reward_grants (review_id, kind, reward_id, version, times, grant_id,"
    " attempts) SELECT r.id, 'base', w.id, 1, 1, g.id, 1"
    " FROM reviews r, review_rewards w, reward_grants g WHERE g.event LIKE 'review%'"
)
_GRANT = "UPDATE reward_grants SET"
BREAKS: dict[str, list[str]] = {
    "I20r": [
        f"{SOUND}; UPDATE reviews SET origin = 'default', text = ''",
        f"{SOUND}; UPDATE review_rewards SET kind = 'video'",
        f"{SOUND}; UPDATE review_reward_grants SET attempts = 0",
        f"{SOUND}; {_GRANT} user_id = user_id + 1 WHERE event LIKE 'review%'",
        f"{SOUND}; {_GRANT} ground = NULL WHERE event LIKE 'review%'",
        f"{SOUND}; {_GRANT} event = event || chr(58) || 'again' WHERE event LIKE 'review%'",
        f"{SOUND}; DELETE FROM review_reward_grants",
    ],
    "I20s": [
        f"{SOUND}; UPDATE reviews SET status = 'hidden'",
        f"{SOUND}; UPDATE reviews SET status = 'deleted', deleted_at = now()",
        f"{SOUND}; UPDATE reviews SET order_refunded = true",
        f"{SOUND}; UPDATE review_reward_grants SET kind = 'featured'",
    ],
    "I20t": [
        f"{SOUND}; UPDATE orders SET settled_at = now() - interval '2 hours' WHERE id = :paid",
    ],
}
