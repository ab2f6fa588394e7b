"""Stories of withdrawals: by HTTP, against the simulator, with WeChat's difficulties."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from mall.doctor.attention import attention_lists
from mall.kernel.db import db, transaction
from mall.payouts.settings import DAY_MAX_FEN, SINGLE_MAX_FEN
from mall.referral.withdrawals.ended_message import ENDED_MESSAGE
from mall.referral.withdrawals.errors import WithdrawalDecided
from mall.referral.withdrawals.models import STATUSES
from mall.referral.withdrawals.settings import (
    AUTO_APPROVE_MAX,
    BY_TRANSFER,
    DAY_MAX,
    FEE_BP,
    FOUR_EYES,
    LEAST,
    MOST,
)
from mall.referral.withdrawals.states import TRANSITIONS, move
from tests.support.http import Http, error_code
from tests.support.invariants import rows_of
from tests.support.payouts import TRANSFERS
from tests.support.settings import set_setting
from tests.support.users import make_shopper
from tests.support.withdrawals import WithdrawalShop, earned, indebted, withdrawals_of


def messages(shop: WithdrawalShop) -> list[tuple[str, str]]:
    """What the promoter was told, the newest first; not that money waits."""
    shop.work()
    inbox = shop.shopper.get("/api/v1/messages/inbox").get_json()["items"]
    return [(one["title"], one["body"]) for one in inbox if one["kind"] == ENDED_MESSAGE]


def test_confirmed_and_there(shop: WithdrawalShop) -> None:
    withdrawal = shop.withdrawn(6_000)
    assert (withdrawal["status"], withdrawal["payout_status"]) == ("approved", "ready")
    assert shop.money() == (4_000, 6_000)
    shop.confirm(shop.asked(withdrawal["payout_no"]))
    done = shop.withdrawal(withdrawal["number"])
    assert (done["status"], done["payout_status"]) == ("paid", "paid")
    assert shop.money() == (4_000, 0)
    (theirs,) = shop.wechat_transfers()
    assert (theirs["amount"], theirs["openid"], theirs["remark"]) == (
        6_000,
        shop.openid,
        "佣金提现",
    )


def test_the_fee_stays_with_the_shop(shop: WithdrawalShop) -> None:
    set_setting(FEE_BP, 66)
    withdrawal = shop.under_way(9_999)
    assert (withdrawal["fee_fen"], withdrawal["payable_fen"]) == (65, 9_934)
    shop.at_wechat("confirm")
    assert shop.wechat_transfers()[0]["amount"] == 9_934
    assert shop.money() == (1, 0)


@pytest.mark.parametrize(
    ("what", "body", "error"),
    [
        ("lapse", {}, "OVERDUE_CLOSE"),
        ("fail", {"reason": "ACCOUNT_FROZEN"}, "ACCOUNT_FROZEN"),
        ("fail", {"reason": "NAME_NOT_CORRECT"}, "NAME_NOT_CORRECT"),
    ],
)
def test_without_money_it_is_on_the_balance_again(
    shop: WithdrawalShop, what: str, body: dict[str, str], error: str
) -> None:
    withdrawal = shop.under_way(real_name="李四")
    shop.at_wechat(what, **body)
    shown = shop.withdrawal(withdrawal["number"])
    assert (shown["status"], shown["payout_status"], shown["error"]) == ("failed", "void", error)
    assert shop.money() == (10_000, 0)
    told = "佣金提现 100.00元 未到账：佣金已退回，可重新提现。"
    assert messages(shop)[0] == ("佣金提现未到账", told)
    assert error_code(shop.ask(withdrawal["payout_no"])) == "payout_not_ready"
    again = shop.under_way()
    shop.at_wechat("confirm")
    assert shop.withdrawal(again["number"])["status"] == "paid"
    assert shop.money() == (0, 0)


@pytest.mark.parametrize("kind", ["lost_reply", "http_500_accepted", "429_accepted"])
def test_what_nobody_knows_is_asked_and_sent_once(shop: WithdrawalShop, kind: str) -> None:
    withdrawal = shop.withdrawn()
    shop.fault("api", kind, path=TRANSFERS)
    shop.asked(withdrawal["payout_no"])
    assert shop.money() == (0, 10_000)
    shop.time_for_calls(10)
    shop.time_for_calls(10)
    assert len(shop.wechat_transfers()) == 1
    shop.at_wechat("confirm")
    assert shop.withdrawal(withdrawal["number"])["status"] == "paid"


def test_a_lapse_that_no_callback_tells_is_found_by_query(shop: WithdrawalShop) -> None:
    withdrawal = shop.under_way()
    shop.fault("transfer-notify", "drop")
    shop.at_wechat("lapse")
    assert shop.money() == (0, 10_000)
    shop.time_for_calls(6)
    assert shop.withdrawal(withdrawal["number"])["status"] == "failed"
    assert shop.money() == (10_000, 0)


def test_what_wechat_refuses_is_on_the_balance_again(shop: WithdrawalShop) -> None:
    withdrawal = shop.withdrawn()
    error = {"status": 400, "code": "PARAM_ERROR", "message": "参数错误"}
    shop.fault("api", "error", path=TRANSFERS, error=error)
    shop.asked(withdrawal["payout_no"])
    shown = shop.withdrawal(withdrawal["number"])
    assert (shown["status"], shown["error"]) == ("failed", "PARAM_ERROR")
    assert shop.money() == (10_000, 0)


def test_staff_cancel_the_transfer(shop: WithdrawalShop) -> None:
    withdrawal = shop.under_way()
    path = f"/admin/api/v1/withdrawals/{withdrawal['number']}/cancellation"
    assert error_code(shop.clerk.post(path, {"reason": "错"})) == "withdrawal_under_way"
    own = f"/api/v1/withdrawals/{withdrawal['number']}/cancellation"
    assert error_code(shop.shopper.post(own)) == "withdrawal_under_way"
    transfer = f"/admin/api/v1/payouts/{withdrawal['payout_no']}/transfer-cancellation"
    assert shop.clerk.post(transfer, {"reason": "错"}).get_json() == {"cancelling": True}
    shop.settle_down()
    shown = shop.withdrawal(withdrawal["number"])
    assert (shown["status"], shown["reason"]) == ("canceled", "商家已撤回转账")
    assert shop.money() == (10_000, 0)
    assert messages(shop)[0][0] == "佣金提现已取消"


def test_the_promoter_takes_it_back(shop: WithdrawalShop) -> None:
    withdrawal = shop.withdrawn()
    path = f"/api/v1/withdrawals/{withdrawal['number']}/cancellation"
    for _ in range(2):
        shown = shop.shopper.post(path).get_json()
        assert (shown["status"], shown["payout_status"]) == ("canceled", "void")
    assert shop.money() == (10_000, 0)
    paid = shop.under_way()
    shop.at_wechat("confirm")
    path = f"/api/v1/withdrawals/{paid['number']}/cancellation"
    assert error_code(shop.shopper.post(path)) == "withdrawal_decided"


def test_staff_decide_in_the_order_of_asking(shop: WithdrawalShop) -> None:
    set_setting(AUTO_APPROVE_MAX, 0)
    first, second, third = (shop.withdrawn(fen) for fen in (1_000, 2_000, 3_000))
    assert {one["status"] for one in (first, second, third)} == {"waiting"}
    path = "/admin/api/v1/withdrawals"
    page = shop.clerk.get(path, status="waiting", limit=2).get_json()
    assert [one["number"] for one in page["items"]] == [first["number"], second["number"]]
    rest = shop.clerk.get(path, status="waiting", limit=2, cursor=page["next_cursor"]).get_json()
    assert [one["number"] for one in rest["items"]] == [third["number"]]
    assert shop.decide(first["number"]).get_json()["status"] == "approved"
    refused = shop.decide(second["number"], approve=False).get_json()
    assert (refused["status"], refused["reason"]) == ("refused", "已核对")
    assert error_code(shop.decide(second["number"])) == "withdrawal_decided"
    assert shop.money() == (6_000, 4_000)
    own = f"/api/v1/withdrawals/{third['number']}/cancellation"
    assert shop.shopper.post(own).get_json()["status"] == "canceled"
    listed = shop.shopper.get("/api/v1/withdrawals").get_json()["items"]
    assert [one["status"] for one in listed] == ["canceled", "refused", "approved"]
    assert shop.money() == (9_000, 1_000)


def test_above_a_limit_two_decide_also_in_parts(shop: WithdrawalShop) -> None:
    set_setting(AUTO_APPROVE_MAX, 0)
    set_setting(FOUR_EYES, 6_000)
    small, more = shop.withdrawn(4_000), shop.withdrawn(4_000)
    asked = shop.decide(more["number"])
    assert asked.status_code == 202, asked.get_json()
    assert error_code(shop.decide(more["number"])) == "approval_pending"
    shop.approved(asked.get_json()["approval_id"])
    assert shop.withdrawal(more["number"])["status"] == "approved"
    assert error_code(shop.decide(more["number"])) == "withdrawal_decided"
    assert shop.decide(small["number"]).status_code == 202


def test_by_hand_where_there_is_no_scene(shop: WithdrawalShop) -> None:
    set_setting(BY_TRANSFER, False)
    withdrawal = shop.withdrawn()
    assert error_code(shop.ask(withdrawal["payout_no"])) == "payouts_closed"
    shop.approved(shop.by_hand(withdrawal["payout_no"]))
    shown = shop.withdrawal(withdrawal["number"])
    assert (shown["status"], shown["payout_status"]) == ("paid", "paid")
    assert shop.money() == (0, 0)


def test_entered_by_hand_it_isnt_cancelled(shop: WithdrawalShop) -> None:
    """The bank has paid: the commission must not be available again."""
    set_setting(BY_TRANSFER, False)
    withdrawal = shop.withdrawn()
    approval = shop.by_hand(withdrawal["payout_no"])
    own = f"/api/v1/withdrawals/{withdrawal['number']}/cancellation"
    assert error_code(shop.shopper.post(own)) == "payout_by_hand_pending"
    staff = f"/admin/api/v1/withdrawals/{withdrawal['number']}/cancellation"
    assert error_code(shop.clerk.post(staff, {"reason": "x"})) == "payout_by_hand_pending"
    indebted(shop.user_id, 300)
    shop.approved(approval)
    assert shop.withdrawal(withdrawal["number"])["status"] == "paid", "whatever is owed since"
    assert shop.money() == (0, 0)


def test_the_promoter_reads_why_it_was_refused_not_why_it_was_approved(
    shop: WithdrawalShop,
) -> None:
    set_setting(AUTO_APPROVE_MAX, 0)
    first, second, third = (shop.withdrawn(fen)["number"] for fen in (1_000, 2_000, 3_000))
    assert shop.decide(first).get_json()["reason"] == "已核对"
    assert shop.withdrawal(first)["reason"] is None
    shop.shopper.post(f"/api/v1/withdrawals/{first}/cancellation")
    assert shop.withdrawal(first)["reason"] is None, "cancelled by the promoter"
    shop.decide(second, approve=False)
    assert shop.withdrawal(second)["reason"] == "已核对"
    path = f"/admin/api/v1/withdrawals/{third}"
    shop.decide(third)
    shop.clerk.post(f"{path}/cancellation", {"reason": "账户异常"})
    assert shop.withdrawal(third)["reason"] == "账户异常"
    seen = shop.clerk.get(path).get_json()
    assert (seen["reason"], seen["cancel_reason"]) == ("已核对", "账户异常")
    told = dict(messages(shop))
    assert told["佣金提现已取消"].endswith("30.00元 已取消：账户异常。佣金已退回，可重新提现。")
    assert told["佣金提现未通过"].endswith("20.00元 未通过：已核对。佣金已退回，可重新提现。")


def test_only_steps_of_the_table(shop: WithdrawalShop) -> None:
    """What is over stays so, whoever forgets to look."""
    assert set(TRANSITIONS) == set(STATUSES)
    number = shop.withdrawn(1_000)["number"]
    shop.shopper.post(f"/api/v1/withdrawals/{number}/cancellation")
    for status in STATUSES:
        with pytest.raises(WithdrawalDecided), transaction() as session:
            move(session, session.merge(withdrawals_of(shop.user_id)[0]), status)
    assert withdrawals_of(shop.user_id)[0].status == "canceled"


def test_seven_days_count_from_the_decision(shop: WithdrawalShop) -> None:
    set_setting(AUTO_APPROVE_MAX, 0)
    number = shop.withdrawn(1_000)["number"]
    age = "UPDATE withdrawals SET {0} = {0} - interval '8 days'"
    db.session.execute(text(age.format("created_at")))
    db.session.commit()
    shop.decide(number)
    assert unpaid() == []
    db.session.execute(text(age.format("decided_at")))
    db.session.commit()
    assert unpaid() == [number]


def unpaid() -> list[str]:
    lists = {one.of.name: one.rows for one in attention_lists()}
    return [row["number"] for row in lists["unpaid_withdrawals"]]


def test_a_name_where_wechat_wants_it(shop: WithdrawalShop) -> None:
    earned(shop.user_id, 290_000)
    for setting in (MOST, DAY_MAX, AUTO_APPROVE_MAX, FOUR_EYES, SINGLE_MAX_FEN, DAY_MAX_FEN):
        set_setting(setting, 300_000)
    shop.control("/settings", transfer_max_fen=300_000, transfer_day_fen=300_000)
    withdrawal = shop.withdrawn(200_000)
    assert error_code(shop.ask(withdrawal["payout_no"])) == "payout_name_needed"
    assert shop.withdrawal(withdrawal["number"])["status"] == "approved"
    shop.asked(withdrawal["payout_no"], real_name="张三")
    shop.at_wechat("fail", reason="NAME_NOT_CORRECT")
    shown = shop.withdrawal(withdrawal["number"])
    assert (shown["status"], shown["error"]) == ("failed", "NAME_NOT_CORRECT")
    assert shop.money() == (300_000, 0)


def test_a_name_that_wechat_refuses(shop: WithdrawalShop) -> None:
    set_setting(LEAST, 10)
    small = shop.withdrawn(29)
    refused = shop.ask(small["payout_no"], real_name="张三")
    assert (refused.status_code, error_code(refused)) == (422, "payout_name_not_taken")
    for name in ("", "张" * 33, "张\n三"):
        assert shop.ask(small["payout_no"], real_name=name).status_code == 422
    assert shop.asked(small["payout_no"])["transfer_status"] == "confirming"


@pytest.mark.parametrize("amount", [0, -1, "100", 1.5, None, 10**30])
def test_amounts_that_are_none(shop: WithdrawalShop, amount: object) -> None:
    asked = shop.shopper.post("/api/v1/withdrawals", {"amount_fen": amount})
    assert asked.status_code == 422
    assert shop.money() == (10_000, 0)


def test_nobody_sees_anothers(shop: WithdrawalShop) -> None:
    number = shop.withdrawn()["number"]
    other = Http(shop.app).as_(make_shopper()[1])
    assert error_code(other.get(f"/api/v1/withdrawals/{number}")) == "withdrawal_not_found"
    cancel = other.post(f"/api/v1/withdrawals/{number}/cancellation")
    assert error_code(cancel) == "withdrawal_not_found"
    mine = shop.shopper.get(f"/api/v1/withdrawals/{number}").get_json()
    assert mine["status"] != "canceled"


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("I18g", "UPDATE commission_holds SET status = 'released'"),
        ("I18h", "UPDATE payouts SET amount_fen = amount_fen - 1 WHERE kind = 'commission'"),
        ("I18i", "UPDATE payout_transfers SET amount_fen = amount_fen - 1"),
    ],
)
def test_an_invariant_sees_what_it_is_for(shop: WithdrawalShop, code: str, change: str) -> None:
    shop.under_way()
    shop.at_wechat("confirm")
    assert rows_of(code) == []
    db.session.execute(text(change))
    db.session.commit()
    assert rows_of(code)
    db.session.execute(text("UPDATE commission_holds SET status = 'settled'"))
    db.session.execute(text("UPDATE payouts SET amount_fen = 10000"))
    db.session.execute(text("UPDATE payout_transfers SET amount_fen = 10000"))
    db.session.commit()
