"""Stories of money to a shopper: by HTTP, against the simulator, with WeChat's difficulties."""

from __future__ import annotations

import pytest

from mall.doctor.attention import attention_lists
from mall.kernel.db import db, transaction
from mall.payouts.applying import apply_transfer
from mall.payouts.asking import ask_for
from mall.payouts.settings import DAY_MAX_FEN, OPEN, SINGLE_MAX_FEN
from mall.users.errors import AccountClosed
from mall.wechat.gateway import Transfer
from tests.support.http import Http, error_code
from tests.support.payouts import (
    TRANSFERS,
    PayoutShop,
    a_day_later,
    debt_of,
    id_of,
    taken_back,
)
from tests.support.settings import set_setting
from tests.support.users import make_shopper


def test_asked_for_confirmed_and_there(shop: PayoutShop) -> None:
    payout_no = shop.owed(500)
    listed = shop.shopper.get("/api/v1/payouts").get_json()["items"]
    assert [(one["payout_no"], one["status"]) for one in listed] == [(payout_no, "ready")]
    shown = shop.asked(payout_no)
    assert shown["transfer_status"] == "confirming"
    assert shop.asked(payout_no)["confirm"] == shown["confirm"], "asked again: the same page"
    shop.confirm(shown)
    done = shop.shown(payout_no)
    assert (done["payout"]["status"], done["payout"]["way"]) == ("paid", "transfer")
    assert done["confirm"] is None
    assert error_code(shop.ask(payout_no)) == "payout_not_ready"
    (theirs,) = shop.wechat_transfers()
    assert (theirs["amount"], theirs["openid"]) == (500, shop.openid)


