"""Every write route that takes a body, with a body that it would take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Route:
    """A write route with a body that it would take. `loose` fields may be null."""

    method: str
    path: str
    body: dict[str, Any]
    who: str = "shopper"
    loose: frozenset[str] = frozenset()


def shopper(
    method: str, path: str, body: dict[str, Any], *loose: str, who: str = "shopper"
) -> Route:
    return Route(method, f"/api/v1{path}", body, who, frozenset(loose))


def staff(method: str, path: str, body: dict[str, Any], *loose: str, who: str = "admin") -> Route:
    return Route(method, f"/admin/api/v1{path}", body, who, frozenset(loose))


TEMPLATE = {"template_id": "tpl", "fields": {"coupon": "thing1"}, "page": "pages/coupons"}
ADDRESS = {
    "receiver": "王小明",
    "phone": "13800138000",
    "region_code": "330106",
    "detail": "文一西路 100 号",
    "is_default": True,
}
READDRESS = {
    "receiver": "王小明",
    "phone": "13800138000",
    "region_code": "330106",
    "detail": "文一西路 100 号",
    "reason": "买家写错地址",
    "accept_dearer_freight": False,
    "dry_run": False,
}
PRICE = {"goods_payable_fen": 4000, "freight_fen": 0, "reason": "老客户优惠"}
PRICE_OF_LINES = {
    "lines": [{"line_id": "{line_id}", "payable_fen": 4000}],
    "freight_fen": 0,
    "reason": "老客户优惠",
}
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
LINES = [{"sku_id": "{sku_id}", "quantity": 2}]
PICTURE = "0123456789abcdef0123456789abcdef.jpg"
VIDEO = "0123456789abcdef0123456789abcdef.mp4"
NOTE = {"text": "少了一个", "pictures": [PICTURE], "videos": [VIDEO]}
RETURN_ADDRESS = {
    "receiver": "退货部",
    "phone": "0571-88886666",
    "address": "浙江省杭州市西湖区文一西路 1 号",
}
PRODUCT = {
    "spu_code": "NEW1",
    "name": "枕头",
    "brief": "软",
    "category_id": "{category_id}",
    "brand_id": "{brand_id}",
    "unit": "件",
    "main_image": "/a.jpg",
    "gallery": ["/b.jpg"],
    "detail_html": "<p>好</p>",
    "spec_names": ["颜色"],
    "attributes": [{"name": "材质", "value": "棉"}],
    "is_new": True,
    "is_hot": False,
    "skus": [
        {
            "sku_code": "NEW1-1",
            "spec_values": ["白"],
            "price_fen": 100,
            "list_price_fen": 200,
            "cost_fen": 50,
            "weight_g": 10,
            "volume_cm3": 20,
            "image": "/c.jpg",
            "enabled": True,
        }
    ],
}
NULLABLE_OF_PRODUCT = ("brand_id", "skus.0.list_price_fen", "skus.0.cost_fen")
CATEGORY = {"parent_id": "{category_id}", "name": "枕芯", "position": 3, "image": "/d.jpg"}
BRAND = {"name": "云朵", "description": "好", "image": "/e.jpg", "position": 1}
SHELF = {
    "on_shelf": False,
    "shelf_on_at": "2031-01-01T00:00:00+08:00",
    "shelf_off_at": "2032-01-01T00:00:00+08:00",
}
FREIGHT = {
    "name": "冷链",
    "basis": "weight",
    "is_default": True,
    "zones": [
        {
            "regions": ["330000"],
            "deliverable": True,
            "first_units": 1000,
            "first_fen": 800,
            "further_units": 500,
            "further_fen": 300,
            "free_from_fen": 9900,
            "free_from_pieces": 3,
        }
    ],
}
NULLABLE_OF_FREIGHT = ("zones.0.free_from_fen", "zones.0.free_from_pieces")
PICKUP_POINT = {
    "name": "西湖店",
    "region_code": "330106",
    "location": "文三路 1 号",
    "service_phone": "0571-88880000",
    "opening_hours": "9:00-21:00",
    "is_open": True,
}
ROLE = {"name": "仓库", "permissions": ["order:read"]}

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
    shopper("POST", "/me/closure", {"confirm": True}),
    shopper("POST", "/sessions", {"code": "0a3xYz", "attribution": {"scene": 1047}}, who="http"),
    shopper(
        "PUT",
        "/me",
        {"nickname": "小明", "avatar_url": "https://a.example/x.png"},
        "nickname",
        "avatar_url",
    ),
    shopper("PUT", "/me/phone", {"code": "0a3xYz"}),
    shopper("POST", "/addresses", ADDRESS),
    shopper("PUT", "/addresses/{address_id}", ADDRESS),
    shopper("POST", "/cart/lines", LINES[0]),
    shopper("PUT", "/cart/lines/{sku_id}", {"quantity": 1}),
    shopper("POST", "/quotes", {"lines": LINES, "address_id": "{address_id}"}),
    shopper("POST", "/check-in/make-ups", {"day": "2026-01-01"}),
    shopper("POST", "/check-in/cards", {"points": 5}),
    shopper("PUT", "/check-in/reminder", {"hour": 12}),
    shopper("POST", "/points-mall/quotes", EXCHANGE_QUOTE, "address_id"),
    shopper("POST", "/points-mall/exchanges", EXCHANGE, "address_id"),
    shopper("POST", "/view-sessions", {"page": {"kind": "product", "id": "{product_id}"}}),
    shopper("POST", "/shares", {"page": {"kind": "product", "id": "{product_id}"}}),
    shopper("POST", "/view-sessions/beats", {"token": "{view_token}", "beat": 1, "last": False}),
    shopper("POST", "/missions/{mission_id}/claim", {"period_key": "2026-11-26"}, "period_key"),
    shopper("POST", "/missions/unlock", {"code": "ABCDEFGH23"}),
    shopper("POST", "/coupon-codes", {"code": "0123456789ABCDEF"}),
    shopper("POST", "/quotes", {"cart": True}),
    shopper(
        "POST",
        "/orders",
        {
            "lines": LINES,
            "address_id": "{address_id}",
            "expected_payable_fen": 10000,
            "remark": "快点",
            "choices": {"coupons": "best"},
        },
    ),
    shopper(
        "POST",
        "/orders/{order_no}/after-sale-previews",
        {"kind": "refund_only", "lines": [{"line_id": "{line_id}", "quantity": 1}]},
    ),
    shopper(
        "POST",
        "/orders/{order_no}/after-sales",
        {
            "kind": "refund_only",
            "lines": [{"line_id": "{line_id}", "quantity": 1}],
            "reason": "damaged",
            "description": "破了",
            "pictures": [PICTURE],
            "videos": [VIDEO],
        },
    ),
    shopper(
        "POST",
        "/after-sales/{after_sale_no}/return-shipment",
        {"carrier_code": "ZTO", "tracking_no": "ZTO7654321"},
    ),
    shopper("POST", "/orders/{order_no}/dispute-notes", NOTE),
    shopper("PUT", "/orders/{order_no}/address", {"address_id": "{address_id}", "dry_run": False}),
    shopper("POST", "/flash-sessions/{flash_session_id}/passes", {"device": "0123456789abcdef"}),
    shopper(
        "POST",
        "/flash-items/{flash_item_id}/purchases",
        {"units": 1, "address_id": "{address_id}"},
    ),
    shopper("POST", "/subscriptions", {"results": {"tmpl": "accept"}}),
    shopper("PUT", "/messages/preferences", {"marketing": True}),
    shopper("PUT", "/messages/inbox/read", {"up_to": "{sku_id}"}),
    staff("POST", "/orders/{unpaid_no}/cancellation", {"reason": "买家要求"}),
    staff("PUT", "/orders/{unpaid_no}/price", PRICE),
    staff("PUT", "/orders/{unpaid_no}/price", PRICE_OF_LINES),
    staff("PUT", "/orders/{order_no}/address", READDRESS),
    staff("POST", "/sessions", {"username": "boss", "password": "Correct1Horse"}, who="http"),
    staff(
        "PUT",
        "/me/password",
        {"current_password": "Correct1Horse", "new_password": "Battery2Staple"},
    ),
    staff("POST", "/staff", {"username": "li", "display_name": "小李", "role_ids": ["{role_id}"]}),
    staff(
        "PUT",
        "/staff/{staff_id}",
        {"display_name": "小李", "role_ids": ["{role_id}"], "disabled": False},
    ),
    staff("POST", "/roles", ROLE),
    staff("PUT", "/roles/{role_id}", ROLE),
    staff("PUT", "/settings/{setting}", {"value": 15, "version": 0}),
    staff("PUT", "/settings/{template_setting}", {"value": TEMPLATE, "version": 0}),
    staff("POST", "/approvals/{approval_id}/decision", {"approve": False, "comment": "太多"}),
    staff("POST", "/shoppers/lookups", {"phone": "13800138000"}),
    staff("PUT", "/shoppers/{user_id}/block", {"reason": "刷单"}),
    staff("POST", "/shoppers/{user_id}/points-adjustments", {"points": 5, "reason": "补偿"}),
    staff("PUT", "/points-checkout-caps/{sku_id}", {"cap_bp": 5000}),
    staff("POST", "/exchange-items", EXCHANGE_ITEM, *NULLABLE_OF_EXCHANGE_ITEM),
    staff("PUT", "/exchange-items/{exchange_item_id}", EXCHANGE_ITEM, *NULLABLE_OF_EXCHANGE_ITEM),
    staff("PUT", "/exchange-items/{exchange_item_id}/stock", {"stock": 5}),
    staff("PUT", "/exchange-items/{exchange_item_id}/offer", {"enabled": True}),
    staff("POST", "/exchange-items/{code_item_id}/codes", CODES, "expires_on"),
    staff("POST", "/orders/{code_order_no}/code-replacement", {"reason": "无法使用"}),
    staff("POST", "/points-earning-plans", EARNING_PLAN),
    staff("POST", "/products", PRODUCT, *NULLABLE_OF_PRODUCT),
    staff("PUT", "/products/{product_id}", PRODUCT, *NULLABLE_OF_PRODUCT),
    staff("PUT", "/products/{product_id}/shelf", SHELF, "shelf_on_at", "shelf_off_at"),
    staff("POST", "/products/{product_id}/link", {"expire_days": 7}),
    staff("POST", "/categories", CATEGORY, "parent_id"),
    staff("PUT", "/categories/{category_id}", CATEGORY, "parent_id"),
    staff("POST", "/brands", BRAND),
    staff("PUT", "/brands/{brand_id}", BRAND),
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
    staff("POST", "/flash-slots", FLASH_SLOT),
    staff("PUT", "/flash-slots/{flash_slot_id}", FLASH_SLOT),
    staff("POST", "/flash-sessions", FLASH_SESSION, "limit_per_user"),
    staff("PUT", "/flash-sessions/{flash_session_id}", FLASH_SESSION, "limit_per_user"),
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
    staff("POST", "/stock/{sku_id}/movements", {"kind": "put_in", "quantity": 5, "reason": "到货"}),
    staff("POST", "/orders/{order_no}/dispute-notes", NOTE),
    staff("PUT", "/return-address", RETURN_ADDRESS),
    staff(
        "POST",
        "/after-sales/{after_sale_no}/approval",
        {"word": "好", "return_address": RETURN_ADDRESS},
        "return_address",
    ),
    staff(
        "POST",
        "/after-sales/{after_sale_no}/offer",
        {"amount_fen": 100, "word": "好", "return_address": RETURN_ADDRESS},
        "return_address",
    ),
    staff("POST", "/after-sales/{after_sale_no}/refusal", {"word": "已签收"}),
    staff("POST", "/after-sales/{after_sale_no}/receipt", {"resellable": True, "word": "好"}),
    staff("PUT", "/orders/{order_no}/note", {"note": "加急"}),
    staff(
        "POST",
        "/orders/{order_no}/refund-previews",
        {
            "lines": [{"line_id": "{line_id}", "quantity": 1, "amount_fen": 100}],
            "freight_fen": 0,
        },
    ),
    staff(
        "POST",
        "/orders/{order_no}/refunds",
        {
            "lines": [{"line_id": "{line_id}", "quantity": 1, "amount_fen": 100}],
            "freight_fen": 0,
            "reason": "少发",
        },
    ),
    staff(
        "POST",
        "/orders/{order_no}/shipments",
        {
            "carrier_code": "ZTO",
            "tracking_no": "ZTO1234567",
            "lines": [{"line_id": "{line_id}", "quantity": 1}],
        },
        "lines",
    ),
    staff(
        "PUT",
        "/orders/{order_no}/shipments/{number}",
        {"carrier_code": "ZTO", "tracking_no": "ZTO1234567"},
    ),
    staff("POST", "/freight-templates", FREIGHT, *NULLABLE_OF_FREIGHT),
    staff("PUT", "/freight-templates/{template_id}", FREIGHT, *NULLABLE_OF_FREIGHT),
    staff("POST", "/freight-templates/{template_id}/products", {"product_ids": ["{product_id}"]}),
    staff("POST", "/pickup-points", PICKUP_POINT),
    staff("PUT", "/pickup-points/{point_id}", PICKUP_POINT),
    staff("PUT", "/pickup-points/{point_id}/staff", {"staff_ids": ["{staff_id}"]}),
    staff("POST", "/pickups/redemptions", {"code": "{pickup_code}", "point_id": "{point_id}"}),
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
    staff(
        "POST",
        "/catalog/bulk-changes",
        {
            "rows": [
                {
                    "sku_code": "A1",
                    "spu_code": "A",
                    "price_fen": 900,
                    "cost_fen": 500,
                    "on_shelf": True,
                }
            ],
            "dry_run": False,
        },
        "rows.0.cost_fen",
    ),
    staff(
        "POST",
        "/stock/bulk-changes",
        {"rows": [{"sku_code": "A1", "sellable": 5, "was": 0}], "reason": "到货", "dry_run": False},
    ),
    staff(
        "POST",
        "/reconciliations/{day}/findings/{finding_id}/resolution",
        {"resolution": "已核对"},
    ),
]


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A body with its placeholders replaced."""
    if isinstance(value, str):
        return ids.get(value[1:-1], value) if value[:1] == "{" else value
    if isinstance(value, list):
        return [filled(item, ids) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, ids) for key, item in value.items()}
    return value
