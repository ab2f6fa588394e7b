"""Ways to break what must hold of expanding red packets and of coupons with values of their own."""

from __future__ import annotations

# A shopper opened a packet and checked in once since, an hour and more ago.
OPENED = (
    "INSERT INTO coupon_templates (id, name, kind, amount_fen, way, valid_from, valid_to,"
    " total_limit, claimed) OVERRIDING SYSTEM VALUE VALUES (961, 'x', 'amount', 1200, 'feature',"
    " now() + interval '7 days', now() + interval '9 days', 2, 1);"
    "INSERT INTO packet_campaigns (id, name, rules, warm_first, warm_last, sale_first, sale_last,"
    " values_fen, threshold_fen, scope, packets, budget_fen, template_id, published_at)"
    " OVERRIDING SYSTEM VALUE VALUES (1, 'x', 'x', current_date - 2, current_date + 2,"
    " current_date + 7, current_date + 9, '[500, 800, 1200]', 0, '{}', 2, 2400, 961, now());"
    "INSERT INTO coupons (id, template_id, user_id, way, amount_fen, valid_from, expires_at)"
    " OVERRIDING SYSTEM VALUE SELECT 961, 961, min(id), 'feature', 800, now() + interval '7 days',"
    " now() + interval '9 days' FROM users;"
    "INSERT INTO coupon_holdings SELECT 961, user_id, 1 FROM coupons WHERE id = 961;"
    "INSERT INTO packets (campaign_id, user_id, coupon_id, opened_on, check_ins)"
    " SELECT 1, user_id, 961, current_date - 1, 1 FROM coupons WHERE id = 961;"
    "INSERT INTO check_in_states SELECT user_id, current_date - 1, 1, 1, 1 FROM packets;"
    "INSERT INTO check_ins (user_id, day, streak, created_at)"
    " SELECT user_id, current_date - 1, 1, now() - interval '2 hours' FROM packets"
)
SOUND = (OPENED,)
BREAKS: dict[str, list[str]] = {
    "I10e": [
        f"{OPENED}; UPDATE coupons SET amount_fen = 1201 WHERE id = 961",
        f"{OPENED}; UPDATE coupons SET way = 'public' WHERE id = 961",
        f"{OPENED}; UPDATE coupon_templates SET way = 'public' WHERE id = 961",
    ],
    "I85a": [
        f"{OPENED}; UPDATE coupons SET amount_fen = 1200 WHERE id = 961",
        f"{OPENED}; UPDATE coupons SET amount_fen = 500 WHERE id = 961",
        f"{OPENED}; UPDATE coupons SET template_id = template_id + 1 WHERE id = 961",
        f"{OPENED}; UPDATE coupons SET user_id = user_id + 1 WHERE id = 961",
    ],
    "I85b": [
        f"{OPENED}; UPDATE packets SET check_ins = 2",
        f"{OPENED}; UPDATE packets SET check_ins = 0",
        f"{OPENED}; UPDATE check_ins SET made_up = true",
        f"{OPENED}; UPDATE check_ins SET day = current_date - 2",
    ],
    "I85c": [
        f"{OPENED}; UPDATE packet_campaigns SET packets = 0",
        f"{OPENED}; UPDATE packet_campaigns SET budget_fen = 1199",
        f"{OPENED}; UPDATE coupon_templates SET amount_fen = 1300 WHERE id = 961",
        f"{OPENED}; DELETE FROM packets",
        f"{OPENED}; UPDATE packets SET opened_on = current_date + 3",
    ],
}
