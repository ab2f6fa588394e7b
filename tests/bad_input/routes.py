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


ADDRESS = {
    "receiver": "王小明",
    "phone": "13800138000",
    "region_code": "330106",
    "detail": "文一西路 100 号",
    "is_default": True,
}
LINES = [{"sku_id": "{sku_id}", "quantity": 2}]
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
ROLE = {"name": "仓库", "permissions": ["order:read"]}

ROUTES = [
    shopper("POST", "/sessions", {"code": "0a3xYz"}, who="http"),
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
    shopper("POST", "/quotes", {"cart": True}),
    shopper(
        "POST",
        "/orders",
        {
            "lines": LINES,
            "address_id": "{address_id}",
            "expected_payable_fen": 10000,
            "remark": "快点",
        },
    ),
    shopper("POST", "/subscriptions", {"results": {"tmpl": "accept"}}),
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
    staff("PUT", "/shoppers/{user_id}/block", {"reason": "刷单"}),
    staff("POST", "/products", PRODUCT, *NULLABLE_OF_PRODUCT),
    staff("PUT", "/products/{product_id}", PRODUCT, *NULLABLE_OF_PRODUCT),
    staff("PUT", "/products/{product_id}/shelf", SHELF, "shelf_on_at", "shelf_off_at"),
    staff("POST", "/products/{product_id}/link", {"expire_days": 7}),
    staff("POST", "/categories", CATEGORY, "parent_id"),
    staff("PUT", "/categories/{category_id}", CATEGORY, "parent_id"),
    staff("POST", "/brands", BRAND),
    staff("PUT", "/brands/{brand_id}", BRAND),
    staff("POST", "/stock/{sku_id}/movements", {"kind": "put_in", "quantity": 5, "reason": "到货"}),
    staff("PUT", "/orders/{order_no}/note", {"note": "加急"}),
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
