"""What a shopper's phone sends while something breaks."""

from __future__ import annotations

from typing import Any

import requests

from tests.support.payments import Shop


def wanted(shop: Shop, quantity: int = 2) -> dict[str, Any]:
    """What the button "place order" sends."""
    lines = [{"sku_id": str(shop.sku_id), "quantity": quantity}]
    goods = {"lines": lines, "address_id": str(shop.address_id)}
    quote = shop.shopper.post("/api/v1/quotes", goods).get_json()
    return {**goods, "expected_payable_fen": quote["payable_fen"]}


def orders(shop: Shop) -> list[str]:
    items = shop.shopper.get("/api/v1/orders").get_json()["items"]
    return [item["order_no"] for item in items]


def forget_faults(shop: Shop) -> None:
    """WeChat behaves again."""
    requests.delete(f"{shop.simulator.url}/_control/faults", timeout=10)
