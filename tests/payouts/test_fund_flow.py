"""The fund-flow bill: what fits makes no noise; what is missing, extra or of another amount is
found."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import requests
from sqlalchemy import text

from mall.doctor.attention import attention_lists
from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import db
from mall.payouts.fundflow.running import compare_day, compare_due
from tests.support.http import Http, error_code
from tests.support.payouts import PayoutShop
from tests.support.staff import make_staff

ADMIN = "/admin/api/v1/fund-flow"


class Flow:
    """A shop with transfers of 5, 7 and 9 yuan that were confirmed today, and today's bill."""

    def __init__(self, shop: PayoutShop) -> None:
        self.shop = shop
        shop.control("/settings", bill_state="ready")
        self.day = shop_day(utc_now())
        self.numbers = [self.paid(fen) for fen in (500, 700, 900)]
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


def test_billed_twice_is_found(flow: Flow) -> None:
    """The next day's bill has it again."""
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
    db.session.execute(text("UPDATE payout_transfers SET day = day - 2"))
    db.session.execute(text("DELETE FROM payout_sums"))
    db.session.execute(
        text(
            "INSERT INTO payout_sums SELECT period, sum(amount_fen) FROM payout_transfers,"
            " unnest(ARRAY[to_char(day, 'YYYY-MM-DD'), to_char(day, 'YYYY-MM')]) AS period"
            " GROUP BY period"
        )
    )
    db.session.commit()
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
    for path in (f"{ADMIN}/2020-01-01", f"{ADMIN}/never"):
        assert flow.staff.get(path).status_code == 404


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
