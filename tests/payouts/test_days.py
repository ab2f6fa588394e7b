"""Which day's limits count a transfer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from mall.kernel.clock import shop_day
from mall.kernel.db import db, db_now, transaction
from mall.payouts import merchant_sums
from mall.payouts.errors import PayoutMerchantMonthLimit
from mall.payouts.models import PayoutSum, PayoutTransfer
from mall.payouts.settings import DAY_MAX_FEN, MERCHANT_DAY_MAX_FEN, MERCHANT_MONTH_MAX_FEN
from mall.settings import Setting
from tests.support.http import error_code
from tests.support.payouts import PayoutShop, a_day_later
from tests.support.settings import set_setting


def waiting_since_yesterday(shop: PayoutShop) -> str:
    """A payout whose transfer WeChat didn't take on yesterday."""
    payout_no = shop.owed(500)
    shop.control("/transfers/policy", outcome="NOT_ENOUGH", count=2)
    assert shop.asked(payout_no)["transfer_status"] == "pending"
    shop.work()
    a_day_later()
    return payout_no


def sums() -> dict[str, int]:
    with transaction() as session:
        rows = session.execute(select(PayoutSum.period, PayoutSum.amount_fen))
        return {row.period: row.amount_fen for row in rows}


def test_it_counts_on_the_day_on_which_it_is_sent(shop: PayoutShop) -> None:
    payout_no = waiting_since_yesterday(shop)
    shop.time_for_calls(10)
    assert shop.shown(payout_no)["transfer_status"] == "confirming"
    with transaction() as session:
        today = shop_day(db_now(session))
        assert session.scalars(select(PayoutTransfer.day)).one() == today
    counted = sums()
    assert counted[today.isoformat()] == 500
    assert counted[(today - timedelta(days=1)).isoformat()] == 0
    assert counted[today.isoformat()[:7]] == 500


@pytest.mark.parametrize("limit", [DAY_MAX_FEN, MERCHANT_DAY_MAX_FEN])
def test_it_waits_while_todays_limit_is_used_up(shop: PayoutShop, limit: Setting[int]) -> None:
    payout_no = waiting_since_yesterday(shop)
    set_setting(limit, 800)
    shop.asked(shop.owed(400))
    shop.time_for_calls(10)
    assert shop.shown(payout_no)["transfer_status"] == "pending"
    assert len(shop.wechat_transfers()) == 1
    set_setting(limit, 900)
    shop.time_for_calls(60)
    assert shop.shown(payout_no)["transfer_status"] == "confirming"


def test_a_month_that_is_used_up(shop: PayoutShop) -> None:
    """Tomorrow is no better than today, unless it is another month."""
    set_setting(MERCHANT_MONTH_MAX_FEN, 400)
    refused = shop.ask(shop.owed(500))
    assert error_code(refused) == "payout_merchant_month_limit"
    assert "下月" in refused.get_json()["error"]["message"]
    set_setting(MERCHANT_DAY_MAX_FEN, 400)
    assert "明天" in shop.ask(shop.owed(500)).get_json()["error"]["message"]


@pytest.mark.usefixtures("app")
def test_from_one_month_to_the_next() -> None:
    with transaction() as session:
        end_of_month = shop_day(db_now(session)).replace(day=1) - timedelta(days=1)
        first = end_of_month + timedelta(days=1)
        merchant_sums.take(session, end_of_month, 500)
    set_setting(MERCHANT_MONTH_MAX_FEN, 400)
    with pytest.raises(PayoutMerchantMonthLimit), transaction() as session:
        merchant_sums.move(session, end_of_month, first, 500)
    set_setting(MERCHANT_MONTH_MAX_FEN, 500)
    with transaction() as session:
        merchant_sums.move(session, end_of_month, first, 500)
    assert {period: fen for period, fen in sums().items() if fen} == {
        first.isoformat(): 500,
        first.isoformat()[:7]: 500,
    }
    with transaction() as session:
        merchant_sums.give_back(session, first, 500)
    db.session.remove()