def test_who_doesnt_confirm_asks_again_by_another_number(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    first = shop.asked(payout_no)
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/lapse")
    shop.settle_down()
    waits = shop.shown(payout_no)
    assert (waits["payout"]["status"], waits["transfer_status"]) == ("ready", "failed")
    second = shop.asked(payout_no)
    assert second["confirm"]["package"] != first["confirm"]["package"]
    shop.confirm(second)
    assert shop.shown(payout_no)["payout"]["status"] == "paid"
    errors = [one["error"] for one in shop.staff_shown(payout_no)["transfers"]]
    assert errors == [None, "OVERDUE_CLOSE"]


def test_a_lapse_that_no_callback_tells_is_found_by_query(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    shop.asked(payout_no)
    shop.fault("transfer-notify", "drop")
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/lapse")
    shop.time_for_calls(6)
    assert shop.shown(payout_no)["payout"]["status"] == "ready"


def test_a_receiver_whose_account_is_frozen(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    shop.asked(payout_no)
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/fail", reason="ACCOUNT_FROZEN")
    shop.settle_down()
    shown = shop.staff_shown(payout_no)
    assert shown["payout"]["status"] == "ready"
    assert shown["transfers"][0]["error"] == "ACCOUNT_FROZEN"


def test_staff_take_back_what_isnt_confirmed(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    path = f"/admin/api/v1/payouts/{payout_no}/transfer-cancellation"
    assert error_code(shop.clerk.post(path, {"reason": "错发"})) == "transfer_not_cancellable"
    shop.asked(payout_no)
    assert shop.clerk.post(path, {"reason": "错发"}).get_json() == {"cancelling": True}
    shop.settle_down()
    assert shop.staff_shown(payout_no)["transfers"][0]["status"] == "canceled"
    assert shop.shown(payout_no)["payout"]["status"] == "ready"


def test_what_is_on_its_way_to_the_shopper_isnt_taken_back(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    shop.asked(payout_no)
    (bill,) = shop.wechat_transfers()
    told = {"out_bill_no": bill["out_bill_no"], "transfer_bill_no": "1", "state": "TRANSFERING"}
    with transaction() as session:
        apply_transfer(session, Transfer.from_wechat(told), source="query")
    path = f"/admin/api/v1/payouts/{payout_no}/transfer-cancellation"
    refused = shop.clerk.post(path, {"reason": "错发"})
    assert error_code(refused) == "transfer_not_cancellable"
    db.session.remove()
    assert shop.staff_shown(payout_no)["transfers"][0]["status"] == "transferring"


@pytest.mark.parametrize("kind", ["lost_reply", "http_500_accepted", "429_accepted"])
def test_an_answer_that_is_lost_is_found_and_nothing_sent_twice(
    shop: PayoutShop, kind: str
) -> None:
    payout_no = shop.owed()
    shop.fault("api", kind, path=TRANSFERS)
    shop.asked(payout_no)
    shop.time_for_calls(10)
    shop.time_for_calls(10)
    assert len(shop.wechat_transfers()) == 1
    # A query doesn't tell what opens the page: the same request again does.
    shown = shop.shown(payout_no)
    assert shown["transfer_status"] == "confirming"
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/confirm")
    shop.settle_down()
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


def test_a_balance_that_is_short_is_tried_again_by_the_same_number(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    shop.control("/transfers/policy", outcome="NOT_ENOUGH")
    assert shop.asked(payout_no)["transfer_status"] == "pending"
    (first,) = shop.staff_shown(payout_no)["transfers"]
    assert first["error"] == "NOT_ENOUGH"
    shop.time_for_calls(10)
    (again,) = shop.staff_shown(payout_no)["transfers"]
    assert (again["out_bill_no"], again["status"]) == (first["out_bill_no"], "confirming")


def test_what_wechat_refuses_for_good_can_be_asked_for_anew(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    error = {"status": 400, "code": "PARAM_ERROR", "message": "参数错误"}
    shop.fault("api", "error", path=TRANSFERS, error=error)
    shop.asked(payout_no)
    shown = shop.shown(payout_no)
    assert (shown["payout"]["status"], shown["transfer_status"]) == ("ready", "refused")
    lists = {one.of.name: one.rows for one in attention_lists()}
    assert [row["error"] for row in lists["refused_transfers"]] == ["PARAM_ERROR"]
    assert shop.asked(payout_no)["transfer_status"] == "confirming"


@pytest.mark.parametrize("kind", ["double", "lost_reply"])
def test_a_callback_that_comes_twice(shop: PayoutShop, kind: str) -> None:
    payout_no = shop.owed()
    shop.fault("transfer-notify", kind)
    shop.confirm(shop.asked(payout_no))
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


@pytest.mark.parametrize("kind", ["wrong_amount", "wrong_mchid"])
def test_a_callback_that_contradicts_is_for_staff(shop: PayoutShop, kind: str) -> None:
    payout_no = shop.owed()
    shop.fault("transfer-notify", kind, retry=False)
    shop.confirm(shop.asked(payout_no))
    assert shop.shown(payout_no)["payout"]["status"] == "asked"
    assert shop.discrepancies() == ["mismatch_transfer"]
    shop.time_for_calls(6)
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


@pytest.mark.parametrize(
    ("ours", "said", "recorded"),
    [
        ("succeeded", "FAIL", True),
        ("failed", "SUCCESS", True),
        ("refused", "WAIT_USER_CONFIRM", True),
        ("failed", "WAIT_USER_CONFIRM", False),
        ("failed", "FAIL", False),
    ],
)
def test_an_end_that_contradicts_the_one_we_know_is_for_staff(
    shop: PayoutShop, ours: str, said: str, recorded: bool
) -> None:
    """An answer that is merely late contradicts nothing."""
    payout_no = shop.owed()
    if ours == "refused":
        error = {"status": 400, "code": "PARAM_ERROR", "message": "参数错误"}
        shop.fault("api", "error", path=TRANSFERS, error=error)
    shown = shop.asked(payout_no)
    if ours == "succeeded":
        shop.confirm(shown)
    elif ours == "failed":
        (bill,) = shop.wechat_transfers()
        shop.control(f"/transfers/{bill['out_bill_no']}/lapse")
        shop.settle_down()
    (transfer,) = shop.staff_shown(payout_no)["transfers"]
    assert transfer["status"] == ours
    number = transfer["out_bill_no"]
    told = {"out_bill_no": number, "transfer_bill_no": "1330", "state": said}
    with transaction() as session:
        apply_transfer(session, Transfer.from_wechat(told), source="query")
    db.session.remove()
    assert shop.discrepancies() == ["contradicting_transfer"] * recorded
    assert shop.staff_shown(payout_no)["transfers"][0]["status"] == ours


def test_a_forged_callback_changes_nothing(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    shop.fault("transfer-notify", "forge", retry=False)
    shop.confirm(shop.asked(payout_no))
    assert shop.shown(payout_no)["payout"]["status"] == "asked"
    shop.time_for_calls(6)
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


def test_taken_back_while_the_shopper_is_asked(shop: PayoutShop) -> None:
    """The transfer can't be undone by us: what came is owed, what lapsed pays the debt."""
    payout_no = shop.owed()
    shop.asked(payout_no)
    taken_back(id_of(payout_no), 500)
    assert debt_of(shop.user_id) == 500
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/lapse")
    shop.settle_down()
    assert shop.shown(payout_no)["payout"]["status"] == "void"
    assert debt_of(shop.user_id) == 0


def test_limits(shop: PayoutShop) -> None:
    set_setting(SINGLE_MAX_FEN, 1_000)
    set_setting(DAY_MAX_FEN, 1_500)
    assert error_code(shop.ask(shop.owed(1_001))) == "payout_amount"
    assert error_code(shop.ask(shop.owed(9))) == "payout_amount"
    shop.confirm(shop.asked(shop.owed(1_000)))
    late = shop.owed(501)
    assert error_code(shop.ask(late)) == "payout_day_limit"
    a_day_later()
    assert shop.asked(late)["transfer_status"] == "confirming"
    set_setting(OPEN, False)
    assert error_code(shop.ask(shop.owed(100))) == "payouts_closed"


def test_a_name_from_two_thousand_yuan(shop: PayoutShop) -> None:
    set_setting(SINGLE_MAX_FEN, 500_000)
    set_setting(DAY_MAX_FEN, 500_000)
    shop.control("/settings", transfer_max_fen=500_000, transfer_day_fen=500_000)
    payout_no = shop.owed(200_000)
    assert error_code(shop.ask(payout_no)) == "payout_name_needed"
    shop.confirm(shop.asked(payout_no, real_name="张三"))
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


def test_nobody_sees_anothers(shop: PayoutShop) -> None:
    payout_no = shop.owed()
    other = Http(shop.app).as_(make_shopper()[1])
    assert error_code(other.get(f"/api/v1/payouts/{payout_no}")) == "payout_not_found"
    asked = other.put(f"/api/v1/payouts/{payout_no}/transfer", {})
    assert error_code(asked) == "payout_not_found"
    assert shop.shown(payout_no)["payout"]["status"] == "ready"


def test_closing_the_account(shop: PayoutShop) -> None:
    payout_no = shop.owed(500)
    told = shop.shopper.get("/api/v1/me/closure").get_json()
    assert "待领取的现金 5.00 元将无法领取" in [one["message"] for one in told["losses"]]
    shop.asked(payout_no)
    refused = shop.shopper.post("/api/v1/me/closure", {"confirm": True})
    assert error_code(refused) == "account_in_use"


def test_who_has_left_gets_no_transfer(shop: PayoutShop) -> None:
    """Also by a request that was let in before the account was closed."""
    payout_no = shop.owed(500)
    assert shop.shopper.post("/api/v1/me/closure", {"confirm": True}).status_code < 300
    with pytest.raises(AccountClosed):
        ask_for(shop.user_id, payout_no)


def test_the_shopper_is_told(shop: PayoutShop) -> None:
    shop.owed(500)
    (told,) = shop.shopper.get("/api/v1/messages/inbox").get_json()["items"]
    assert told["title"] == "有一笔款项待领取"
    assert "5.00元" in told["body"]


def test_who_is_paid_by_hand_isnt_sent_to_a_page_that_cant_pay(shop: PayoutShop) -> None:
    set_setting(OPEN, False)
    shop.owed(500)
    assert shop.shopper.get("/api/v1/messages/inbox").get_json()["items"] == []
