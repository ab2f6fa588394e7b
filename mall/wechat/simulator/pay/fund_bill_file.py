"""The fund-flow bill's text: 11 columns, in the form of trade bills (document 4012791911).

Only the operation account, and in it only transfers: each that succeeded is an expense.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from mall.wechat.simulator.clock import bill_time, china_date
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.pay.bill_file import Row, escape, yuan
from mall.wechat.simulator.state import Doc

_COLUMNS = (
    "记账时间",
    "微信支付业务单号",
    "资金流水单号",
    "业务名称",
    "业务类型",
    "收支类型",
    "收支金额(元)",
    "账户结余(元)",
    "资金变更提交申请人",
    "备注",
    "业务凭证号",
)
_AMOUNT = "收支金额(元)"
_SUMMARY = ("资金流水总笔数", "收入笔数", "收入金额", "支出笔数", "支出金额")
FUND_FLOW_FAULTS = ("drop", "unknown", "amount", "returned")


def fund_flow_bill(simulator: Simulator, day: date) -> str | None:
    """The bill of a China day as text; None without a single row."""
    rows = [
        _expense(one["updated_at"], one["transfer_bill_no"], one["out_bill_no"], one["amount"])
        for one in simulator.store.oldest("transfer")
        if one["state"] == "SUCCESS" and china_date(one["updated_at"]) == day
    ]
    for fault in simulator.store.oldest("fund-flow-fault"):
        if fault["date"] in ("", day.isoformat()):
            rows = _faulted(rows, fault, day)
    if not rows:
        return None
    rows.sort(key=lambda row: row["记账时间"])
    lines = [",".join(_COLUMNS)]
    lines += [",".join("`" + escape(row.get(name, "")) for name in _COLUMNS) for row in rows]
    lines += [",".join(_SUMMARY), ",".join("`" + value for value in _sums(rows))]
    return "\ufeff" + "\r\n".join(lines) + "\r\n"


def add_fund_flow_fault(simulator: Simulator, spec: Doc) -> Doc:
    """Falsify the coming bills: drop a transfer's row, add one of an unknown transfer, change the
    amount, or add that the money came back."""
    kind, store = spec.get("kind"), simulator.store
    if kind not in FUND_FLOW_FAULTS:
        raise ControlError(400, "bad_kind", f"kind is one of {', '.join(FUND_FLOW_FAULTS)}")
    number = spec.get("out_bill_no") or f"UNKNOWN{store.count('fund-flow-fault'):011d}"
    if kind != "unknown" and store.get("transfer", number) is None:
        raise ControlError(404, "no_transfer", f"no transfer {number}")
    fault = {
        "kind": kind,
        "number": number,
        "amount_fen": int(spec.get("amount_fen", 100)),
        "date": str(spec.get("date", "")),
    }
    store.put("fund-flow-fault", number, fault)
    return fault


def _expense(moment: float, bill_no: str, number: str, fen: int) -> Row:
    return _movement(bill_time(moment), bill_no, number, fen) | {"收支类型": "支出"}


def _movement(when: str, bill_no: str, number: str, fen: int) -> Row:
    return {
        "记账时间": when,
        "微信支付业务单号": bill_no,
        "资金流水单号": f"F{bill_no}",
        "业务名称": "商家转账",
        "业务类型": "商家转账",
        _AMOUNT: yuan(fen),
        "账户结余(元)": "100000.00",
        "资金变更提交申请人": "API",
        "备注": "",
        "业务凭证号": number,
    }


def _faulted(rows: list[Row], fault: Doc, day: date) -> list[Row]:
    number, amount = fault["number"], fault["amount_fen"]
    if fault["kind"] == "drop":
        return [row for row in rows if row["业务凭证号"] != number]
    if fault["kind"] == "amount":
        changed = {_AMOUNT: yuan(amount)}
        return [row | changed if row["业务凭证号"] == number else row for row in rows]
    is_back = fault["kind"] == "returned"
    new = _movement(f"{day.isoformat()} 12:00:00", "1330" + "0" * 28, number, amount)
    return [*rows, new | {"收支类型": "收入" if is_back else "支出"}]


def _sums(rows: list[Row]) -> list[str]:
    def fen(row: Row) -> int:
        return int(Decimal(row[_AMOUNT]) * 100)

    income = [fen(row) for row in rows if row["收支类型"] == "收入"]
    expense = [fen(row) for row in rows if row["收支类型"] == "支出"]
    return [
        str(len(rows)),
        *(str(len(income)), yuan(sum(income))),
        *(str(len(expense)), yuan(sum(expense))),
    ]
