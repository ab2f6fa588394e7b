"""What breaks the promises of rewards and coupons: a sound coupon or reward, then the break."""

from __future__ import annotations

TEMPLATE = (
    "INSERT INTO coupon_templates (name, kind, amount_fen, way, valid_days, total_limit, claimed)"
    " VALUES ('x', 'amount', 500, 'public', 7, 9, 1)"
)
LOCKED = (
    f"{TEMPLATE};"
    "INSERT INTO coupons (template_id, user_id, status, way, valid_from, expires_at, order_id)"
    " SELECT t.id, o.user_id, 'locked', 'public', now(), now() + interval '1 day', o.id"
    " FROM coupon_templates t, orders o WHERE o.id = :unpaid;"
    "INSERT INTO coupon_holdings (template_id, user_id, claimed)"
    " SELECT template_id, user_id, 1 FROM coupons;"
    "INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)"
    r" SELECT :unpaid, 'COUPON', 'coupon\:' || id, 'x', -5, '{-5}' FROM coupons"
)
REWARDED = (
    "INSERT INTO reward_rules (name, reward, budget, used) VALUES ('x', '[]', 1, 1);"
    "INSERT INTO coupon_templates (name, kind, amount_fen, way, valid_days, claimed)"
    " VALUES ('x', 'amount', 500, 'reward', 7, 1);"
    "INSERT INTO coupons (template_id, user_id, way, valid_from, expires_at)"
    " SELECT t.id, o.user_id, 'reward', now(), now() + interval '1 day'"
    " FROM coupon_templates t, orders o WHERE o.id = :unpaid;"
    "INSERT INTO reward_grants (rule_id, event, user_id, day, budget_used)"
    " SELECT r.id, 'e', c.user_id, current_date, 1 FROM reward_rules r, coupons c;"
    "INSERT INTO reward_parts (grant_id, position, kind, what, count, receipt)"
    " SELECT g.id, 0, 'coupon', CAST(c.template_id AS text), 1, CAST(c.id AS text)"
    " FROM reward_grants g, coupons c;"
    "INSERT INTO reward_days (rule_id, user_id, day, granted)"
    " SELECT rule_id, user_id, day, 1 FROM reward_grants"
)
REVERSED = (
    f"{REWARDED}; UPDATE reward_grants SET status = 'reversed', budget_used = 0,"
    " reversed_at = now(); UPDATE reward_rules SET used = 0;"
    "UPDATE coupons SET status = 'revoked', revoked_at = now();"
    "UPDATE reward_parts SET taken_back = 1;"
    "INSERT INTO reward_steps (grant_id, from_status, to_status, cause, taken)"
    " SELECT id, 'granted', 'reversed', 'x', jsonb_build_array("
    "jsonb_build_object('position', 0, 'taken_back', 1, 'debt', 0)) FROM reward_grants"
)
REDEEMED = (
    f"{LOCKED}; UPDATE coupon_templates SET way = 'code'; UPDATE coupons SET way = 'code';"
    "INSERT INTO coupon_batches (template_id, size) SELECT id, 1 FROM coupon_templates;"
    "INSERT INTO coupon_codes (batch_id, code, coupon_id, redeemed_at)"
    " SELECT b.id, 'X', c.id, now() FROM coupon_batches b, coupons c"
)
SOUND = (LOCKED, REWARDED, REVERSED, REDEEMED)
BREAKS: dict[str, list[str]] = {
    "I9a": [
        f"{REWARDED}; UPDATE reward_rules SET used = 0",
        f"{REWARDED}; UPDATE reward_rules SET budget = 0",
        f"{REWARDED}; UPDATE reward_grants SET budget_used = 0",
        "ALTER TABLE reward_grants DROP CONSTRAINT uq_reward_grants_rule_event_user;"
        f"{REWARDED}; INSERT INTO reward_grants (rule_id, event, user_id, day)"
        " SELECT rule_id, event, user_id, day FROM reward_grants",
    ],
    "I9b": [
        f"{REWARDED}; UPDATE reward_days SET granted = 2",
        f"{REWARDED}; DELETE FROM reward_days",
        f"{REWARDED}; UPDATE reward_grants SET day = day - 1",
    ],
    "I9c": [
        f"{REWARDED}; DELETE FROM coupons",
        f"{REWARDED}; UPDATE coupons SET user_id = 0",
        f"{REWARDED}; UPDATE coupons SET revoked_at = now()",
        f"{REWARDED}; UPDATE reward_parts SET taken_back = 1;UPDATE coupons SET revoked_at = now()",
    ],
    "I9d": [
        f"{REWARDED}; UPDATE reward_parts SET taken_back = 2",
        f"{REWARDED}; UPDATE reward_parts SET receipt = NULL",
        f"{REWARDED}; UPDATE reward_parts SET receipt = NULL, debt = 1",
        f"{REWARDED}; UPDATE reward_grants SET status = 'reversed'",
        f"{REWARDED}; UPDATE reward_grants SET status = 'pending'",
        f"{REWARDED}; UPDATE reward_grants SET status = 'canceled'",
        f"{REWARDED}; DELETE FROM reward_parts",
    ],
    "I9e": [
        f"{REVERSED}; UPDATE reward_steps SET from_status = 'canceled'",
        f"{REVERSED}; UPDATE reward_steps SET from_status = 'pending'",
        f"{REVERSED}; UPDATE reward_grants SET status = 'granted'",
        f"{REVERSED}; DELETE FROM reward_steps",
        f"{REVERSED}; UPDATE reward_steps SET taken = '[]'",
        f"{REVERSED}; UPDATE reward_parts SET taken_back = 0, debt = 1",
        f"{REVERSED}; INSERT INTO reward_steps (grant_id, from_status, to_status, cause)"
        " SELECT id, 'granted', 'reversed', 'x' FROM reward_grants",
    ],
    "I10a": [
        f"{LOCKED}; UPDATE coupons SET status = 'available', order_id = NULL",
        f"{LOCKED}; UPDATE coupons SET order_id = :paid",
        f"{LOCKED}; UPDATE coupons SET user_id = 0",
        f"{LOCKED}; DELETE FROM coupons",
        f"{LOCKED}; DELETE FROM order_adjustments",
        f"{LOCKED}; UPDATE order_adjustments SET order_id = :paid",
    ],
    "I10b": [
        f"{LOCKED}; UPDATE coupon_templates SET claimed = 2",
        f"{LOCKED}; UPDATE coupon_templates SET total_limit = 0",
        f"{LOCKED}; UPDATE coupon_holdings SET claimed = 2",
        f"{LOCKED}; DELETE FROM coupon_holdings",
        f"{LOCKED}; DELETE FROM coupons",
    ],
    "I10c": [
        f"{LOCKED}; UPDATE orders SET status = 'closed' WHERE id = :unpaid",
        f"{LOCKED}; UPDATE coupons SET status = 'used', used_at = now()",
    ],
    "I10d": [
        f"{REDEEMED}; UPDATE coupon_batches SET template_id = 0",
        f"{REDEEMED}; UPDATE coupons SET way = 'public'",
    ],
}
