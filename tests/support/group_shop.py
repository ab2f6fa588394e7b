"""A shop whose shoppers buy together, for the stories about teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mall.groupbuy.orders.choice import Choice, Joining
from mall.groupbuy.settlement import jobs as settlement_jobs
from mall.groupbuy.teams.closing import close_due_teams
from mall.kernel.db import db
from tests.support.aftersales import AfterSalesShop
from tests.support.groupbuy import opening, placed, sku_of, team_by_code
from tests.support.http import Http
from tests.support.orders import Buyer
from tests.support.users import make_address, make_shopper

CALLS = "payments.refund"


@dataclass(frozen=True)
class Person:
    """A shopper with a phone."""

    buyer: Buyer
    openid: str
    http: Http


class GroupShop(AfterSalesShop):
    """Shoppers open and join teams; each pays with a phone of their own."""

    def person(self) -> Person:
        """Somebody new."""
        openid = self.control("/login-codes")["openid"]
        user_id, token = make_shopper(openid=openid)
        buyer = Buyer(user_id, token, make_address(user_id))
        return Person(buyer, openid, Http(self.app).as_(token))

    def me(self) -> Person:
        """The shopper whose orders the shop shows."""
        buyer = Buyer(self.user_id, str(self.shopper.token), self.address_id)
        return Person(buyer, self.openid, self.shopper)

    def takes_seat(self, who: Person, choice: Choice, activity_id: int, units: int = 1) -> str:
        """An unpaid order of a seat."""
        seat = placed(who.buyer, choice, units, sku_id=sku_of(activity_id))
        db.session.remove()
        return seat.order_no

    def starts_paying(self, who: Person, order_no: str) -> dict[str, str]:
        started = who.http.post(f"/api/v1/orders/{order_no}/payment")
        assert started.status_code == 200, started.get_json()
        parameters: dict[str, str] = started.get_json()["parameters"]
        return parameters

    def pays(self, who: Person, order_no: str) -> str:
        """Pay an order with the phone; what WeChat calls the payment."""
        parameters = self.starts_paying(who, order_no)
        paid = self.control("/request-payment", **parameters, openid=who.openid)
        self.settle_down()
        return str(paid["out_trade_no"])

    def opens(self, who: Person, activity_id: int, units: int = 1) -> tuple[int, str]:
        """A team whose leader has paid: its id, and the leader's order."""
        seat = placed(who.buyer, opening(activity_id), units, sku_id=sku_of(activity_id))
        team_id = team_by_code(seat.team_code).id
        db.session.remove()
        self.pays(who, seat.order_no)
        return team_id, seat.order_no

    def joins(self, who: Person, team_id: int, activity_id: int, units: int = 1) -> str:
        """A paid seat."""
        order_no = self.takes_seat(who, Joining(team_id), activity_id, units)
        self.pays(who, order_no)
        return order_no

    def teams_end(self) -> None:
        """What the timers of teams do, and the jobs that come of it."""
        close_due_teams()
        db.session.remove()
        self.work()
        settlement_jobs.carry_out_overdue.run()
        db.session.remove()
        self.money_goes()

    def given_back(self) -> dict[str, int]:
        """What WeChat's books say was refunded, by our number of the payment."""
        return {one["out_trade_no"]: one["refunded"] for one in self.wechat_payments()}

    def paid(self) -> dict[str, int]:
        """What WeChat's books say was paid."""
        return {
            one["out_trade_no"]: one["total"]
            for one in self.wechat_payments()
            if one["paid_at"] is not None
        }

    def refunds_in_wechat(self) -> list[dict[str, Any]]:
        """Every refund that WeChat took on."""
        found: list[dict[str, Any]] = self.heard("/refunds")["refunds"]
        return found
