"""Goods of a lottery by HTTP: one is won, claimed and sent by the sheet; another is left until its
deadline, goes back into the box, and is won by somebody else. Everything can be computed again."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Sequence
from typing import Any

from mall.lottery.jobs import return_unclaimed
from mall.lottery.proofs.verifying import PublishedVersion, Verifier, row_of
from mall.prizes.jobs import expire
from tests.support.aftersales import AfterSalesShop
from tests.support.http import Http, error_code
from tests.support.lottery import ADMIN, SHOPPER, begin, lottery_terms, prize, thanks
from tests.support.orders import Buyer, make_buyer
from tests.support.prizes import ADMIN as DESK
from tests.support.prizes import SHOPPER as PRIZES
from tests.support.prizes import due_now
from tests.support.staff import make_staff

RULES = "/admin/api/v1/reward-rules"
COUNT, TICKETS = 15, 30


class LotteryOfGoods:
    """A lottery that gives units of the shop's goods, and who runs and plays it."""

    def __init__(self, shop: AfterSalesShop) -> None:
        self.shop, self.http = shop, Http(shop.app)
        self.staff = self.http.as_(make_staff("*"))
        goods = {"kind": "goods", "what": str(shop.sku_id)}
        draft = lottery_terms(
            prize(self.rule(goods), count=COUNT, name="马克杯", worth_fen=3_000),
            thanks(1),
            tickets=TICKETS,
        )
        self.id = self.staff.post(ADMIN, draft).get_json()["id"]
        publication = {"replaces": 1, "accept_warnings": True}
        answer = self.staff.post(f"{ADMIN}/{self.id}/publication", publication)
        assert answer.status_code == 200, answer.get_json()
        begin(int(self.id))
        self.chance = self.rule({"kind": "lottery_chance", "what": self.id, "count": TICKETS})

    def rule(self, part: dict[str, Any]) -> int:
        body = {"name": "抽奖", "reward": [part]}
        return int(self.staff.post(RULES, body).get_json()["id"])

    def player(self) -> tuple[Buyer, Http]:
        """A shopper with a chance for every ticket."""
        buyer = make_buyer()
        sent = {"user_ids": [str(buyer.user_id)], "event": secrets.token_hex(8)}
        answer = self.staff.post(f"{RULES}/{self.chance}/grants", sent)
        assert answer.status_code in {200, 201}, answer.get_json()
        return buyer, self.http.as_(buyer.token)

    def draw_until_won(self, me: Http) -> str:
        """The prize that somebody wins by drawing on."""
        while True:
            answer = me.post(f"{SHOPPER}/{self.id}/draws", {"nonce": secrets.token_hex(16)})
            assert answer.status_code == 201, answer.get_json()
            if answer.get_json()["kind"] == "reward":
                return str(me.get(PRIZES).get_json()["items"][0]["id"])

    def draw_all(self, me: Http) -> None:
        """Draw until there is no ticket any more."""
        while (
            me.post(f"{SHOPPER}/{self.id}/draws", {"nonce": secrets.token_hex(16)}).status_code
            == 201
        ):
            pass

    def verify(self) -> None:
        """An outsider computes every draw again, of every version."""
        shown = self.http.get(f"{SHOPPER}/{self.id}").get_json()
        versions = [PublishedVersion(**one) for one in shown["versions"]]
        verifier = Verifier(versions, shown["commitment"], bytes.fromhex(shown["secret"]))
        page = self.http.get(f"{SHOPPER}/{self.id}/proofs", limit=100).get_json()
        rows = [row_of(one) for one in page["items"]]
        assert [*verifier.published(), *verifier.rows(rows), *verifier.count(shown["drawn"])] == []


def test_won_claimed_sent_and_won_again(shop: AfterSalesShop) -> None:
    lottery = LotteryOfGoods(shop)
    (first, me), (_, other) = lottery.player(), lottery.player()
    kept, left = lottery.draw_until_won(me), lottery.draw_until_won(other)
    shop.work()
    assert [one["title"] for one in me.get("/api/v1/messages/inbox").get_json()["items"]] == [
        "奖品待领取"
    ]

    address = {"address_id": str(first.address_id)}
    order_no = me.post(f"{PRIZES}/{kept}/order", address).get_json()["order_no"]
    assert error_code(me.post(f"{PRIZES}/{kept}/order", address)) == "prize_state_conflict"
    header, *rows = sheet(lottery.staff)
    assert [row[0] for row in rows] == [order_no]
    assert shipped(shop, lottery.staff, [header, [order_no, "ZTO", "Z500001", *rows[0][3:]]]) == 1
    shop.work()
    mine = me.get(f"{PRIZES}/{kept}").get_json()
    assert (mine["state"], mine["order_status"]) == ("ordered", "shipped")
    assert me.post(f"/api/v1/orders/{order_no}/receipt").status_code in {200, 204}
    waiting = lottery.staff.get(DESK, state="waiting_address").get_json()["items"]
    assert [one["id"] for one in waiting] == [left]

    due_now(int(left))
    expire()
    shop.work()
    return_unclaimed()
    assert other.get(f"{PRIZES}/{left}").get_json()["state"] == "expired"
    shown = lottery.http.get(f"{SHOPPER}/{lottery.id}").get_json()
    assert (shown["version"], shown["prizes"][0]["count"]) == (2, COUNT + 1)

    _, third = lottery.player()
    lottery.draw_all(third)
    won = third.get(PRIZES, limit=100).get_json()["items"]
    assert len(won) == COUNT - 1
    assert {one["state"] for one in won} == {"waiting_address"}
    lottery.staff.post(f"{ADMIN}/{lottery.id}/end", {"reason": "活动结束"})
    lottery.verify()


def sheet(staff: Http) -> list[list[str]]:
    """What is to be sent, as a program for tables shows it: a tab marks what is no number."""
    text = staff.get(f"{DESK}/sheet").get_data(as_text=True).lstrip("\ufeff")
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]


def shipped(shop: AfterSalesShop, staff: Http, rows: Sequence[Sequence[str]]) -> int:
    """Send the sheet in with its numbers: how many orders were shipped."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    data = {"file": (io.BytesIO(text.getvalue().encode("utf-8-sig")), "奖品.csv")}
    headers = {"Authorization": f"Bearer {staff.token}"}
    with shop.app.app_context(), shop.app.test_client() as client:
        answer = client.post(f"{DESK}/shipments", data=data, headers=headers)
    return int(answer.get_json()["shipped"])
