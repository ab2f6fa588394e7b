"""Write routes of points, check-ins, missions, the points mall, lock-ups, tills."""

from __future__ import annotations

from tests.bad_input.route import shopper, staff

LOCKUP_OFFER = {
    "name": "积分锁定月",
    "description": "到期得奖励积分",
    "rate_bp": 500,
    "days": 30,
    "min_points": 20,
    "max_points": 10_000,
    "per_shopper": 3,
    "opens_at": "2031-01-01T00:00:00Z",
    "closes_at": "2031-02-01T00:00:00Z",
    "budget": 1000,
    "accept_warnings": False,
}
TILL = {
    "code": "{till_code}",
    "point_id": "{point_id}",
    "points": 5,
    "receipt_no": "0042",
    "reason": "到店消费",
}
CHECK_IN_PLAN = {
    "name": "签到有礼",
    "days": 7,
    "rewards": [{"kind": "streak", "at": 7, "rule_id": "{reward_rule_id}"}],
    "replaces": 0,
}
EARNING_PLAN = {
    "name": "消费得积分",
    "default_rate": 100,
    "categories": [{"category_id": "{category_id}", "rate": 200}],
    "skus": [{"sku_id": "{sku_id}", "rate": 0}],
    "days": [
        {
            "name": "双倍日",
            "first_day": "2031-12-12",
            "last_day": "2031-12-12",
            "multiple_bp": 20000,
        }
    ],
    "replaces": 0,
    "accept_warnings": False,
}
MISSION = {
    "name": "水果周",
    "text": "本周买两单水果",
    "trigger": "order_paid",
    "measure": "count",
    "filters": {
        "goods": {"only": {"sku_ids": ["{sku_id}"]}},
        "at_least_fen": 100,
    },
    "target": 2,
    "period": "campaign",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2032-01-01T00:00:00+08:00",
    "requires_id": "{mission_id}",
    "rule_ids": ["{reward_rule_id}"],
    "at_once": True,
    "audience": [{"figure": "bought_orders", "at_least": 0, "at_most": 5}],
    "hidden": True,
    "position": 3,
    "accept_warnings": False,
}
NULLABLE_OF_MISSION = ("requires_id", "audience.0.at_least", "audience.0.at_most")
EXCHANGE_ITEM = {
    "kind": "sku",
    "name": "保温杯",
    "description": "316 不锈钢",
    "sku_id": "{sku_id}",
    "prices": [
        {"points": 500, "cash_fen": 990},
        {"from_at": "2031-01-01T00:00:00+08:00", "points": 400, "cash_fen": 0},
    ],
    "low_stock": 5,
    "limit_units": 2,
    "limit_period": "month",
    "requires": [{"figure": "paid_orders", "at_least": 1}],
    "requires_text": "下过单的用户可兑",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2032-01-01T00:00:00+08:00",
    "daily_from_min": 600,
    "daily_to_min": 1320,
    "free_freight": True,
    "enabled": False,
    "position": 10,
    "accept_warnings": False,
}
NULLABLE_OF_EXCHANGE_ITEM = ("starts_at", "ends_at")
EXCHANGE_QUOTE = {
    "item_id": "{exchange_item_id}",
    "units": 1,
    "address_id": "{address_id}",
    "choices": {"freight": "pickup:{point_id}"},
}
EXCHANGE = EXCHANGE_QUOTE | {
    "expected_points": 10,
    "expected_payable_fen": 0,
    "remark": "放门口",
}
CODES = {
    "name": "十一月",
    "codes": ["VIP-2026-0003"],
    "expires_on": "2031-01-01",
    "dry_run": False,
}

ROUTES = [
    shopper("POST", "/check-in/make-ups", {"day": "2026-01-01"}),
    shopper("POST", "/check-in/cards", {"points": 5}),
    shopper("PUT", "/check-in/reminder", {"hour": 12}),
    shopper("POST", "/points-mall/quotes", EXCHANGE_QUOTE, "address_id"),
    shopper("POST", "/points-mall/exchanges", EXCHANGE, "address_id"),
    shopper("POST", "/view-sessions", {"page": {"kind": "product", "id": "{product_id}"}}),
    shopper("POST", "/view-sessions/beats", {"token": "{view_token}", "beat": 1, "last": False}),
    shopper("POST", "/missions/{mission_id}/claim", {"period_key": "2026-11-26"}, "period_key"),
    shopper("POST", "/missions/unlock", {"code": "ABCDEFGH23"}),
    # Of a shopper without points: less than none is refused.
    staff("POST", "/shoppers/{promoter_id}/points-adjustments", {"points": 5, "reason": "补偿"}),
    staff("PUT", "/points-checkout-caps/{sku_id}", {"cap_bp": 5000}),
    staff("POST", "/exchange-items", EXCHANGE_ITEM, *NULLABLE_OF_EXCHANGE_ITEM),
    staff("PUT", "/exchange-items/{exchange_item_id}", EXCHANGE_ITEM, *NULLABLE_OF_EXCHANGE_ITEM),
    staff("PUT", "/exchange-items/{exchange_item_id}/stock", {"stock": 5}),
    staff("PUT", "/exchange-items/{exchange_item_id}/offer", {"enabled": True}),
    staff("POST", "/exchange-items/{code_item_id}/codes", CODES, "expires_on"),
    staff("POST", "/orders/{code_order_no}/code-replacement", {"reason": "无法使用"}),
    staff("POST", "/points-earning-plans", EARNING_PLAN),
    staff("POST", "/check-in-plans", CHECK_IN_PLAN, "days"),
    staff("POST", "/missions", MISSION, *NULLABLE_OF_MISSION),
    staff("POST", "/missions", {**MISSION, "enabled": False}, *NULLABLE_OF_MISSION),
    staff("PUT", "/missions/{mission_id}", {**MISSION, "replaces": 1}, *NULLABLE_OF_MISSION),
    staff("PUT", "/missions/{mission_id}/enabled", {"enabled": False}),
    staff(
        "POST",
        "/missions/{mission_id}/codes",
        {"places": 50, "expires_at": "2031-01-01T00:00:00+08:00", "note": "一群"},
    ),
    shopper("PUT", "/payouts/{payout_no}/transfer", {"real_name": "张三"}),
    staff("POST", "/payouts/{payout_no}/transfer-cancellation", {"reason": "错发"}),
    staff(
        "POST",
        "/payouts/{payout_no}/manual-payment",
        {"receipt": "ICBC-1", "reason": "无转账权限"},
    ),
    shopper("POST", "/points/lockups", {"offer_id": "{lockup_offer_id}", "points": 20}),
    staff("POST", "/lockup-offers", LOCKUP_OFFER),
    staff("PUT", "/lockup-offers/{lockup_offer_id}", LOCKUP_OFFER),
    staff(
        "PUT",
        "/lockup-offers/{lockup_offer_id}/budget",
        {"budget": 2000, "accept_warnings": False},
    ),
    staff("PUT", "/lockup-offers/{lockup_offer_id}/pause", {"paused": True}),
    staff("POST", "/till/grants", TILL, "receipt_no"),
    staff("POST", "/till/deductions", TILL, "receipt_no"),
    staff("POST", "/till/entries/{till_entry_id}/undo", {"reason": "输错了"}),
]
