"""The fund-flow bill: what fits makes no noise; what is missing, extra or of another amount is
found."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import text

from mall.doctor.attention import attention_lists
from mall.kernel.clock import day_start, shop_day, utc_now
from mall.kernel.db import db
from mall.payouts.fundflow.running import compare_day, compare_due
from tests.support.http import Http, error_code
from tests.support.payouts import SUMS, PayoutShop
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1/fund-flow"
BROKEN = "CONSTRAINT ck_broken"


LATE_S = 60
_AT_NOON = "UPDATE payout_transfers SET wechat_ended_at = :noon"


class Flow:
    """A shop with transfers of 5, 7 and 9 yuan that were confirmed today, and today's bill.

    By our books it was at noon, so that the hour of the run has no say in which day a transfer
    belongs to. WeChat's bill goes by the clock: a day that is all but over isn't begun.
    """

    def __init__(self, shop: PayoutShop) -> None:
        self.shop = shop
        shop.control("/settings", bill_state="ready")
        while shop_day(utc_now()) != shop_day(utc_now() + timedelta(seconds=LATE_S)):
            time.sleep(1)
        self.day = shop_day(utc_now())
        self.numbers = [self.paid(fen) for fen in (500, 700, 900)]
        noon = day_start(self.day) + timedelta(hours=12)
        db.session.execute(text(_AT_NOON), {"noon": noon})
        db.session.commit()
        self.staff = Http(shop.app).as_(make_staff("reconciliation:read", "reconciliation:write"))

    def paid(self, fen: int) -> str:
        """A confirmed transfer: its out_bill_no."""
        self.shop.confirm(self.shop.asked(self.shop.owed(fen)))
        return str(self.shop.wechat_transfers()[0]["out_bill_no"])

    def spoil(self, kind: str, **more: Any) -> None:
        self.shop.control("/fund-flow-bill/faults", kind=kind, **more)

    def mend(self) -> None:
        url = f"{self.shop.simulator.url}/_control/fund-flow-bill/faults"
        requests.delete(url, timeout=10)

    def run(self, day: date | None = None) -> str:
        db.session.remove()
        ending = compare_day(day or self.day)
        db.session.remove()
        return ending

    def findings(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.staff.get(f"{ADMIN}/{self.day}/findings", **query)
        assert answer.status_code == 200, answer.get_json()
        found: list[dict[str, Any]] = answer.get_json()["items"]
        return found

    def kinds(self) -> list[tuple[str, str, int | None, int | None]]:
        return [
            (one["kind"], one["number"], one["theirs_fen"], one["ours_fen"])
            for one in self.findings(resolved="false")
        ]

    def shown(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.staff.get(f"{ADMIN}/{self.day}").get_json()
        return shown


@pytest.fixture
def flow(shop: PayoutShop) -> Flow:
    return Flow(shop)


def test_what_fits_makes_no_noise(flow: Flow) -> None:
    assert flow.run() == "done"
    assert flow.findings() == []
    shown = flow.shown()
    assert (shown["their_transfers"], shown["their_fen"]) == (3, 2_100)
    assert (shown["our_transfers"], shown["our_fen"]) == (3, 2_100)


def test_missing_extra_and_another_amount(flow: Flow) -> None:
    first, second, _ = flow.numbers
    flow.spoil("drop", out_bill_no=first)
    flow.spoil("amount", out_bill_no=second, amount_fen=701)
    flow.spoil("unknown", amount_fen=333)
    assert flow.run() == "done"
    assert sorted(flow.kinds()) == sorted(
        [
            ("missing", first, None, 500),
            ("amount", second, 701, 700),
            ("extra", "UNKNOWN00000000002", 333, None),
        ]
    )
    lists = {one.of.name: one.rows for one in attention_lists()}
    assert len(lists["fund_flow_findings"]) == 3
    flow.mend()
    assert flow.run() == "done"
    assert flow.kinds() == []
    closed = flow.findings(resolved="true")
    assert {(one["resolved_by"], one["resolution"]) for one in closed} == {(None, "再次对账后一致")}


def test_a_returned_transfer_isnt_paid(flow: Flow) -> None:
    """WeChat's books say that the money came back, ours that it was paid."""
    flow.spoil("returned", out_bill_no=flow.numbers[0], amount_fen=500)
    flow.run()
    assert flow.kinds() == [("missing", flow.numbers[0], None, 500)]


def test_an_end_that_we_havent_heard_of_is_asked_for(flow: Flow) -> None:
    payout_no = flow.shop.owed(300)
    shown = flow.shop.asked(payout_no)
    flow.shop.fault("transfer-notify", "drop")
    flow.shop.confirm(shown)
    assert flow.shop.shown(payout_no)["payout"]["status"] == "asked"
    assert flow.run() == "waiting"
    ((kind, _, theirs, ours),) = flow.kinds()
    assert (kind, theirs, ours) == ("extra", 300, 300)
    flow.shop.let_time_pass(1)
    flow.shop.sweep()
    assert flow.shop.shown(payout_no)["payout"]["status"] == "paid"
    assert flow.run() == "done"
    assert flow.kinds() == []


def test_what_the_next_days_bill_has_again_is_found(flow: Flow) -> None:
    number, yesterday = flow.numbers[0], flow.day - timedelta(days=1)
    flow.spoil("unknown", out_bill_no=number, amount_fen=500, date=str(yesterday))
    assert flow.run(yesterday) == "done"
    flow.run()
    assert flow.kinds() == [("extra", number, 500, 500)]


