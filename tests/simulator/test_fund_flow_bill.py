"""The fund-flow bill of the operation account, fetched by a client library not written here."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from wechatpayv3 import WeChatPay

from tests.simulator.helpers import Control
from tests.simulator.test_transfers import ask


def days() -> tuple[str, str]:
    """WeChat's day at the moment and the one before: the tests may run over midnight."""
    now = datetime.now(timezone(timedelta(hours=8)))
    return now.date().isoformat(), (now - timedelta(days=1)).date().isoformat()


def applied(pay: WeChatPay, day: str, account: str = "OPERATION") -> dict[str, Any]:
    status, body = pay.fundflow_bill(day, account_type=account)
    return {"status": status, **json.loads(body)}


def rows_of(pay: WeChatPay, day: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The bill's rows and its summary."""
    answer = applied(pay, day)
    assert answer["status"] == 200, answer
    status, packed = pay.download_bill(answer["download_url"])
    assert status == 200
    content = gzip.decompress(packed)
    assert hashlib.sha1(content).hexdigest() == answer["hash_value"]
    lines = list(csv.reader(io.StringIO(content.decode().removeprefix("\ufeff"))))
    header, *body, sums, values = lines
    assert all(cell.startswith("`") for line in [*body, values] for cell in line)
    rows = [dict(zip(header, (cell[1:] for cell in line), strict=True)) for line in body]
    return rows, dict(zip(sums, (cell[1:] for cell in values), strict=True))


@pytest.fixture
def day(pay: WeChatPay, control: Control) -> str:
    """The day on which T1 (5 yuan) and T2 (7 yuan) were confirmed; T3 waits."""
    control.post("/settings", bill_state="ready")
    openid = control.openid()
    for number, fen in (("T1", 500), ("T2", 700), ("T3", 900)):
        assert ask(pay, openid, number, fen)["status"] == 200
    before = days()[0]
    for number in ("T1", "T2"):
        control.post(f"/transfers/{number}/confirm")
    control.wait()
    today = days()[0]
    if today != before:
        pytest.skip("midnight came between the two")
    return today


def test_what_was_confirmed_and_only_that(pay: WeChatPay, day: str) -> None:
    rows, summary = rows_of(pay, day)
    assert [(row["业务凭证号"], row["收支金额(元)"], row["收支类型"]) for row in rows] == [
        ("T1", "5.00", "支出"),
        ("T2", "7.00", "支出"),
    ]
    assert {len(row) for row in rows} == {11}
    assert (summary["资金流水总笔数"], summary["支出笔数"], summary["支出金额"]) == (
        "2",
        "2",
        "12.00",
    )
    assert (summary["收入笔数"], summary["收入金额"]) == ("0", "0.00")


def test_other_accounts_and_days_have_nothing(pay: WeChatPay, day: str) -> None:
    assert applied(pay, day, "BASIC")["code"] == "NO_STATEMENT_EXIST"
    assert applied(pay, days()[1])["code"] == "NO_STATEMENT_EXIST"
    refused = applied(pay, "2020-01-01")
    assert (refused["status"], refused["code"]) == (400, "INVALID_REQUEST")


def test_falsified(pay: WeChatPay, control: Control, day: str) -> None:
    control.post("/fund-flow-bill/faults", 201, kind="drop", out_bill_no="T1")
    control.post("/fund-flow-bill/faults", 201, kind="returned", out_bill_no="T2", amount_fen=700)
    control.post("/fund-flow-bill/faults", 201, kind="unknown", amount_fen=333)
    rows, summary = rows_of(pay, day)
    assert sorted((row["业务凭证号"], row["收支类型"]) for row in rows) == [
        ("T2", "支出"),
        ("T2", "收入"),
        ("UNKNOWN00000000002", "支出"),
    ]
    assert (summary["收入金额"], summary["支出金额"]) == ("7.00", "10.33")
    control.post("/fund-flow-bill/faults", 404, kind="drop", out_bill_no="NOTHING1")
    cleared = requests.delete(f"{control.url}/_control/fund-flow-bill/faults", timeout=5).json()
    assert cleared == {"cleared": 3}
