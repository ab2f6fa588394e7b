"""Ways to break what must hold of cash for likes: a show that runs, or one that was given."""

from __future__ import annotations

from tests.doctor import reviews

# A show of a review of the paid order, which the buyer's friend liked: one of one.
RUNS = (
    "INSERT INTO reward_rules (name, reward, budget, budget_unit, used)"
    " VALUES ('x', '[]', 500, 'fen', 500);"
    "INSERT INTO cashback_campaigns (name, text, rule_id, amount_fen, likes_needed, days,"
    " min_pictures, starts_at, ends_at, enabled)"
    " SELECT 'x', '', max(id), 500, 2, 3, 1, now(), now() + interval '9 days', true"
    " FROM reward_rules;"
    "INSERT INTO compliance_verdicts (kind, ref, version, snapshot, result, findings, rules)"
    " SELECT 'cashback_campaign', id, 1, '{}', 'warned', '[]', '{}' FROM cashback_campaigns;"
    f"{reviews.SOUND}; UPDATE reviews SET changed_at = now() - interval '2 hours';"
    "INSERT INTO reward_grants (rule_id, event, ground, user_id, status, day, budget_used)"
    " SELECT c.rule_id, concat_ws(chr(58), 'cashback', r.id), concat_ws(chr(58), 'cashback', r.id),"
    " r.user_id, 'pending', now(), 500 FROM cashback_campaigns c, reviews r;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, cost_fen)"
    " SELECT id, 0, 'cash', '', 500, 500 FROM reward_grants WHERE event LIKE 'cashback%';"
    "INSERT INTO reward_days SELECT rule_id, user_id, day, 1 FROM reward_grants"
    " WHERE event LIKE 'cashback%';"
    "INSERT INTO cashback_shows (campaign_id, version, review_id, user_id, grant_id, amount_fen,"
    " needed, likes, ends_at)"
    " SELECT c.id, 1, r.id, r.user_id, g.id, 500, 2, 1, now() + interval '3 days'"
    " FROM cashback_campaigns c, reviews r, reward_grants g WHERE g.event LIKE 'cashback%';"
    "INSERT INTO cashback_likes (show_id, user_id, device) SELECT s.id, u.id, 'a'"
    " FROM cashback_shows s, users u WHERE u.id <> s.user_id ORDER BY u.id LIMIT 1;"
    "INSERT INTO cashback_devices (show_id, device) SELECT id, 'b' FROM cashback_shows"
)
GIVEN = (
    f"{RUNS}; UPDATE orders SET settled_at = now() - interval '3 hours' WHERE id = :paid;"
    "UPDATE cashback_shows SET needed = 1, status = 'given', scored_at = now(),"
    " reached_at = now() - interval '1 day', hold_until = now() - interval '2 hours',"
    " given_at = now() - interval '1 hour';"
    "UPDATE reward_grants SET status = 'granted' WHERE event LIKE 'cashback%';"
    "UPDATE reward_parts SET receipt = '1' WHERE kind = 'cash'"
)
_GRANT = "UPDATE reward_grants SET"
_OWN = "WHERE event LIKE 'cashback%'"
_SHOW = "UPDATE cashback_shows SET"
BREAKS: dict[str, list[str]] = {
    "I76a": [
        f"{RUNS}; {_SHOW} likes = 2",
        f"{RUNS}; DELETE FROM cashback_likes",
        f"{RUNS}; {_SHOW} needed = 0",
    ],
    "I76b": [
        f"{RUNS}; UPDATE cashback_likes SET user_id = (SELECT user_id FROM cashback_shows)",
        f"{RUNS}; UPDATE cashback_likes SET device = 'b'",
        f"{RUNS}; UPDATE cashback_likes SET created_at = now() + interval '4 days'",
    ],
    "I76c": [
        f"{RUNS}; {_GRANT} user_id = user_id + 1 {_OWN}",
        f"{RUNS}; {_GRANT} ground = NULL {_OWN}",
        f"{RUNS}; {_GRANT} event = event || 'x' {_OWN}",
        f"{RUNS}; UPDATE reward_parts SET count = 900 WHERE kind = 'cash'",
        f"{RUNS}; DELETE FROM cashback_shows",
    ],
    "I76d": [
        f"{RUNS}; {_GRANT} status = 'granted' {_OWN}",
        f"{RUNS}; {_SHOW} status = 'lapsed'",
        f"{RUNS}; {_SHOW} status = 'refused'",
        f"{GIVEN}; {_GRANT} status = 'pending' {_OWN}",
        f"{GIVEN}; {_SHOW} status = 'gone'",
        f"{GIVEN}; {_SHOW} status = 'reached'",
    ],
    "I76e": [
        f"{GIVEN}; {_SHOW} likes = 0",
        f"{GIVEN}; {_SHOW} given_at = hold_until - interval '1 second'",
        f"{GIVEN}; {_SHOW} scored_at = NULL",
        f"{GIVEN}; UPDATE orders SET settled_at = NULL WHERE id = :paid",
        f"{GIVEN}; UPDATE orders SET settled_at = now() WHERE id = :paid",
    ],
    "I76f": [
        f"{RUNS}; UPDATE reviews SET status = 'hidden'",
        f"{GIVEN}; UPDATE reviews SET status = 'deleted', deleted_at = now()",
        f"{RUNS}; UPDATE reviews SET order_refunded = true",
    ],
}
