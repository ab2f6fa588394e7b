"""Ways to break what must hold of channels and of the counter."""

from __future__ import annotations

TEMPLATE = (
    "INSERT INTO coupon_templates (name, kind, amount_fen, way, valid_days, claimed)"
    " VALUES ('x', 'amount', 5, '{way}', 7, 1)"
)
COUPON = (
    "INSERT INTO coupons (template_id, user_id, status, way, valid_from, expires_at{more})"
    " SELECT t.id, u.id, '{status}', '{way}', now(), now() + interval '7 days'{values}"
    " FROM coupon_templates t, (SELECT min(id) AS id FROM users) u"
)
CHANNEL = (
    "INSERT INTO share_channels (name, kind, page_kind, page_id)"
    " VALUES ('x', 'store', 'product', 1);"
    "INSERT INTO shares (token, channel_id, page_kind, page_id, medium, day)"
    " SELECT 'x', id, 'product', 1, 'code', current_date FROM share_channels"
)
CLAIM = (
    f"{CHANNEL}; {TEMPLATE.format(way='channel')};"
    f"{COUPON.format(more='', values='', status='available', way='channel')};"
    "INSERT INTO coupon_holdings (template_id, user_id, claimed)"
    " SELECT template_id, user_id, 1 FROM coupons;"
    "INSERT INTO channel_claims (channel_id, user_id, coupon_id)"
    " SELECT s.id, c.user_id, c.id FROM share_channels s, coupons c"
)
REDEEMED = (
    f"{TEMPLATE.format(way='reward')};"
    f"{COUPON.format(more=', used_at', values=', now()', status='redeemed', way='reward')};"
    "INSERT INTO coupon_redemptions (coupon_id, user_id, point_id, staff_id, day, goods_fen,"
    " off_fen, code_hash) SELECT id, user_id, 1, 2, current_date, 50, 5, 'c' FROM coupons"
)
CODE = (
    "INSERT INTO coupon_counter_codes (user_id, code_hash, expires_at, used_at, coupon_id)"
    " SELECT user_id, 'c', now(), {used_at}, id FROM coupons"
)
SOUND = (CLAIM, f"{REDEEMED}; {CODE.format(used_at='now()')}")
BREAKS = {
    "I60a": [
        f"{CHANNEL}; DELETE FROM shares",
        f"{CHANNEL}; UPDATE shares SET page_id = 2",
        f"{CHANNEL}; UPDATE share_channels SET ends_at = now()",
        f"{CHANNEL}; INSERT INTO shares (token, channel_id, page_kind, page_id, medium, day)"
        " SELECT 'y', id, 'product', 1, 'link', current_date FROM share_channels",
    ],
    "I60b": [
        f"{CLAIM}; DELETE FROM channel_claims",
        f"{CLAIM}; UPDATE channel_claims SET user_id = user_id + 1",
        f"{CLAIM}; UPDATE coupons SET way = 'public'",
    ],
    "I61a": [
        f"{REDEEMED}; UPDATE coupons SET status = 'available', used_at = NULL",
        f"{REDEEMED}; DELETE FROM coupon_redemptions",
        f"{REDEEMED}; UPDATE coupon_redemptions SET undone_at = now()",
        f"{REDEEMED}; UPDATE coupon_redemptions SET user_id = user_id + 1",
    ],
    "I61b": [
        f"{REDEEMED}; {CODE.format(used_at='NULL')}",
        f"{REDEEMED}; {CODE.format(used_at='now()')}; DELETE FROM coupon_redemptions",
        f"{REDEEMED}; {CODE.format(used_at='now()')};"
        "UPDATE coupon_counter_codes SET coupon_id = coupon_id + 1",
    ],
}
