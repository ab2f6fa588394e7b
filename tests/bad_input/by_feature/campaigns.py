"""Write routes of coupons, rewards, promotions, flash sales."""

from __future__ import annotations

from tests.bad_input.by_feature.orders import LINES
from tests.bad_input.route import shopper, staff

PROMOTION = {
    "name": "秋促",
    "rule": {"amount_off": {"steps": [{"from_fen": 19900, "off_fen": 2000}]}},
    "scope": {
        "only": {
            "sku_ids": ["{sku_id}"],
            "spu_ids": ["{product_id}"],
            "category_ids": ["{category_id}"],
            "brand_ids": ["{brand_id}"],
        },
        "excluded": {"sku_ids": ["{off_shelf}"]},
    },
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2032-01-01T00:00:00+08:00",
    "exclusive_group": "大促",
    "stacks_with": ["会员"],
    "new_customers_only": False,
    "budget_fen": 100000,
    "max_orders": 100,
    "shopper_budget_fen": 5000,
    "shopper_max_orders": 2,
}
NULLABLE_OF_PROMOTION = (
    "exclusive_group",
    "stacks_with",
    "budget_fen",
    "max_orders",
    "shopper_budget_fen",
    "shopper_max_orders",
)
GIFTS = {
    "name": "买一赠一",
    "rule": {"gift": {"sku_id": "{sku_id}", "from_units": 1, "units": 1, "repeat": True}},
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2032-01-01T00:00:00+08:00",
    "gift_stock": 100,
}
COUPON = {
    "name": "八五折",
    "description": "全店可用",
    "kind": "percent",
    "off_bp": 1500,
    "cap_fen": 5000,
    "threshold_fen": 10000,
    "scope": {"only": {"brand_ids": ["{brand_id}"]}, "excluded": {"sku_ids": ["{off_shelf}"]}},
    "way": "public",
    "claim_from": "2031-01-01T00:00:00+08:00",
    "claim_to": "2031-02-01T00:00:00+08:00",
    "valid_from": "2031-01-01T00:00:00+08:00",
    "valid_to": "2031-03-01T00:00:00+08:00",
    "total_limit": 100,
    "per_user_limit": 2,
    "back_on_refund": True,
    "at_counter": True,
    "enabled": True,
}
NULLABLE_OF_COUPON = ("cap_fen", "claim_from", "claim_to", "total_limit")
REWARD = {
    "name": "开业礼",
    "reward": [{"kind": "coupon", "what": "{coupon_template_id}", "count": 1}],
    "budget": 100,
    "daily_cap": 1,
    "budget_unit": "pieces",
    "budget_returns": True,
    "enabled": True,
}
FLASH_SLOT = {"name": "十点场", "starts_minute": 600, "lasts_min": 120, "enabled": True}
FLASH_SESSION = {
    "name": "双十一",
    "kind": "timed",
    "starts_at": "2031-01-01T00:00:00+08:00",
    "ends_at": "2031-01-02T00:00:00+08:00",
    "warm_up_s": 600,
    "limit_per_user": 3,
}
FLASH_IN_SLOT = {"name": "早场", "slot_id": "{flash_slot_id}", "day": "2031-02-01"}
FLASH_ITEM = {
    "sku_id": "{sku_id}",
    "price_fen": 100,
    "stock": 10,
    "limit_per_user": 2,
    "audience": "all",
    "splits": 1,
    "contents": "一件",
    "position": 1,
}

ROUTES = [
    shopper("POST", "/coupon-codes", {"code": "0123456789ABCDEF"}),
    shopper("POST", "/flash-sessions/{flash_session_id}/passes", {"device": "0123456789abcdef"}),
    shopper(
        "POST",
        "/flash-items/{flash_item_id}/purchases",
        {"units": 1, "address_id": "{address_id}"},
    ),
    staff("POST", "/coupon-templates", COUPON, *NULLABLE_OF_COUPON),
    staff("PUT", "/coupon-templates/{coupon_template_id}", COUPON, *NULLABLE_OF_COUPON),
    staff("POST", "/coupon-templates/{coupon_template_id}/batches", {"size": 3, "note": "传单"}),
    staff("POST", "/reward-rules", REWARD, "budget", "daily_cap"),
    staff("PUT", "/reward-rules/{reward_rule_id}", REWARD, "budget", "daily_cap"),
    staff(
        "POST",
        "/reward-rules/{reward_rule_id}/grants",
        {"event": "开业", "user_ids": ["{user_id}"]},
    ),
    staff("POST", "/flash-slots", FLASH_SLOT),
    staff("PUT", "/flash-slots/{flash_slot_id}", FLASH_SLOT),
    staff("POST", "/flash-sessions", FLASH_SESSION, "limit_per_user"),
    staff("PUT", "/flash-sessions/{flash_session_id}", FLASH_SESSION, "limit_per_user"),
    staff("PUT", "/flash-sessions/{flash_session_id}", FLASH_IN_SLOT),
    staff("POST", "/flash-sessions", FLASH_IN_SLOT),
    staff("PUT", "/flash-sessions/{flash_session_id}/readiness", {"ready": True}),
    staff("POST", "/flash-sessions/{flash_session_id}/copies", {"day": "2031-03-01"}),
    staff("POST", "/flash-sessions/{flash_session_id}/abort", {"paid": "keep"}),
    staff("POST", "/flash-sessions/{flash_session_id}/items", FLASH_ITEM),
    staff("PUT", "/flash-items/{flash_item_id}", FLASH_ITEM),
    staff("POST", "/promotions", PROMOTION, *NULLABLE_OF_PROMOTION),
    staff("PUT", "/promotions/{promotion_id}", PROMOTION, *NULLABLE_OF_PROMOTION),
    staff("POST", "/promotions", GIFTS),
    staff("PUT", "/promotions/{promotion_id}/pause", {"paused": True}),
    staff("PUT", "/promotions/{promotion_id}/gift-stock", {"gift_stock": 50}),
    staff(
        "POST",
        "/price-previews",
        {
            "lines": LINES,
            "at": "2031-06-01T00:00:00+08:00",
            "user_id": "{user_id}",
            "floor_margin_bp": 500,
            "choices": {"coupons": "best"},
        },
        "at",
        "user_id",
    ),
]
