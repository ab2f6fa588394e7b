"""A transfer that WeChat never takes on: staff end it, and the money is the shopper's again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.doctor.attention import attention_lists
from mall.kernel.db import db
from mall.wechat.gateway import gateway
from tests.support.invariants import check_invariants
from tests.support.payouts import TRANSFERS, PayoutShop, assert_payouts_are_right
from tests.support.servers import LiveServer
from tests.support.withdrawals import WithdrawalShop

NO_AUTH = {"status": 403, "code": "NO_AUTH", "message": "商户无此权限"}


@pytest.fixture
def promoter(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[WithdrawalShop]:
    """A shop whose shopper withdraws commission."""
    shop = WithdrawalShop(app, simulator, work)
    yield shop
    db.session.remove()
    check_invariants()
    assert_payouts_are_right(shop)


def abandon(shop: PayoutShop, payout_no: str) -> None:
    path = f"/admin/api/v1/payouts/{payout_no}/transfer-cancellation"
    answer = shop.clerk.post(path, {"reason": "账户余额长期不足"})
    assert answer.get_json() == {"cancelling": True}
    shop.work()


def ten_minutes(shop: PayoutShop) -> None:
    """What was abandoned has been left alone for long enough."""
    by = "abandoned_at - interval '10 minutes'"
    db.session.execute(text(f"UPDATE payout_transfers SET abandoned_at = {by}"))
    db.session.commit()
    shop.time_for_calls(10)


def last(shop: PayoutShop, payout_no: str) -> dict[str, Any]:
    shown: dict[str, Any] = shop.staff_shown(payout_no)["transfers"][0]
    return shown


def test_a_reward_can_be_asked_for_anew(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    shop.control("/transfers/policy", outcome="NOT_ENOUGH", count=5)
    shop.asked(payout_no)
    abandon(shop, payout_no)
    assert last(shop, payout_no)["status"] == "pending", "not before it was quiet for a while"
    ten_minutes(shop)
    ended = last(shop, payout_no)
    assert (ended["status"], ended["error"]) == ("refused", "NOT_ENOUGH")
    assert shop.shown(payout_no)["payout"]["status"] == "ready"
    assert shop.wechat_transfers() == [], "nothing was sent after it was abandoned"
    lists = {one.of.name: one.rows for one in attention_lists()}
    assert lists["given_up_calls"] == []
    shop.control("/transfers/policy", outcome="WAIT_USER_CONFIRM")
    shop.confirm(shop.asked(payout_no))
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


def test_commission_is_available_again(promoter: WithdrawalShop) -> None:
    withdrawal = promoter.withdrawn()
    promoter.fault("api", "error", path=TRANSFERS, error=NO_AUTH)
    promoter.asked(withdrawal["payout_no"])
    assert promoter.money() == (0, 10_000)
    abandon(promoter, withdrawal["payout_no"])
    ten_minutes(promoter)
    shown = promoter.withdrawal(withdrawal["number"])
    assert (shown["status"], shown["error"]) == ("failed", "NO_AUTH")
    assert promoter.money() == (10_000, 0)
    lists = {one.of.name: one.rows for one in attention_lists()}
    assert [row["error"] for row in lists["refused_transfers"]] == ["NO_AUTH"]


def test_what_wechat_knows_after_all_isnt_over(shop: PayoutShop) -> None:
    """The answers were lost, and the query's too: only its word ends a transfer."""
    payout_no = shop.owed()
    shop.fault("api", "lost_reply", path=TRANSFERS, count=2)
    shop.asked(payout_no)
    assert last(shop, payout_no)["status"] == "pending"
    abandon(shop, payout_no)
    shop.fault("api", "error", path=TRANSFERS, error=NO_AUTH)
    ten_minutes(shop)
    assert last(shop, payout_no)["status"] == "pending", "a refused query says nothing"
    shop.time_for_calls(30)
    assert last(shop, payout_no)["status"] == "confirming"
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/confirm")
    shop.settle_down()
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


def test_a_number_that_exists_but_isnt_found_stays_under_way(
    shop: PayoutShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WeChat's query may lag behind: a new number then would be a second transfer."""
    payout_no = shop.owed()
    exists = {"status": 400, "code": "ALREADY_EXISTS", "message": "单号已存在"}
    shop.fault("api", "error", path=TRANSFERS, error=exists)
    monkeypatch.setattr(type(gateway().pay), "query_transfer", lambda *_: None)
    shop.asked(payout_no)
    assert shop.shown(payout_no)["payout"]["status"] == "asked"
    monkeypatch.undo()
    shop.time_for_calls(1)
    assert last(shop, payout_no)["status"] == "confirming"
