"""What a bill says of one payment or refund that differs from our books, and what becomes of it.

The stories happen yesterday (`tests.support.reconciled`).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import db
from tests.support.disputes import (
    book,
    called_off,
    disputes,
    in_console,
    refused_though_accepted,
    refuses_to_ship,
)
from tests.support.http import error_code
from tests.support.payments import PAY, REFUND, assert_money_is_right
from tests.support.reconciled import Books, refund_number


def test_a_payment_that_nobody_knows_waits_for_staff(books: Books) -> None:
    books.today()
    books.spoil("unknown", out_trade_no="UNKNOWN0001", amount_fen=777, date=books.day.isoformat())
    assert books.run() == "done"
    (finding,) = books.findings(kind="theirs_only")
    assert (finding["code"], finding["theirs_fen"], finding["ours_fen"]) == (
        "unknown_payment",
        777,
        None,
    )
    assert "微信商户平台" in finding["next_step"]
    assert books.findings(kind="ours_only") == []


def test_a_payment_that_the_bill_lacks(books: Books) -> None:
    order_no = books.shop.bought(1)
    number = books.shop.payments(order_no)["attempts"][0]["out_trade_no"]
    books.today()
    books.spoil("drop", out_trade_no=number)
    assert books.run() == "done"
    assert books.brief() == [("ours_only", "payment_not_billed", number, False)]


def test_a_payment_that_wechat_denies(books: Books) -> None:
    """Somebody wrote a success into our books that never was."""
    order_no = books.shop.order(1)
    books.shop.start(order_no)
    db.session.execute(
        text(
            "UPDATE payment_attempts SET status = 'succeeded', transaction_id = 'made up',"
            " success_at = now() - interval '1 day'"
        )
    )
    db.session.commit()
    books.today()
    assert books.run() == "done"
    (finding,) = books.findings(kind="ours_only")
    assert (finding["code"], finding["theirs_fen"]) == ("payment_denied", None)
    assert "暂停发货" in finding["next_step"]
    assert [one["order_no"] for one in disputes(books.shop)] == [order_no], "nothing is sent for it"


def test_a_refund_that_they_missed(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.refunded(order_no, 1)
    number = refund_number(books, order_no)
    books.today()
    books.spoil("drop", out_refund_no=number)
    assert books.run() == "done"
    assert books.brief() == [("ours_only", "refund_not_billed", number, False)]
    shown = books.shown()
    assert (shown["their_refunds"], shown["our_refunds"]) == (0, 1)


def test_a_refund_that_wechat_never_heard_of(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.refunded(order_no, 1)
    db.session.execute(text("UPDATE refunds SET refund_no = 'R2026X', out_refund_no = 'R2026X'"))
    db.session.commit()
    books.today()
    assert books.run() == "done"
    codes = {item["kind"]: item["code"] for item in books.findings()}
    assert codes == {"theirs_only": "unknown_refund", "ours_only": "refund_unheard_of"}


def test_a_refund_whose_end_we_missed_is_booked(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.fault(REFUND, "drop")
    books.shop.refunded(order_no, 2)
    number = refund_number(books, order_no)
    assert books.shop.payments(order_no)["refunds"][0]["status"] == "sent"
    books.today()
    assert books.run() == "done"
    assert books.brief() == [("theirs_only", "missed_refund", number, True)]
    assert books.shop.payments(order_no)["refunds"][0]["status"] == "succeeded"
    assert_money_is_right(books.shop)


@pytest.mark.parametrize("ending", ["PROCESSING", "SUCCESS", "CLOSED"])
def test_a_refund_under_way_that_was_called_off_is_asked_about(books: Books, ending: str) -> None:
    """WeChat accepted it though its answers said otherwise; its bill knows it."""
    order_no = books.shop.bought(2)
    refund_no = called_off(books.shop, order_no)
    if ending == "CLOSED":
        books.spoil("state", out_refund_no=refund_no, state="PROCESSING")
    if ending != "PROCESSING":
        books.shop.fault(REFUND, "drop")
        books.shop.control(f"/refunds/{refund_no}/settle", outcome=ending)
    books.today()
    assert books.run() == "done"
    kept = disputes(books.shop, resolved="false")
    if ending == "CLOSED":
        assert books.findings() == kept == []
        return
    assert books.brief() == [("theirs_only", "refund_unbooked", refund_no, False)]
    assert [(one["kind"], one["order_no"]) for one in kept] == [("contradicting_refund", order_no)]
    assert refuses_to_ship(order_no)


def test_a_refund_that_failed_and_is_under_way_is_followed_again(books: Books) -> None:
    order_no = books.shop.bought(2)
    refund_no = refused_though_accepted(books.shop, order_no)
    books.today()
    assert books.run() == "done"
    assert books.shop.show_refund(refund_no)["status"] == "sent"
    assert books.brief() == [("theirs_only", "refund_in_doubt", refund_no, True)]
    assert_money_is_right(books.shop)


def test_a_refund_from_elsewhere_waits_for_staff(books: Books) -> None:
    books.today()
    books.spoil("unknown", out_refund_no="ELSEWHERE1", amount_fen=50, date=books.day.isoformat())
    assert books.run() == "done"
    assert books.brief() == [("theirs_only", "unknown_refund", "ELSEWHERE1", False)]


@pytest.mark.parametrize("number", [None, "50*3|0"])
def test_a_refund_of_the_console_is_linked_to_its_order(books: Books, number: str | None) -> None:
    """Nobody told the mall; the bill's row carries the payment's number."""
    order_no = books.shop.bought(2)
    named = {"out_refund_no": number} if number else {}
    made = in_console(books.shop, order_no, 1234, **named)
    books.today()
    assert books.run() == "done"
    (finding,) = books.findings()
    assert (finding["code"], finding["number"]) == ("unknown_refund", made)
    assert (finding["order_no"], finding["theirs_fen"]) == (order_no, 1234)
    assert "补记" in finding["next_step"]
    assert [one["order_no"] for one in disputes(books.shop)] == [order_no]
    assert refuses_to_ship(order_no)
    if number is None:
        assert book(books.shop, order_no).status_code == 201
        assert books.run() == "done"
        assert books.findings() == []
        shown = books.shown()
        assert shown["their_refunds_fen"] == shown["our_refunds_fen"] == 1234
        assert_money_is_right(books.shop)
    else:
        assert error_code(book(books.shop, order_no)) == "refund_not_bookable"


def test_a_refund_of_the_console_holds_its_order_though_wechat_cant_be_asked(books: Books) -> None:
    order_no = books.shop.bought(2)
    in_console(books.shop, order_no, 1234)
    books.today()
    books.shop.fault("api", "http_500", path="/v3/refund", count=1)
    assert books.run() == "waiting"
    assert refuses_to_ship(order_no)


def test_a_refund_of_the_console_that_wechat_closed_holds_nothing(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.control("/refunds/policy", outcome="CLOSED")
    in_console(books.shop, order_no, 1234)
    books.today()
    assert books.run() == "done"
    assert [item["code"] for item in books.findings()] == ["console_refund_closed"]
    assert disputes(books.shop, resolved="false") == []


def test_altered_amounts(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.refunded(order_no, 1)
    attempt = books.shop.payments(order_no)["attempts"][0]
    refund = books.shop.payments(order_no)["refunds"][0]
    books.today()
    books.spoil("amount", out_trade_no=attempt["out_trade_no"], amount_fen=1)
    books.spoil("amount", out_refund_no=refund["out_refund_no"], amount_fen=2)
    assert books.run() == "done"
    found = {item["code"]: item for item in books.findings(kind="amount_differs")}
    assert set(found) == {"payment_amount", "refund_amount"}
    paid, back = found["payment_amount"], found["refund_amount"]
    assert (paid["theirs_fen"], paid["ours_fen"]) == (1, attempt["amount_fen"])
    assert (back["theirs_fen"], back["ours_fen"]) == (2, refund["amount_fen"])
    assert len(books.findings()) == 2


def test_a_further_row_of_a_payment_is_a_finding(books: Books) -> None:
    """Also where the first row fits: the totals differ, so something is open."""
    order_no = books.shop.bought(2)
    number = books.shop.payments(order_no)["attempts"][0]["out_trade_no"]
    books.today()
    books.spoil("again", out_trade_no=number, amount_fen=300)
    assert books.run() == "done"
    (finding,) = books.findings(kind="billed_again")
    assert (finding["code"], finding["number"]) == ("payment_billed_again", number)
    assert (finding["order_no"], finding["theirs_fen"], finding["ours_fen"]) == (
        order_no,
        300,
        None,
    )
    shown = books.shown()
    assert shown["their_payments_fen"] - shown["our_payments_fen"] == 300
    assert (shown["open_findings"], shown["billed_again"]) == (1, 1)
    assert len(books.findings()) == 1


def test_a_further_row_of_a_refund_is_a_finding(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.refunded(order_no, 1)
    number = refund_number(books, order_no)
    books.today()
    books.spoil("again", out_refund_no=number, amount_fen=200)
    assert books.run() == "done"
    assert books.brief() == [("billed_again", "refund_billed_again", number, False)]
    shown = books.shown()
    assert (shown["their_refunds"], shown["our_refunds"]) == (2, 1)
    assert shown["their_refunds_fen"] - shown["our_refunds_fen"] == 200


def test_a_further_row_of_what_we_missed_is_a_finding_beside_it(books: Books) -> None:
    """What the first row repairs doesn't hide the second."""
    books.shop.fault(PAY, "drop")
    order_no = books.shop.order(2)
    number = books.shop.approve(books.shop.start(order_no))
    books.today()
    books.spoil("again", out_trade_no=number, amount_fen=300)
    assert books.run() == "done"
    assert sorted(books.brief()) == [
        ("billed_again", "payment_billed_again", number, False),
        ("theirs_only", "missed_payment", number, True),
    ]


