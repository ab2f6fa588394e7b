"""By hand: the money has left the shop when staff enter it, so nothing else happens to the payout
until another staff member has decided."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.kernel.db import db
from mall.payouts.owing import Back
from tests.support.http import Http, error_code
from tests.support.payouts import PayoutShop, debt_of, id_of, owed, payout_of, taken_back
from tests.support.staff import make_staff


def entered(shop: PayoutShop, payout_no: str) -> int:
    """The clerk enters a payment: the approval's id."""
    path = f"/admin/api/v1/payouts/{payout_no}/manual-payment"
    asked = shop.clerk.post(path, {"receipt": "ICBC-1", "reason": "无转账权限"})
    assert asked.status_code == 202, asked.get_json()
    return int(asked.get_json()["approval_id"])


def decided(shop: PayoutShop, approval_id: int, *, approve: bool) -> dict[str, Any]:
    boss = Http(shop.app).as_(make_staff("payout:approve", "approval:read"))
    path = f"/admin/api/v1/approvals/{approval_id}/decision"
    answer = boss.post(path, {"approve": approve, "comment": "查过回单"})
    assert answer.status_code == 200, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def test_it_takes_two(shop: PayoutShop) -> None:
    payout_no = shop.owed(500)
    decided(shop, entered(shop, payout_no), approve=True)
    shown = shop.staff_shown(payout_no)["payout"]
    assert (shown["status"], shown["way"], shown["receipt"]) == ("paid", "hand", "ICBC-1")
    path = f"/admin/api/v1/payouts/{payout_no}/manual-payment"
    assert error_code(shop.clerk.post(path, {"receipt": "2", "reason": "x"})) == "payout_not_ready"


def test_meanwhile_wechat_transfers_nothing(shop: PayoutShop) -> None:
    payout_no = shop.owed(500)
    approval_id = entered(shop, payout_no)
    assert error_code(shop.ask(payout_no)) == "payout_by_hand_pending"
    decided(shop, approval_id, approve=False)
    shop.confirm(shop.asked(payout_no))
    assert shop.shown(payout_no)["payout"]["way"] == "transfer"


def test_an_entry_whose_time_is_over_stands_in_nobodys_way(shop: PayoutShop) -> None:
    payout_no = shop.owed(500)
    entered(shop, payout_no)
    db.session.execute(text("UPDATE approvals SET expires_at = now()"))
    db.session.commit()
    assert shop.asked(payout_no)["transfer_status"] == "confirming"


def test_taken_back_meanwhile_is_a_debt(shop: PayoutShop) -> None:
    """The bank has paid it: lowering the payout would let the books forget that money."""
    payout_no = shop.owed(500)
    approval_id = entered(shop, payout_no)
    assert taken_back(id_of(payout_no), 200) == Back(0, 200)
    db.session.remove()
    decided(shop, approval_id, approve=True)
    paid = shop.staff_shown(payout_no)
    assert (paid["payout"]["status"], paid["payout"]["payable_fen"]) == ("paid", 500)
    assert paid["debt_fen"] == 200


def test_a_refused_entry_leaves_a_debt_that_the_payout_pays(shop: PayoutShop) -> None:
    first, second = shop.owed(500), shop.owed(300)
    approval_id = entered(shop, first)
    taken_back(id_of(first), 200)
    db.session.remove()
    decided(shop, approval_id, approve=False)
    shop.confirm(shop.asked(first))
    shown = shop.shown(first)["payout"]
    assert (shown["status"], shown["offset_fen"], shown["payable_fen"]) == ("paid", 200, 300)
    assert debt_of(shop.user_id) == 0
    assert shop.shown(second)["payout"]["payable_fen"] == 300


def test_what_a_debt_takes_whole_isnt_transferred(shop: PayoutShop) -> None:
    paid, waits = shop.owed(500), shop.owed(300)
    shop.confirm(shop.asked(paid))
    taken_back(id_of(paid), 500)
    db.session.remove()
    shown = shop.asked(waits)
    assert (shown["payout"]["status"], shown["transfer_status"]) == ("void", None)
    assert debt_of(shop.user_id) == 200
    assert len(shop.wechat_transfers()) == 1
    assert payout_of(owed(shop.user_id, 200)).status == "void"
