"""Fund-flow bills that can be read, and that can't."""

from __future__ import annotations

import io
from datetime import date

import pytest

from mall.wechat.errors import WechatUnknown
from mall.wechat.fund_bills import FundFlowBill

HEADER = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
OUT = "`2026-11-27 10:00:00,`1330,`F1,`商家转账,`商家转账,`支出,`5.00,`95.00,`API,`无,`T1"
BACK = "`2026-11-27 11:00:00,`1330,`F2,`商家转账,`退回,`收入,`5.0,`100.00,`API,`无,`T1"
TOP_UP = "`2026-11-27 09:00:00,`1,`F0,`充值,`充值,`收入,`100.00,`100.00,`API,`无,`C1"
SUMMARY = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def bill(*lines: str) -> FundFlowBill:
    content = "\ufeff" + "\r\n".join(lines) + "\r\n"
    return FundFlowBill(day=date(2026, 11, 27), file=io.BytesIO(content.encode()))


def test_rows_both_ways() -> None:
    with bill(HEADER, TOP_UP, OUT, BACK, SUMMARY, "`3.0,`2,`105.0,`1,`5.00") as one:
        rows = list(one.rows())
    assert [(row.number, row.amount_fen, row.is_income, row.is_transfer) for row in rows] == [
        ("C1", 10_000, True, False),
        ("T1", 500, False, True),
        ("T1", 500, True, True),
    ]
    assert rows[1].booked_at.isoformat() == "2026-11-27T10:00:00+08:00"


def test_a_day_without_a_bill() -> None:
    assert list(FundFlowBill(day=date(2026, 11, 27), file=None).rows()) == []


@pytest.mark.parametrize(
    "lines",
    [
        (HEADER, OUT),
        (HEADER, OUT, SUMMARY, "`2,`0,`0.00,`1,`5.00"),
        (HEADER, OUT, SUMMARY),
        (HEADER, OUT.replace("支出", "其他"), SUMMARY, "`1"),
        (HEADER, OUT.replace("5.00", "5.001"), SUMMARY, "`1"),
        (HEADER, OUT.replace("5.00", "x"), SUMMARY, "`1"),
        (HEADER, OUT.replace("2026-11-27 10", "2026/11/27 10"), SUMMARY, "`1"),
        (HEADER.replace("业务凭证号", "凭证"), OUT, SUMMARY, "`1"),
    ],
)
def test_what_cant_be_read_is_no_bill(lines: tuple[str, ...]) -> None:
    with bill(*lines) as one, pytest.raises(WechatUnknown):
        list(one.rows())