def test_totals_that_nothing_else_explains_are_a_finding(books: Books) -> None:
    """Our books date a payment to another day than WeChat's bill does."""
    books.shop.bought(2)
    order_no = books.shop.bought(1)
    fen = books.shop.payments(order_no)["attempts"][0]["amount_fen"]
    db.session.execute(
        text(
            "UPDATE payment_attempts SET success_at = success_at - interval '2 days'"
            " WHERE order_id = (SELECT id FROM orders WHERE order_no = :no)"
        ),
        {"no": order_no},
    )
    db.session.commit()
    books.today()
    assert books.run() == "done"
    (finding,) = books.findings()
    assert (finding["code"], finding["subject"], finding["number"]) == (
        "totals_differ",
        "payment",
        "合计",
    )
    assert finding["theirs_fen"] - finding["ours_fen"] == fen
    assert books.shown()["open_findings"] == 1
    db.session.execute(text("UPDATE payment_attempts SET success_at = now() - interval '1 day'"))
    db.session.commit()
    assert books.run() == "done"
    assert books.findings() == []


def test_a_refund_of_today_that_the_bill_lacks(books: Books) -> None:
    """Nothing but WeChat and the shop's own routes made it: no row is touched."""
    books.shop.control("/settings", clock_offset_s=0, bill_state="ready")
    order_no = books.shop.bought(2)
    books.shop.refunded(order_no, 1)
    number = refund_number(books, order_no)
    today = shop_day(utc_now())
    books.spoil("drop", out_refund_no=number)
    assert books.run(today) == "done"
    books.day = today
    (finding,) = books.findings()
    assert (finding["code"], finding["number"]) == ("refund_not_billed", number)
    assert (finding["order_no"], finding["theirs_fen"], finding["ours_fen"]) == (
        order_no,
        None,
        1234,
    )
    assert "次日重新对账" in finding["next_step"]
    books.mend_bills()
    assert books.run(today) == "done"
    assert books.findings() == [], "the next bill has it"


def test_a_refund_under_a_new_number_is_known_by_its_old_one(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.control("/refunds/policy", outcome="CLOSED")
    refund_no = books.shop.refunded(order_no, 1)
    books.shop.let_time_pass(2)
    books.shop.retry(refund_no)
    assert books.shop.show_refund(refund_no)["status"] == "succeeded"
    books.today()
    assert books.run() == "done"
    assert books.findings() == []
    assert books.shown()["their_refunds"] == books.shown()["our_refunds"] == 2


def test_a_refund_around_midnight_belongs_to_wechats_day(books: Books) -> None:
    """We asked just before midnight, WeChat took it on just after: no bill of ours lacks it."""
    order_no = books.shop.bought(2)
    books.shop.control("/settings", clock_offset_s=0, bill_state="ready")
    books.shop.refunded(order_no, 1)
    books.move_refunds(days=-1)
    assert books.run() == "done"
    assert books.findings() == []
    assert books.shown()["our_refunds"] == 0
    assert books.run(books.day + timedelta(days=1)) == "done"
    assert db.session.scalar(text("SELECT count(*) FROM reconciliation_findings")) == 0
