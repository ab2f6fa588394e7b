"""A shop where points pay, for the stories about orders that cost some."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from mall.points.checkout.settings import CAP_BP, OPEN
from mall.points.earning.planning import make_plan
from tests.support.aftersales import AfterSalesShop
from tests.support.points import figures, give
from tests.support.settings import set_setting


def open_checkout(cap_bp: int = 10_000) -> None:
    """Points pay at checkout: 100 are worth one yuan."""
    set_setting(OPEN, True)
    set_setting(CAP_BP, cap_bp)


def make_earning_plan(**changes: Any) -> int:
    """A version of the plan of earning; rates are points for 100 yuan."""
    plan = {"name": "消费得积分", "default_rate": 0, "categories": {}, "skus": {}, "days": []}
    return make_plan(**{**plan, "replaces": 0, "accept_warnings": True, **changes}).version


class PointsShop(AfterSalesShop):
    """Points may pay for all of the goods; the SKU costs 12.34 yuan."""

    def __post_init__(self) -> None:
        super().__post_init__()
        open_checkout()

    def give(self, points: int, *, frozen: bool = False) -> int:
        return give(self.user_id, points, frozen=frozen)

    @property
    def points(self) -> tuple[int, int, int, int]:
        """Available, frozen, held, debt."""
        return figures(self.user_id)

    def _body(self, points: int | str, quantity: int, more: dict[str, int]) -> dict[str, Any]:
        wanted = {str(self.sku_id): quantity, **more}
        return {
            "lines": [{"sku_id": sku, "quantity": count} for sku, count in wanted.items() if count],
            "address_id": str(self.address_id),
            "choices": {"points": str(points)},
        }

    def quote(self, points: int | str, quantity: int = 2, **more: int) -> dict[str, Any]:
        answer = self.shopper.post("/api/v1/quotes", self._body(points, quantity, more))
        assert answer.status_code == 200, answer.get_json()
        shown: dict[str, Any] = answer.get_json()
        return shown

    def try_to_order(self, points: int | str, quantity: int = 2, **more: int) -> TestResponse:
        payable_fen = self.quote(points, quantity, **more)["payable_fen"]
        body = {**self._body(points, quantity, more), "expected_payable_fen": payable_fen}
        return self.shopper.post("/api/v1/orders", body)

    def ordered(self, points: int | str, quantity: int = 2, **more: int) -> str:
        placed = self.try_to_order(points, quantity, **more)
        assert placed.status_code == 201, placed.get_json()
        return str(placed.get_json()["order_no"])

    def bought_with(self, points: int | str, quantity: int = 2, **more: int) -> str:
        """A paid order that cost points, too."""
        order_no = self.ordered(points, quantity, **more)
        self.pay(order_no)
        assert self.status(order_no) == "paid"
        return order_no

    def completed(self, order_no: str) -> None:
        """Sent, and received."""
        assert self.ship(order_no).status_code == 201
        assert self.shopper.post(f"/api/v1/orders/{order_no}/receipt").status_code == 204
