"""The daily reconciliation: what fits makes no noise, what differs is found and mended.

The stories happen yesterday: the simulator's clock is set back while the shopper pays, and
our own records of when a refund was asked for are moved after it.
"""

from __future__ import annotations

import tracemalloc
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import db, transaction
from mall.payments.reconciliation.bill_lines import store_lines
from mall.payments.reconciliation.running import reconcile_due
from mall.wechat.gateway import Bill, gateway
from tests.support.cli import mall
from tests.support.http import error_code
from tests.support.payments import PAY, assert_money_is_right
from tests.support.reconciled import ADMIN, Books, refund_number
from tests.support.staff import make_staff


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
