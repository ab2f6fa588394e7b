"""Ways to break what must hold of the buyer show: a sound entry, then the break."""

from __future__ import annotations

from tests.doctor import reviews

SOUND = (
    f"{reviews.SOUND}; UPDATE reviews SET featured = true;"
    "INSERT INTO show_columns (name, sort, enabled) VALUES ('x', 'hot', true);"
    "INSERT INTO coupon_templates (name, kind, amount_fen, way, valid_days, claimed)"
    " VALUES ('x', 'amount', 1, 'reward', 7, 1);"
    "INSERT INTO coupons (template_id, user_id, way, valid_from, expires_at)"
    " SELECT t.id, r.user_id, 'reward', now(), now() + interval '7 days'"
    " FROM coupon_templates t, reviews r;"
    "INSERT INTO show_entries (review_id, column_id, likes, collects, heat, featured_by, coupon_id)"
    " SELECT r.id, c.id, 1, 1, 0, 1, p.id FROM reviews r, show_columns c, coupons p;"
    "INSERT INTO show_likes (entry_id, user_id) SELECT e.id, o.user_id"
    " FROM show_entries e, orders o WHERE o.id = :unpaid;"
    "INSERT INTO show_collects (entry_id, user_id) SELECT entry_id, user_id FROM show_likes"
)
ENDED = (
    f"{SOUND}; UPDATE show_entries SET ended_at = now(), ended_why = 'staff';"
    "UPDATE reviews SET featured = false;"
    "UPDATE coupons SET status = 'revoked', revoked_at = now()"
)
BREAKS: dict[str, list[str]] = {
    "I20v": [
        f"{SOUND}; UPDATE show_entries SET likes = 2",
        f"{SOUND}; UPDATE show_entries SET collects = 0",
        f"{SOUND}; DELETE FROM show_likes",
        f"{SOUND}; UPDATE show_entries SET featured_at = now() - interval '1 year', likes = 0",
    ],
    "I20w": [
        f"{SOUND}; UPDATE reviews SET featured = false",
        f"{SOUND}; DELETE FROM show_entries",
        f"{ENDED}; UPDATE reviews SET featured = true",
        f"{SOUND}; UPDATE show_entries SET ended_at = now(), ended_why = 'staff'",
    ],
    "I20x": [
        f"{ENDED}; UPDATE coupons SET status = 'available', revoked_at = NULL",
        f"{SOUND}; UPDATE coupons SET user_id = o.user_id FROM orders o WHERE o.id = :unpaid",
    ],
}