def test_what_a_bill_no_longer_has_is_missing_however_long_it_was_under_way(flow: Flow) -> None:
    """A transfer may be asked for weeks before it succeeds."""
    begun_days_ago(20)
    flow.run()
    assert flow.shown()["our_transfers"] == 3
    flow.spoil("drop", out_bill_no=flow.numbers[0])
    flow.run()
    assert flow.kinds() == [("missing", flow.numbers[0], None, 500)]


def test_a_bill_that_has_it_twice(flow: Flow) -> None:
    """Run before and after: one number, twice the money."""
    flow.run()
    number = flow.numbers[0]
    flow.spoil("unknown", out_bill_no=number, amount_fen=500, date=str(flow.day))
    flow.run()
    assert flow.kinds() == [("amount", number, 1_000, 500)]


def test_near_midnight_the_bill_may_be_a_day_behind(flow: Flow) -> None:
    """What ended in yesterday's last minutes is looked for in today's bill, too."""
    moved = (
        "UPDATE payout_transfers SET wechat_ended_at ="
        " date_trunc('day', now() AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'Asia/Shanghai'"
        " - interval '1 minute' WHERE out_bill_no = :number"
    )
    db.session.execute(text(moved), {"number": flow.numbers[0]})
    db.session.commit()
    assert flow.run(flow.day - timedelta(days=1)) == "done"
    assert flow.run() == "done"
    assert flow.findings() == []


def test_a_finding_is_resolved_once_and_stays_so(flow: Flow) -> None:
    flow.spoil("unknown", amount_fen=333)
    flow.run()
    (finding,) = flow.findings()
    path = f"{ADMIN}/{flow.day}/findings/{finding['id']}/resolution"
    resolved = flow.staff.post(path, {"resolution": "财务在商户平台手工转账"})
    assert resolved.status_code == 200, resolved.get_json()
    assert error_code(flow.staff.post(path, {"resolution": "x"})) == "fund_flow_finding_resolved"
    flow.run()
    assert flow.kinds() == []
    unknown = f"{ADMIN}/{flow.day}/findings/999/resolution"
    assert (
        error_code(flow.staff.post(unknown, {"resolution": "x"})) == "fund_flow_finding_not_found"
    )


def test_days_by_themselves_and_as_staff_ask(flow: Flow) -> None:
    begun_days_ago(3)
    compare_due()
    db.session.remove()
    listed = flow.staff.get(ADMIN).get_json()["items"]
    assert listed
    assert {one["status"] for one in listed} == {"done"}
    again = flow.staff.post(f"{ADMIN}/{listed[0]['day']}/runs", {})
    assert again.status_code == 202, again.get_json()
    tomorrow = flow.day + timedelta(days=1)
    refused = flow.staff.post(f"{ADMIN}/{tomorrow}/runs", {})
    assert error_code(refused) == "reconciliation_day_out_of_range"
    for path in (f"{ADMIN}/2020-01-01", f"{ADMIN}/never", f"{ADMIN}/never/findings"):
        assert error_code(flow.staff.get(path)) == "fund_flow_day_not_found"


def begun_days_ago(count: int) -> None:
    """The first transfer was so many days ago."""
    db.session.execute(text("UPDATE payout_transfers SET day = day - :count"), {"count": count})
    db.session.execute(text("DELETE FROM payout_sums"))
    db.session.execute(text(SUMS))
    db.session.commit()


def test_a_fault_puts_off_its_own_day_only(flow: Flow) -> None:
    """Whatever it is: here the database refuses the findings of the oldest day."""
    begun_days_ago(4)
    oldest = flow.day - timedelta(days=4)
    flow.spoil("unknown", amount_fen=333, date=str(oldest))
    db.session.execute(
        text(f"ALTER TABLE fund_flow_findings ADD {BROKEN} CHECK (day <> '{oldest}')")
    )
    db.session.commit()
    try:
        compare_due()
    finally:
        db.session.rollback()
        db.session.execute(text(f"ALTER TABLE fund_flow_findings DROP {BROKEN}"))
        db.session.commit()
    listed = flow.staff.get(ADMIN).get_json()["items"]
    *others, first = [(one["day"], one["status"], one["error"]) for one in listed]
    assert first == (str(oldest), "waiting", "FAULT")
    assert others
    assert {status for _, status, _ in others} == {"done"}
    assert listed[-1]["next_try_at"] is not None
    assert flow.run(oldest) == "done"


@pytest.mark.parametrize(
    ("state", "ending", "error"), [("creating", "waiting", "WechatUnavailable")]
)
def test_a_bill_that_isnt_there(flow: Flow, state: str, ending: str, error: str) -> None:
    flow.shop.control("/settings", bill_state=state)
    assert flow.run() == ending
    shown = flow.shown()
    assert (shown["status"], shown["error"]) == (ending, error)
    assert shown["next_try_at"] is not None
    flow.shop.control("/settings", bill_state="ready")
    assert flow.run() == "done"


def test_a_bill_that_cant_be_had(flow: Flow) -> None:
    error = {"status": 403, "code": "NO_AUTH", "message": "无权限"}
    flow.shop.fault("api", "error", path="/v3/bill/fundflowbill", error=error)
    assert flow.run() == "failed"
    assert flow.shown()["error"] == "NO_AUTH"
