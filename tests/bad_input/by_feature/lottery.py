"""Write routes of lotteries."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

PRIZE = {"kind": "reward", "rule_id": "{reward_rule_id}", "worth_fen": 5000}
LOTTERY = {
    "name": "周年抽奖",
    "text": "每次抽奖用一次机会。",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-02-01T00:00:00+08:00",
    "tickets": 1000,
    "prizes": [
        {**PRIZE, "name": "大奖", "count": 5},
        {**PRIZE, "name": "小奖", "weight": 10},
        {"kind": "thanks", "name": "谢谢参与", "weight": 90},
    ],
    "guarantee": {"draws": 10, "prize": 1},
    "daily_draws": 3,
    "price_points": 20,
    "budget_fen": 1000000,
}
NULLABLE = (
    *("tickets", "guarantee", "daily_draws", "price_points", "budget_fen"),
    *("count", "weight", "rule_id"),
)
BOX = {"sku_id": "{sku_id}", "daily_boxes": 5}
REVIEWED = {"replaces": 2, "accept_warnings": True}

ROUTES = [
    shopper("POST", "/lotteries/{lottery_id}/draws", {"nonce": "0123456789abcdef"}),
    shopper("POST", "/lotteries/{lottery_id}/chances", {"count": 2, "points": 10, "of_age": True}),
    shopper(
        "POST",
        "/lotteries/{box_lottery_id}/box-orders",
        {"units": 1, "expected_payable_fen": 2000, "of_age": True},
    ),
    shopper("POST", "/lotteries/{box_lottery_id}/box-orders/{box_order_no}/returns", {"units": 1}),
    staff("POST", "/lotteries/{unbound_lottery_id}/box", BOX, "daily_boxes"),
    staff("PUT", "/lotteries/{bound_lottery_id}/box", BOX, "daily_boxes"),
    staff("POST", "/lotteries", LOTTERY, *NULLABLE),
    staff("PUT", "/lotteries/{lottery_draft_id}", {**LOTTERY, "replaces": 1}, *NULLABLE),
    staff(
        "POST",
        "/lotteries/{lottery_draft_id}/publication",
        {"replaces": 1, "accept_warnings": True},
    ),
    staff("POST", "/lotteries/{lottery_id}/versions", {**LOTTERY, **REVIEWED}, *NULLABLE),
    staff("PUT", "/lotteries/{lottery_id}/pause", {"paused": True}),
    staff("PUT", "/group-activities/{group_activity_id}/lottery", {"lottery_id": "{lottery_id}"}),
    staff("POST", "/lotteries/{lottery_id}/end", {"reason": "供应商倒闭"}),
]
