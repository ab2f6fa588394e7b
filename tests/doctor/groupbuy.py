"""Ways to break what must hold of group-buy."""

from __future__ import annotations

_ACTIVITY = (
    "INSERT INTO groupbuy_activities (name, spu_id, mode, status, starts_at, ends_at,"
    " team_open_min, pay_min, order_units, shopper_units, open_teams, started_at)"
    " SELECT 'x', max(spu_id), 'difference', 'started', now(), now() + interval '1 day',"
    " 60, 30, 1, 1, 1, now() FROM skus"
)
# A started activity of one SKU, all of whose stock is sold, with one tier set.
ACTIVITY = (
    f"{_ACTIVITY};"
    "INSERT INTO groupbuy_skus (activity_id, sku_id, wanted_stock)"
    " SELECT a.id, s.sku_id, 9 FROM groupbuy_activities a, (SELECT max(id) AS sku_id FROM skus) s;"
    "INSERT INTO groupbuy_tier_sets (activity_id, position, name, sizes, prices)"
    " SELECT activity_id, 0, 'x', '{2,5}', jsonb_build_object(sku_id, '[900, 800]'::jsonb)"
    " FROM groupbuy_skus"
)
_PRICES = "UPDATE groupbuy_tier_sets SET prices = jsonb_build_object"
BREAKS = {
    "I48a": [f"{ACTIVITY}; {_ACTIVITY}"],
    "I48b": [
        f"{ACTIVITY}; UPDATE groupbuy_tier_sets SET sizes = '{{5,5}}'",
        f"{ACTIVITY}; {_PRICES}((SELECT max(id) FROM skus), '[900, 900]'::jsonb)",
        f"{ACTIVITY}; {_PRICES}((SELECT max(id) FROM skus), '[900]'::jsonb)",
        f"{ACTIVITY}; {_PRICES}(1000000, '[900, 800]'::jsonb)",
        f"{ACTIVITY}; DELETE FROM groupbuy_skus",
    ],
    "I48c": [
        f"{ACTIVITY}; UPDATE groupbuy_activities SET status = 'draft'; UPDATE groupbuy_skus"
        " SET stock = 1",
        f"{ACTIVITY}; UPDATE groupbuy_activities SET stock_returned_at = now();"
        " UPDATE groupbuy_skus SET stock = 1",
        f"{ACTIVITY}; UPDATE groupbuy_activities SET status = 'draft';"
        "INSERT INTO groupbuy_teams (code, activity_id, tier_set_id, leader_id, sizes, min_size,"
        " max_size, reserved) SELECT 'x', activity_id, id, 1, sizes, 2, 5, 1"
        " FROM groupbuy_tier_sets",
    ],
}
