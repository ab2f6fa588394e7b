"""Write routes of seats in teams."""

from __future__ import annotations

from tests.bad_input.route import shopper

GOODS = {
    "sku_id": "{group_sku_id}",
    "units": 1,
    "address_id": "{address_id}",
    "choices": {},
}
PLACING = {**GOODS, "expected_payable_fen": 9_000, "remark": "送礼"}
SET = {"tier_set_id": "{group_tier_set_id}", "size": 5}

ROUTES = [
    shopper(
        "POST",
        "/group-buy/quotes",
        {**GOODS, **SET, "activity_id": "{chosen_activity_id}", "match": True},
        "address_id",
        "tier_set_id",
        "size",
    ),
    shopper(
        "POST",
        "/group-buy/teams",
        {**PLACING, **SET, "activity_id": "{chosen_activity_id}"},
        "tier_set_id",
        "size",
    ),
    shopper(
        "POST",
        "/group-buy/activities/{chosen_activity_id}/seats",
        {**PLACING, **SET},
        "tier_set_id",
        "size",
    ),
    shopper("POST", "/group-buy/teams/{group_team_code}/orders", PLACING),
]
