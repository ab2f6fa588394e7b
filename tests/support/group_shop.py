"""A shop whose shoppers buy together, for the stories about teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mall.groupbuy.settlement import jobs as settlement_jobs
from mall.groupbuy.teams.closing import close_due_teams
from mall.kernel.db import db
from tests.support.aftersales import AfterSalesShop
from tests.support.groupbuy import sku_of, team_by_code, team_of
from tests.support.http import Http
from tests.support.orders import Buyer
from tests.support.users import make_address, make_shopper

API = "/api/v1/group-buy"


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

    def quoted(
        self, who: Person, activity_id: int, team_id: int | None = None, units: int = 1
    ) -> dict[str, Any]:
        """What a seat costs, of a team or of a new one."""
        place = (
            {"activity_id": str(activity_id)}
            if team_id is None
            else {"team_code": team_of(team_id).code}
        )
        goods = {"sku_id": str(sku_of(activity_id)), "units": units}
        address = {"address_id": str(who.buyer.address_id)}
        quote = who.http.post(f"{API}/quotes", {**place, **goods, **address})
        assert quote.status_code == 200, quote.get_json()
        shown: dict[str, Any] = quote.get_json()
        assert shown["refusals"] == []
        return shown

    def takes_seat(
        self, who: Person, activity_id: int, team_id: int | None = None, units: int = 1
    ) -> dict[str, Any]:
        """An unpaid order of a seat, at what the quote says."""
        shown = self.quoted(who, activity_id, team_id, units)
        body = {
            "sku_id": str(sku_of(activity_id)),
            "units": units,
            "address_id": str(who.buyer.address_id),
            "expected_payable_fen": shown["quote"]["payable_fen"],
        }
        if team_id is None:
            path, body["activity_id"] = f"{API}/teams", str(activity_id)
        else:
            path = f"{API}/teams/{team_of(team_id).code}/orders"
        seat = who.http.post(path, body)
        assert seat.status_code == 201, seat.get_json()
        placed: dict[str, Any] = seat.get_json()
        return placed

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
        seat = self.takes_seat(who, activity_id, units=units)
        self.pays(who, seat["order_no"])
        return team_by_code(seat["team_code"]).id, seat["order_no"]

    def joins(self, who: Person, team_id: int, activity_id: int, units: int = 1) -> str:
        """A paid seat."""
        order_no = str(self.takes_seat(who, activity_id, team_id, units)["order_no"])
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
