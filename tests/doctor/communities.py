"""Ways to break what must hold of communities, their missions and hidden coupons."""

from __future__ import annotations

_GRANT = (
    "INSERT INTO reward_grants (id, rule_id, event, user_id, day) OVERRIDING SYSTEM VALUE"
    " SELECT {id}, 1, '{event}' || chr(58) || '1', min(id), current_date FROM users;"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants WHERE id = {id}"
    " ON CONFLICT (rule_id, user_id, day) DO UPDATE SET granted = 2;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " VALUES ({id}, 0, 'growth', '', 1, '1')"
)
CLAIMED = (
    f"{_GRANT.format(id=971, event='hidden_coupon')};"
    "INSERT INTO hidden_coupons (id, name, phrase, rule_id, reward, starts_at, ends_at, places,"
    " used, revoked_at, published_at) OVERRIDING SYSTEM VALUE"
    " VALUES (1, 'x', 'x', 1, '[]', now(), now() + interval '1 day', 1, 1, now(), now());"
    "INSERT INTO hidden_coupon_claims SELECT 1, user_id, id FROM reward_grants WHERE id = 971"
)
# One member brought it to its target, by two facts, and got the reward.
REACHED = (
    f"{_GRANT.format(id=972, event='community_mission')};"
    "INSERT INTO communities (id, name, code) OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'x');"
    "INSERT INTO community_missions (id, community_id, name, rules, counts, target, rule_id,"
    " reward, starts_at, ends_at, total, reached_at, published_at) OVERRIDING SYSTEM VALUE"
    " VALUES (1, 1, 'x', 'x', 'check_ins', 2, 1, '[]', now(), now() + interval '1 day', 2, now(),"
    " now());"
    "INSERT INTO community_members SELECT 1, user_id FROM reward_grants WHERE id = 972;"
    "INSERT INTO community_facts (mission_id, user_id, key, worth)"
    " SELECT 1, user_id, CAST(n AS text), 1 FROM community_members, generate_series(1, 2) n;"
    "INSERT INTO community_rewards (mission_id, user_id, grant_id)"
    " SELECT 1, user_id, 972 FROM community_members"
)
SOUND = (CLAIMED, REACHED)
BREAKS: dict[str, list[str]] = {
    "I86a": [
        f"{CLAIMED}; UPDATE hidden_coupons SET used = 0",
        f"{CLAIMED}; UPDATE hidden_coupons SET places = 0",
        f"{CLAIMED}; DELETE FROM hidden_coupon_claims",
        f"{CLAIMED}; UPDATE reward_grants SET event = 'x' WHERE id = 971",
        f"{CLAIMED}; UPDATE hidden_coupon_claims SET user_id = user_id + 1",
    ],
    "I86b": [
        f"{REACHED}; UPDATE community_missions SET total = 3",
        f"{REACHED}; UPDATE community_facts SET worth = 2 WHERE key = '1'",
        f"{REACHED}; UPDATE community_missions SET reached_at = NULL",
        f"{REACHED}; UPDATE community_missions SET target = 3",
        f"{REACHED}; UPDATE community_missions SET paused = true",
    ],
    "I86c": [
        f"{REACHED}; DELETE FROM community_rewards",
        f"{REACHED}; UPDATE community_facts SET worth = 0",
        f"{REACHED}; UPDATE community_missions SET reached_at = NULL",
        f"{REACHED}; UPDATE reward_grants SET event = 'x' WHERE id = 972",
        f"{REACHED}; UPDATE reward_grants SET user_id = user_id + 1 WHERE id = 972",
    ],
}
