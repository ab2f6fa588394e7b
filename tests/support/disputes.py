"""Refunds that WeChat accepts though its answers say otherwise, and what staff see of it."""

from __future__ import annotations

from typing import Any

import pytest

from mall.kernel.db import db
from mall.payments.errors import PaymentInDispute
from mall.shipping.commands import ship
from tests.support.payments import Shop

REFUNDS = "/v3/refund/domestic/refunds"
ADMIN = "/admin/api/v1"
REFUSAL = {"status": 403, "code": "USER_ACCOUNT_ABNORMAL", "message": "用户账户异常"}
NO_SUCH = {"status": 404, "code": "RESOURCE_NOT_EXISTS", "message": "退款单不存在"}


def refused_though_accepted(shop: Shop, order_no: str, quantity: int = 1) -> str:
    """WeChat accepts a refund, refuses it in its answer, and denies it in its next."""
    shop.control("/refunds/policy", outcome="PROCESSING")
    shop.fault("api", "error_accepted", path=REFUNDS, error=REFUSAL)
    shop.fault("api", "error", path=f"{REFUNDS}/", error=NO_SUCH)
    refund_no = shop.refunded(order_no, quantity)
    assert shop.show_refund(refund_no)["status"] == "failed"
    return refund_no


def called_off(shop: Shop, order_no: str) -> str:
    """The same, and WeChat denies it once more when staff call it off."""
    refund_no = refused_though_accepted(shop, order_no)
    shop.fault("api", "error", path=f"{REFUNDS}/", error=NO_SUCH)
    canceled = shop.staff.post(f"{ADMIN}/refunds/{refund_no}/cancellation")
    assert canceled.get_json()["status"] == "canceled", canceled.get_json()
    return refund_no


def disputes(shop: Shop, **query: Any) -> list[dict[str, Any]]:
    shown = shop.staff.get(f"{ADMIN}/payment-discrepancies", **query)
    items: list[dict[str, Any]] = shown.get_json()["items"]
    return items


def refuses_to_ship(order_no: str) -> bool:
    db.session.remove()
    with pytest.raises(PaymentInDispute):
        ship(order_no, "ZTO", "A0001")
    return True


def in_console(shop: Shop, order_no: str, fen: int, **more: Any) -> str:
    """Somebody gives money back in WeChat's console; the number of the refund."""
    [attempt] = shop.payments(order_no)["attempts"]
    made = shop.control("/refunds", out_trade_no=attempt["out_trade_no"], amount_fen=fen, **more)
    shop.settle_down()
    return str(made["out_refund_no"])


def book(shop: Shop, order_no: str, **more: Any) -> Any:
    [kept] = disputes(shop, resolved="false", order_no=order_no)
    line = {"line_id": shop.detail(order_no)["lines"][0]["id"], "quantity": 1}
    body = {"lines": [line], "reason": "商户平台退款", **more}
    return shop.staff.post(f"{ADMIN}/payment-discrepancies/{kept['id']}/refund", body)
