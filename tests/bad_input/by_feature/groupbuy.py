"""Write routes of group-buy."""

from __future__ import annotations

from typing import Any

from tests.bad_input.route import staff

PLAN: dict[str, Any] = {
    "mode": "difference",
    "skus": [{"sku_id": "{sku_id}", "stock": 9, "leader_price_fen": 4_300}],
    "tier_sets": [
        {
            "name": "默认",
            "tiers": [
                {"size": 2, "prices": [{"sku_id": "{sku_id}", "price_fen": 4_500}]},
                {"size": 5, "prices": [{"sku_id": "{sku_id}", "price_fen": 4_000}]},
            ],
        }
    ],
    "leader_free_freight": True,
}
ACTIVITY: dict[str, Any] = {
    **PLAN,
    "name": "枕头拼团",
    "description": "越多越便宜",
    "spu_id": "{product_id}",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "team_open_min": 1_440,
    "pay_min": 15,
    "open_audience": "anybody",
    "join_audience": "anybody",
    "order_units": 2,
    "shopper_units": 4,
    "open_teams": 2,
    "virtual_seats": 0,
    "leader_leaves": "hand_over",
    "earns": False,
    "stacks": ["coupons"],
    "leader_rule_id": "{reward_rule_id}",
    "picks_set": False,
    "accept_warnings": True,
}
TIMES = {"starts_at": "2032-01-01T00:00:00+08:00", "ends_at": "2032-02-01T00:00:00+08:00"}
ENDING = {
    "decision": "run",
    "reason": "换季",
    "exceptions": [{"team_id": "{group_team_id}", "decision": "form"}],
}
REASON = {"reason": "缺货"}
_ONE = "/group-activities/{activity_id}"
_TEAM = "/group-teams/{group_team_id}"
_LOOSE = ("leader_rule_id", "skus.0.leader_price_fen")

ROUTES = [
    staff("POST", "/group-activities", ACTIVITY, *_LOOSE),
    staff("PUT", _ONE, ACTIVITY, *_LOOSE),
    staff("POST", f"{_ONE}/copies", {**TIMES, "accept_warnings": True}),
    staff("POST", f"{_ONE}/start", {"accept_warnings": True}),
    staff("POST", "/group-activities/simulations", {**PLAN, "freight_fen": 800}, _LOOSE[1]),
    staff("POST", "/group-activities/{group_activity_id}/ending", ENDING),
    staff("POST", f"{_TEAM}/formation", REASON),
    staff("POST", f"{_TEAM}/failure", REASON),
    staff("POST", f"{_TEAM}/members/{{group_member_id}}/removal", REASON),
]
