"""Ways to break what must hold of reviews and ratings: a sound review, then the break."""

from __future__ import annotations

SOUND = (
    "UPDATE orders SET completed_at = now() WHERE id = :paid;"
    "INSERT INTO uploads (name, user_id, attached_to, width, height, bytes)"
    " SELECT 'a.jpg', user_id, 'x', 1, 1, 1 FROM orders WHERE id = :paid;"
    "INSERT INTO reviews (order_line_id, order_id, user_id, spu_id, sku_id, goods_stars,"
    " logistics_stars, service_stars, text, pictures, tags, origin, status, approved_at, helpful,"
    " changed_at)"
    " SELECT l.id, o.id, o.user_id, l.spu_id, l.sku_id, 2, 1, 1, 'x', '{a.jpg}', '{y}', 'shopper',"
    " 'approved', now(), 1, now() - interval '20 minutes'"
    " FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = :paid"
    " ORDER BY l.id LIMIT 1;"
    "UPDATE uploads SET attached_to = concat_ws(chr(58), 'review', r.id) FROM reviews r;"
    "INSERT INTO moderated_contents (kind, ref, text, status)"
    " SELECT 'review', id, 'x', 'approved' FROM reviews;"
    "INSERT INTO spu_ratings (spu_id, approved, star_sum, stars_2, with_pictures, low)"
    " SELECT spu_id, 1, 2, 1, 1, 1 FROM reviews;"
    "INSERT INTO spu_rating_tags SELECT spu_id, 'y', 1 FROM reviews;"
    "INSERT INTO review_listings (spu_id, facet, review_id, wilson) SELECT r.spu_id, f, r.id, 0"
    " FROM reviews r, unnest(ARRAY['all', 'pictures', 'low', concat_ws(chr(58), 'tag', 'y'),"
    " concat_ws(chr(58), 'sku', r.sku_id)]) AS f;"
    "INSERT INTO review_votes (review_id, user_id, helpful) SELECT id, user_id, true FROM reviews"
)
FOLLOWED = (
    f"{SOUND}; INSERT INTO review_follow_ups (review_id, text, status, approved_at)"
    " SELECT id, 'x', 'approved', now() FROM reviews;"
    "INSERT INTO moderated_contents (kind, ref, text, status)"
    " SELECT 'follow_up', id, 'x', 'approved' FROM reviews;"
    "UPDATE spu_ratings SET follow_ups = 1;"
    "INSERT INTO review_listings SELECT spu_id, 'follow_up', id, 0 FROM reviews"
)
DELETED = (
    "UPDATE reviews SET status = 'deleted', deleted_at = now(), text = '', pictures = '{}';"
    "UPDATE moderated_contents SET status = 'withdrawn'; DELETE FROM review_listings;"
    "DELETE FROM spu_ratings; DELETE FROM spu_rating_tags"
)
_COUNT = "UPDATE spu_ratings SET"
BREAKS: dict[str, list[str]] = {
    "I20a": [
        f"{SOUND}; DELETE FROM moderated_contents",
        f"{SOUND}; UPDATE moderated_contents SET status = 'hidden'",
        f"{FOLLOWED}; UPDATE moderated_contents SET status = 'refused' WHERE kind = 'follow_up'",
    ],
    "I20b": [
        f"{SOUND}; DELETE FROM spu_ratings",
        f"{SOUND}; {_COUNT} approved = 2",
        f"{SOUND}; {_COUNT} star_sum = 3",
        f"{SOUND}; {_COUNT} with_pictures = 0",
        f"{SOUND}; {_COUNT} defaults = 1",
        f"{FOLLOWED}; {_COUNT} follow_ups = 0",
        f"{SOUND}; UPDATE reviews SET status = 'hidden'",
    ],
    "I20c": [
        f"{SOUND}; UPDATE spu_rating_tags SET count = 2",
        f"{SOUND}; DELETE FROM spu_rating_tags",
        f"{SOUND}; UPDATE reviews SET tags = '{{}}'",
    ],
    "I20d": [
        f"{SOUND}; DELETE FROM review_listings WHERE facet = 'low'",
        f"{SOUND}; UPDATE review_listings SET facet = 'video' WHERE facet = 'all'",
        f"{SOUND}; UPDATE review_listings SET wilson = 0.5",
        f"{SOUND}; UPDATE reviews SET status = 'hidden'",
    ],
    "I20e": [
        f"{SOUND}; UPDATE reviews SET helpful = 2",
        f"{SOUND}; UPDATE review_votes SET helpful = false",
        f"{SOUND}; DELETE FROM review_votes",
    ],
    "I20f": [
        f"{SOUND}; {DELETED}; UPDATE reviews SET text = 'x'",
        f"{FOLLOWED}; {DELETED}",
        f"{SOUND}; {DELETED}; INSERT INTO review_tasks (review_id, due_at)"
        " SELECT id, now() FROM reviews",
    ],
    "I20g": [
        f"{SOUND}; UPDATE reviews SET sku_id = sku_id + 1",
        f"{SOUND}; UPDATE reviews SET user_id = user_id + 1",
        f"{SOUND}; UPDATE orders SET completed_at = NULL WHERE id = :paid",
    ],
    "I20h": [
        f"{SOUND}; UPDATE reviews SET order_refunded = true",
    ],
    "I20i": [
        "INSERT INTO review_chances SELECT l.id, o.user_id, now() - interval '2 hours'"
        " FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.id = :paid",
    ],
    "I22e": [
        f"{SOUND}; UPDATE uploads SET attached_to = 'review'",
        f"{SOUND}; UPDATE uploads SET attached_to = NULL, expires_at = now()",
        f"{SOUND}; DELETE FROM uploads",
        f"{FOLLOWED}; UPDATE review_follow_ups SET pictures = '{{b.jpg}}'",
    ],
}
