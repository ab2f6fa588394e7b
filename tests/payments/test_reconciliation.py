"""The daily reconciliation: what fits makes no noise, what differs is found and mended.

The stories happen yesterday: the simulator's clock is set back while the shopper pays, and
our own records of when a refund was asked for are moved after it.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import db, transaction
from mall.payments.reconciliation.bill_lines import store_lines
from mall.payments.reconciliation.running import reconcile, reconcile_due
from mall.wechat.gateway import Bill, gateway
from tests.support.cli import mall
from tests.support.disputes import (
    book,
    called_off,
    disputes,
    in_console,
    refused_though_accepted,
    refuses_to_ship,
)
from tests.support.http import Http, error_code
from tests.support.payments import PAY, REFUND, Shop, assert_money_is_right
from tests.support.servers import LiveServer
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1/reconciliations"


@dataclass
class Books:
    """A shop whose trade is yesterday's, and the member of staff who compares the books."""

    shop: Shop
    day: date
    staff: Http

    def yesterday(self) -> None:
        """From now on it is yesterday at WeChat."""
        self.shop.control("/settings", clock_offset_s=-86400)

    def today(self) -> None:
        """The day is over, and its bill is ready."""
        self.shop.control("/settings", clock_offset_s=0, bill_state="ready")
        self.move_refunds(days=-1)

    def move_refunds(self, days: int) -> None:
        db.session.execute(
            text(
                "UPDATE refunds SET created_at = created_at + make_interval(days => :days),"
                " tried_at = tried_at + make_interval(days => :days)"
            ),
            {"days": days},
        )
        db.session.commit()
        db.session.remove()

    def spoil(self, kind: str, **more: Any) -> None:
        self.shop.control("/bill/faults", kind=kind, **more)

    def mend_bills(self) -> None:
        requests.delete(f"{self.shop.simulator.url}/_control/bill/faults", timeout=10)

    def run(self, day: date | None = None) -> str:
        db.session.remove()
        ending = reconcile(day or self.day)
        db.session.remove()
        return ending

    def shown(self) -> dict[str, Any]:
        answer = self.staff.get(f"{ADMIN}/{self.day}")
        assert answer.status_code == 200, answer.get_json()
        body: dict[str, Any] = answer.get_json()
        return body

    def findings(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.staff.get(f"{ADMIN}/{self.day}/findings", **query)
        assert answer.status_code == 200, answer.get_json()
        items: list[dict[str, Any]] = answer.get_json()["items"]
        return items

    def brief(self) -> list[tuple[str, str, str, bool]]:
        """Kind, code, number, is it resolved?"""
        return [
            (item["kind"], item["code"], item["number"], item["resolved_at"] is not None)
            for item in self.findings()
        ]


@pytest.fixture
def books(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Books:
    shop = Shop(app, simulator, work)
    staff = shop.staff.as_(make_staff("reconciliation:read", "reconciliation:write"))
    found = Books(shop, shop_day(utc_now()) - timedelta(days=1), staff)
    found.yesterday()
    return found


def refund_number(books: Books, order_no: str) -> str:
    return str(books.shop.payments(order_no)["refunds"][0]["out_refund_no"])


def test_a_clean_day_makes_no_noise(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.bought(1)
    books.shop.control("/refunds/policy", outcome="PROCESSING")
    books.shop.refunded(order_no, 1)
    unpaid = books.shop.order(1)
    books.shop.start(unpaid)
    books.today()

    assert books.run() == "done"
    assert books.findings() == []
    shown = books.shown()
    assert (shown["status"], shown["open_findings"], shown["error"]) == ("done", 0, None)
    assert (shown["their_payments"], shown["our_payments"]) == (2, 2)
    assert shown["their_payments_fen"] == shown["our_payments_fen"] > 0
    assert (shown["their_refunds"], shown["our_refunds"]) == (1, 1)
    assert shown["their_refunds_fen"] == shown["our_refunds_fen"] > 0
    assert db.session.scalar(text("SELECT count(*) FROM bill_lines")) == 0


def test_a_payment_that_we_missed_is_found_and_applied(books: Books) -> None:
    books.shop.fault(PAY, "drop")
    order_no = books.shop.order(2)
    number = books.shop.approve(books.shop.start(order_no))
    books.shop.settle_down()
    assert books.shop.status(order_no) == "unpaid"
    books.today()

    assert books.run() == "done"
    assert books.shop.status(order_no) == "paid"
    assert books.brief() == [("theirs_only", "missed_payment", number, True)]
    (finding,) = books.findings()
    assert finding["order_no"] == order_no
    assert finding["resolved_by"] is None
    assert finding["theirs_fen"] == books.shown()["our_payments_fen"]
    assert books.shown()["open_findings"] == 0
    assert_money_is_right(books.shop)

    assert books.run() == "done"
    assert books.brief() == [("theirs_only", "missed_payment", number, True)]


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


def test_a_day_without_trade(books: Books) -> None:
    books.today()
    assert books.run() == "done"
    assert books.findings() == []
    assert books.shown()["their_payments"] == 0


def test_a_bill_in_the_making_is_waited_for(books: Books) -> None:
    books.shop.bought(1)
    books.today()
    books.shop.control("/settings", bill_state="creating")
    assert books.run() == "waiting"
    shown = books.shown()
    assert (shown["status"], shown["error"]) == ("waiting", "WechatUnavailable")
    assert shown["next_try_at"] is not None

    books.shop.control("/settings", bill_state="ready")
    db.session.execute(text("UPDATE reconciliations SET next_try_at = now()"))
    db.session.commit()
    reconcile_due()
    assert books.shown()["status"] == "done"
    assert books.findings() == []


def test_a_refused_bill_is_told_and_tried_again(books: Books) -> None:
    books.today()
    error = {"status": 403, "code": "NO_AUTH", "message": "无权限"}
    books.shop.fault("api", "error", path="/v3/bill", error=error)
    assert books.run() == "failed"
    assert books.shown()["error"] == "NO_AUTH"
    assert books.run() == "done"
    assert books.shown()["error"] is None


def test_what_wechat_cant_tell_is_asked_later(books: Books) -> None:
    order_no = books.shop.bought(2)
    books.shop.refunded(order_no, 1)
    books.today()
    books.spoil("drop", out_refund_no=refund_number(books, order_no))
    books.shop.fault("api", "http_500", path="/v3/refund", count=1)
    assert books.run() == "waiting"
    assert books.findings() == []
    assert books.run() == "done"
    assert [item["code"] for item in books.findings()] == ["refund_not_billed"]


def test_a_second_run_replaces_what_is_open_and_keeps_what_is_resolved(books: Books) -> None:
    order_no = books.shop.bought(1)
    number = books.shop.payments(order_no)["attempts"][0]["out_trade_no"]
    books.today()
    books.spoil("unknown", out_trade_no="UNKNOWN0001", amount_fen=777, date=books.day.isoformat())
    books.spoil("drop", out_trade_no=number)
    books.run()
    unknown, ours = books.findings()
    path = f"{ADMIN}/{books.day}/findings/{unknown['id']}/resolution"
    answer = books.staff.post(path, {"resolution": "线下收款码，已核对"})
    assert answer.status_code == 200, answer.get_json()
    assert answer.get_json()["resolution"] == "线下收款码，已核对"
    assert error_code(books.staff.post(path, {"resolution": "again"})) == "finding_already_resolved"
    audited = db.session.execute(text("SELECT action, target_id FROM audit_entries")).all()
    assert ("reconciliation.resolve", unknown["id"]) in [tuple(row) for row in audited]

    books.run()
    again = books.findings()
    assert [item["id"] for item in again] == [unknown["id"], ours["id"]]
    assert [item["resolved_at"] is not None for item in again] == [True, False]

    books.shop.control("/settings", bill_state="none")
    books.run()
    assert [item["code"] for item in books.findings(resolved="true")] == ["unknown_payment"]
    books.shop.control("/settings", bill_state="ready")
    books.mend_bills()
    books.spoil("unknown", out_trade_no="UNKNOWN0001", amount_fen=778, date=books.day.isoformat())
    books.run()
    (finding,) = books.findings()
    assert (finding["theirs_fen"], finding["resolved_at"]) == (778, None), "other facts: open again"


def test_missed_days_are_made_up_for(books: Books) -> None:
    books.shop.bought(1)
    db.session.execute(
        text("UPDATE payment_attempts SET created_at = created_at - interval '4 days'")
    )
    db.session.commit()
    books.shop.control("/settings", clock_offset_s=0, bill_state="ready")
    reconcile_due()
    days = [item["day"] for item in books.staff.get(ADMIN).get_json()["items"]]
    latest = shop_day(utc_now() - timedelta(hours=10)) - timedelta(days=1)
    first = shop_day(utc_now() - timedelta(days=4))
    wanted = [latest - timedelta(days=n) for n in range((latest - first).days + 1)]
    assert days == [day.isoformat() for day in wanted]
    assert {item["status"] for item in books.staff.get(ADMIN).get_json()["items"]} == {"done"}
    reconcile_due()
    runs = set(db.session.scalars(text("SELECT run FROM reconciliations")))
    assert runs == {1}, "a finished day rests"


def test_two_runs_at_once_do_the_work_of_one(books: Books) -> None:
    books.shop.bought(1)
    books.today()
    assert books.run() == "done"
    db.session.execute(
        text("UPDATE reconciliations SET leased_until = now() + interval '1 minute'")
    )
    db.session.commit()
    assert books.run() == "busy"


def test_staff_run_a_day_by_hand(books: Books) -> None:
    books.shop.bought(1)
    books.today()
    day = books.day - timedelta(days=1)  # of yesterday the bill isn't due before ten
    path = f"{ADMIN}/{day}/runs"
    first = books.staff.post(path, key="press-0001")
    assert first.status_code == 202, first.get_json()
    assert first.get_json()["status"] == "waiting"
    books.staff.post(path, key="press-0001")
    books.shop.work()
    shown = books.staff.get(f"{ADMIN}/{day}").get_json()
    assert shown["status"] == "done"
    assert db.session.scalar(text("SELECT run FROM reconciliations")) == 1

    early = books.staff.post(f"{ADMIN}/{books.day + timedelta(days=1)}/runs")
    assert (early.status_code, error_code(early)) == (409, "reconciliation_day_out_of_range")
    old = books.staff.post(f"{ADMIN}/{books.day - timedelta(days=120)}/runs")
    assert error_code(old) == "reconciliation_day_out_of_range"
    for nonsense in ("2026-02-30", "20260201", "x"):
        missing = books.staff.get(f"{ADMIN}/{nonsense}")
        assert (missing.status_code, error_code(missing)) == (404, "reconciliation_not_found")
    reader = books.staff.as_(make_staff("reconciliation:read"))
    assert reader.post(path).status_code == 403


def test_the_lists_are_paged(books: Books) -> None:
    books.today()
    for n in range(3):
        number, day = f"UNKNOWN000{n}", books.day.isoformat()
        books.spoil("unknown", out_trade_no=number, amount_fen=100 + n, date=day)
    books.run()
    books.run(books.day - timedelta(days=1))
    path = f"{ADMIN}/{books.day}/findings"
    first = books.staff.get(path, limit=2).get_json()
    rest = books.staff.get(path, limit=2, cursor=first["next_cursor"]).get_json()
    numbers = [item["number"] for item in [*first["items"], *rest["items"]]]
    assert sorted(numbers) == ["UNKNOWN0000", "UNKNOWN0001", "UNKNOWN0002"]
    assert rest["next_cursor"] is None
    newest = books.staff.get(ADMIN, limit=1).get_json()
    assert newest["items"][0]["day"] == books.day.isoformat()
    assert newest["items"][0]["theirs_only"] == 3
    older = books.staff.get(ADMIN, limit=1, cursor=newest["next_cursor"]).get_json()
    assert older["items"][0]["day"] == (books.day - timedelta(days=1)).isoformat()


def test_the_command(books: Books, app: Flask) -> None:
    books.today()
    day = books.day - timedelta(days=1)
    clean = mall(app, "reconcile", day)
    assert clean.exit_code == 0, clean.output
    assert "Nothing is open" in clean.output
    books.spoil("unknown", out_trade_no="UNKNOWN0001", amount_fen=777, date=day.isoformat())
    differs = mall(app, "reconcile", day)
    assert differs.exit_code == 1, differs.output
    assert "UNKNOWN0001" in differs.output
    assert "7.77" in differs.output
    assert "UNKNOWN0001" in mall(app, "doctor").output
    books.shop.control("/settings", bill_state="creating")
    assert mall(app, "reconcile", day).exit_code == 2
    assert mall(app, "reconcile", books.day + timedelta(days=1)).exit_code == 2
    assert mall(app, "reconcile", "yesterday").exit_code == 2


def test_a_large_bill_needs_little_memory(app: Flask, tmp_path: Path) -> None:
    """Its rows go through a file into a table, 20,000 of them under 4 MB."""
    day, appid = date(2026, 1, 2), gateway().pay.appid
    path = tmp_path / "bill.csv"
    names = (
        *("交易时间", "公众账号ID", "商户号", "微信订单号", "商户订单号", "用户标识", "交易状态"),
        *("订单金额", "应结订单金额", "手续费"),
    )
    with path.open("w") as file:
        file.write(",".join(names) + "\n")
        for n in range(20_000):
            cells = ("2026-01-02 12:00:00", appid, "1900000001", f"42{n}", f"P{n}", "o", "SUCCESS")
            file.write(",".join(f"`{cell}" for cell in (*cells, "1.00", "1.00", "0.01")) + "\n")
        file.write("总交易单数\n`20000\n")
    with Bill(day=day, file=path.open("rb")) as bill, transaction() as session:
        session.execute(text("SELECT 1"))
        tracemalloc.start()
        assert store_lines(session, bill, 1) == 0
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert session.scalar(text("SELECT count(*) FROM bill_lines")) == 20_000
    assert peak < 4_000_000
