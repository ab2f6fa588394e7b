"""The trade bill and its download."""

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

from tests.simulator.helpers import Control, order, refund


def _today() -> str:
    """WeChat's day, at the moment: the tests may run over midnight."""
    return datetime.now(timezone(timedelta(hours=8))).date().isoformat()


@pytest.fixture
def traded(pay: WeChatPay, control: Control) -> None:
    control.post("/settings", bill_state="ready")
    for number in ("BILL0001", "BILL0002"):
        order(pay, number, control.openid(), total=1050)
        control.approve(number)
    refund(pay, "BILL0001", "R1", 50, total=1050)
    control.wait()


def _apply(pay: WeChatPay, **more: Any) -> tuple[int, dict[str, Any]]:
    status, body = pay.trade_bill(_today(), **more)
    return status, json.loads(body)


def _content(pay: WeChatPay, **more: Any) -> str:
    status, applied = _apply(pay, **more)
    assert status == 200, applied
    status, packed = pay.download_bill(applied["download_url"])
    assert status == 200
    content = gzip.decompress(packed)
    assert hashlib.sha1(content).hexdigest() == applied["hash_value"]
    return content.decode()


def _rows(content: str) -> tuple[list[dict[str, str]], dict[str, str]]:
    lines = list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))
    header, body, summary = lines[0], lines[1:-2], lines[-2:]
    assert all(cell.startswith("`") for line in [*body, summary[1]] for cell in line)
    rows = [dict(zip(header, (cell[1:] for cell in line), strict=True)) for line in body]
    return rows, dict(zip(summary[0], (cell[1:] for cell in summary[1]), strict=True))


@pytest.mark.usefixtures("traded")
def test_the_whole_bill(pay: WeChatPay) -> None:
    content = _content(pay)
    assert content.startswith("\ufeff交易时间,公众账号ID,商户号")
    rows, summary = _rows(content)
    assert len(rows[0]) == 27
    by_state = {(row["商户订单号"], row["交易状态"]): row for row in rows}
    paid = by_state["BILL0001", "SUCCESS"]
    assert (paid["订单金额"], paid["应结订单金额"], paid["退款金额"]) == ("10.50", "10.50", "0.00")
    assert (paid["微信退款单号"], paid["商户数据包"]) == ("0", "附加")
    back = by_state["BILL0001", "REFUND"]
    assert (back["商户退款单号"], back["退款金额"], back["退款状态"]) == ("R1", "0.50", "SUCCESS")
    assert back["订单金额"] == "0.00"
    assert summary["总交易单数"] == "3"
    assert (summary["订单总金额"], summary["申请退款总金额"]) == ("21.00", "0.50")


@pytest.mark.usefixtures("traded")
def test_bills_of_one_kind(pay: WeChatPay) -> None:
    rows, summary = _rows(_content(pay, bill_type="SUCCESS"))
    assert len(rows) == 2
    assert "商户退款单号" not in rows[0]
    assert list(summary) == ["总交易单数", "应结订单总金额", "手续费总金额", "订单总金额"]
    rows, _ = _rows(_content(pay, bill_type="REFUND"))
    assert [row["商户退款单号"] for row in rows] == ["R1"]
    assert rows[0]["退款成功时间"]


@pytest.mark.usefixtures("traded")
def test_a_plain_bill_is_an_unsigned_stream(pay: WeChatPay) -> None:
    path = f"/v3/bill/tradebill?bill_date={_today()}"
    url = json.loads(pay._core.request(path)[1])["download_url"]
    assert requests.get(url, timeout=5).status_code == 401  # the request must be signed
    content = pay.download_bill(url)[1]
    text = content if isinstance(content, str) else content.decode()
    assert text.startswith("\ufeff交易时间")
    assert pay.download_bill(url.replace("token=", "token=x"))[0] == 403


@pytest.mark.usefixtures("traded")
def test_falsified_bills(pay: WeChatPay, control: Control) -> None:
    control.post("/bill/faults", 201, kind="drop", out_trade_no="BILL0001")
    control.post("/bill/faults", 201, kind="amount", out_trade_no="BILL0002", amount_fen=1)
    control.post("/bill/faults", 201, kind="unknown", out_trade_no="UNKNOWN001", amount_fen=777)
    rows, _ = _rows(_content(pay, bill_type="SUCCESS"))
    assert {row["商户订单号"]: row["订单金额"] for row in rows} == {
        "BILL0002": "0.01",
        "UNKNOWN001": "7.77",
    }
    cleared = requests.delete(f"{control.url}/_control/bill/faults", timeout=5).json()
    assert cleared == {"cleared": 3}
    control.post("/bill/faults", 404, kind="drop", out_trade_no="NOTHING1")


def test_fields_are_escaped(pay: WeChatPay, control: Control) -> None:
    control.post("/settings", bill_state="ready")
    pay.pay(
        description='红,绿`"蓝"',
        out_trade_no="BILL0003",
        amount={"total": 1},
        payer={"openid": control.openid()},
    )
    control.approve("BILL0003")
    line = _content(pay).splitlines()[1].split(",")
    assert len(line) == 27
    assert line[20] == '`红\\ 绿\\`\\"蓝\\"'


def test_states_of_a_bill(pay: WeChatPay, control: Control) -> None:
    assert _apply(pay)[1]["code"] == "STATEMENT_CREATING"  # today's comes tomorrow at ten
    control.post("/settings", bill_state="ready")
    assert _apply(pay)[1]["code"] == "NO_STATEMENT_EXIST"
    order(pay, "BILL0004", control.openid())
    control.approve("BILL0004")
    assert _apply(pay)[0] == 200
    control.post("/settings", bill_state="auto", clock_offset_s=2 * 86400)
    assert _apply(pay)[0] == 200
    for state, code in (("creating", "STATEMENT_CREATING"), ("none", "NO_STATEMENT_EXIST")):
        control.post("/settings", bill_state=state)
        assert _apply(pay)[1]["code"] == code
    status, body = pay.trade_bill("2020-01-01")
    assert (status, json.loads(body)["code"]) == (400, "INVALID_REQUEST")
