"""What hinders a withdrawal: limits, debts, standing, a closed account."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from mall.doctor.attention import attention_lists
from mall.kernel.db import db, transaction
from mall.payouts.limits import LEAST_FEN
from mall.referral.promoters.applying import leave
from mall.referral.promoters.deciding import block, unblock
from mall.referral.withdrawals.requesting import withdraw
from mall.referral.withdrawals.settings import (
    AUTO_APPROVE_MAX,
    DAY_COUNT,
    DAY_MAX,
    FEE_BP,
    FOUR_EYES,
    LEAST,
    MOST,
)
from mall.users.closing import close_account
from mall.users.errors import AccountClosed
from tests.support.http import Http, error_code
from tests.support.payouts import id_of, owed, taken_back
from tests.support.settings import set_setting
from tests.support.users import make_shopper
from tests.support.withdrawals import WithdrawalShop, earned, indebted, withdrawals_of


def test_limits(shop: WithdrawalShop) -> None:
    set_setting(LEAST, 100)
    set_setting(MOST, 5_000)
    set_setting(DAY_MAX, 5_500)
    set_setting(DAY_COUNT, 2)
    assert error_code(shop.try_to_withdraw(99)) == "withdrawal_amount"
    assert error_code(shop.try_to_withdraw(5_001)) == "withdrawal_amount"
    shop.withdrawn(5_000)
    assert error_code(shop.try_to_withdraw(501)) == "withdrawal_day_limit"
    terms = shop.shopper.get("/api/v1/withdrawals/terms").get_json()
    assert (terms["left_today"], terms["left_today_fen"]) == (1, 500)
    back = shop.withdrawn(500)
    assert error_code(shop.try_to_withdraw(100)) == "withdrawal_day_limit"
    shop.shopper.post(f"/api/v1/withdrawals/{back['number']}/cancellation")
    shop.withdrawn(100)


def test_what_is_left_of_it_must_be_enough_for_a_transfer(shop: WithdrawalShop) -> None:
    set_setting(LEAST, LEAST_FEN)
    set_setting(FEE_BP, 5_000)
    assert error_code(shop.try_to_withdraw(2 * LEAST_FEN - 2)) == "withdrawal_amount"
    assert shop.withdrawn(2 * LEAST_FEN)["payable_fen"] == LEAST_FEN


def test_limits_are_of_a_day(shop: WithdrawalShop) -> None:
    set_setting(DAY_COUNT, 1)
    set_setting(DAY_MAX, 3_000)
    shop.withdrawn(3_000)
    assert error_code(shop.try_to_withdraw(100)) == "withdrawal_day_limit"
    with transaction() as session:
        session.execute(text("UPDATE withdrawals SET day = day - 1"))
    shop.withdrawn(3_000)


def test_so_many_a_day_however_small(shop: WithdrawalShop) -> None:
    set_setting(DAY_COUNT, 1)
    shop.withdrawn(100)
    assert error_code(shop.try_to_withdraw(100)) == "withdrawal_day_limit"


def test_more_than_there_is(shop: WithdrawalShop) -> None:
    assert error_code(shop.try_to_withdraw(10_001)) == "commission_short"
    assert shop.money() == (10_000, 0)


def test_who_owes_withdraws_nothing(shop: WithdrawalShop) -> None:
    payout_no = shop.owed(500)
    shop.confirm(shop.asked(payout_no))
    taken_back(id_of(payout_no), 500)
    assert error_code(shop.try_to_withdraw(1_000)) == "withdrawal_debt"
    terms = shop.shopper.get("/api/v1/withdrawals/terms").get_json()
    assert (terms["debt_fen"], terms["hindered_by"]) == (500, "withdrawal_debt")
    owed(shop.user_id, 500)
    shop.withdrawn(1_000)


def test_who_owes_commission_withdraws_nothing(shop: WithdrawalShop) -> None:
    shop.withdrawn(10_000)
    indebted(shop.user_id, 300)
    db.session.remove()
    assert error_code(shop.try_to_withdraw(1_000)) == "withdrawal_debt"


def test_a_debt_since_the_request_hinders_each_step(shop: WithdrawalShop) -> None:
    approved = shop.withdrawn(1_000)
    set_setting(AUTO_APPROVE_MAX, 0)
    set_setting(FOUR_EYES, 3_000)
    waits, more = shop.withdrawn(8_000), shop.withdrawn(1_000)
    approval = shop.decide(more["number"]).get_json()["approval_id"]
    indebted(shop.user_id, 300)
    db.session.remove()
    assert error_code(shop.ask(approved["payout_no"])) == "withdrawal_debt"
    assert error_code(shop.decide(waits["number"])) == "withdrawal_debt"
    assert error_code(shop.decision(approval)) == "withdrawal_debt"
    path = f"/admin/api/v1/payouts/{approved['payout_no']}/manual-payment"
    asked = shop.clerk.post(path, {"receipt": "1", "reason": "x"})
    assert error_code(asked) == "withdrawal_debt"
    queue = shop.clerk.get("/admin/api/v1/withdrawals", status="waiting").get_json()["items"]
    assert [one["debt_fen"] for one in queue] == [300, 300]
    assert shop.decide(waits["number"], approve=False).get_json()["status"] == "refused"
    db.session.remove()
    shop.confirm(shop.asked(approved["payout_no"]))
    assert shop.withdrawal(approved["number"])["status"] == "paid", "worked off by what came back"


def test_nobody_approves_what_two_must(shop: WithdrawalShop) -> None:
    set_setting(FOUR_EYES, 2_000)
    assert shop.withdrawn(2_000)["status"] == "approved"
    assert shop.withdrawn(100)["status"] == "waiting", "above the limit with what went before"


def test_a_closed_account_withdraws_nothing(shop: WithdrawalShop) -> None:
    """As a request that was under way while the account was closed."""
    close_account(shop.user_id)
    with pytest.raises(AccountClosed):
        withdraw(shop.user_id, 1_000)
    assert withdrawals_of(shop.user_id) == []


def test_what_comes_back_pays_a_debt_first(shop: WithdrawalShop) -> None:
    shop.under_way(10_000)
    indebted(shop.user_id, 300)
    shop.at_wechat("lapse")
    assert shop.money() == (9_700, 0)


def test_only_promoters(shop: WithdrawalShop) -> None:
    user_id, token = make_shopper()
    earned(user_id, 1_000)
    db.session.remove()
    other = Http(shop.app).as_(token)
    asked = other.post("/api/v1/withdrawals", {"amount_fen": 1_000})
    assert (asked.status_code, error_code(asked)) == (403, "not_a_promoter")


def test_a_blocked_promoter_gets_nothing_and_one_who_ended_does(shop: WithdrawalShop) -> None:
    withdrawal = shop.withdrawn(1_000)
    block(shop.user_id, "刷单")
    db.session.remove()
    assert error_code(shop.try_to_withdraw(1_000)) == "promoter_blocked"
    assert error_code(shop.ask(withdrawal["payout_no"])) == "promoter_blocked"
    path = f"/admin/api/v1/payouts/{withdrawal['payout_no']}/manual-payment"
    asked = shop.clerk.post(path, {"receipt": "1", "reason": "x"})
    assert error_code(asked) == "promoter_blocked"
    terms = shop.shopper.get("/api/v1/withdrawals/terms").get_json()
    assert terms["hindered_by"] == "promoter_blocked"
    unblock(shop.user_id, "已查明")
    leave(shop.user_id)
    db.session.remove()
    shop.confirm(shop.asked(withdrawal["payout_no"]))
    assert shop.withdrawal(withdrawal["number"])["status"] == "paid"


def test_staff_see_what_a_blocked_promoter_may_still_confirm(shop: WithdrawalShop) -> None:
    withdrawal = shop.under_way(1_000)
    block(shop.user_id, "刷单")
    lists = {one.of.name: one.rows for one in attention_lists()}
    assert [row["number"] for row in lists["blocked_withdrawals"]] == [withdrawal["number"]]
    db.session.remove()
    shop.at_wechat("confirm")
    assert shop.withdrawal(withdrawal["number"])["status"] == "paid"
    lists = {one.of.name: one.rows for one in attention_lists()}
    assert lists["blocked_withdrawals"] == []


def test_closing_the_account_waits_for_it(shop: WithdrawalShop) -> None:
    shop.withdrawn()
    refused = shop.shopper.post("/api/v1/me/closure", {"confirm": True})
    assert error_code(refused) == "account_in_use"
