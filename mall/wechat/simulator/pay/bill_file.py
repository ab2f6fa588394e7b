"""The trade bill's text: 27 columns, backticks, BOM, summary (document 4013071246).

Amounts are yuan with decimals, as everywhere in bill files and nowhere else.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from mall.wechat.simulator.clock import bill_time, china_date
from mall.wechat.simulator.context import Simulator
from mall.wechat.simulator.errors import ControlError
from mall.wechat.simulator.state import Doc

_COLUMNS = [
    "交易时间",
    "公众账号ID",
    "商户号",
    "特约商户号",
    "设备号",
    "微信订单号",
    "商户订单号",
    "用户标识",
    "交易类型",
    "交易状态",
    "付款银行",
    "货币种类",
    "应结订单金额",
    "代金券金额",
    "微信退款单号",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款类型",
    "退款状态",
    "商品名称",
    "商户数据包",
    "手续费",
    "费率",
    "订单金额",
    "申请退款金额",
    "费率备注",
]
_REFUND_COLUMNS = [*_COLUMNS[14:20], "申请退款金额"]
_SUCCESS_BILL = [name for name in _COLUMNS if name not in _REFUND_COLUMNS]
_REFUND_BILL = [*_COLUMNS[:14], "退款申请时间", "退款成功时间", *_COLUMNS[14:]]
_SUMMARY = {
    "总交易单数": "",
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
_REFUND_STATUS = {"ABNORMAL": "CHANGE", "CLOSED": "FAIL"}
_ESCAPES = {
    "\\": "\\\\", ",": "\\ ", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "`": "\\`",
}  # fmt: skip
BILL_FAULTS = ("drop", "unknown", "amount", "state", "again")

Row = dict[str, str]


def trade_bill(simulator: Simulator, day: date, bill_type: str) -> str | None:
    """The bill of a China day as text; None without a single row."""
    rows: list[Row] = []
    if bill_type in ("ALL", "SUCCESS"):
        orders = simulator.store.oldest("order")
        rows += [_paid(simulator, o) for o in orders if _on(day, o["paid_at"])]
    if bill_type in ("ALL", "REFUND"):
        refunds = simulator.store.oldest("refund")
        rows += [_refunded(simulator, r) for r in refunds if _on(day, r["created_at"])]
    rows = _faulted(simulator, rows, day)
    if not rows:
        return None
    rows.sort(key=lambda row: row["交易时间"])
    columns = {"ALL": _COLUMNS, "SUCCESS": _SUCCESS_BILL, "REFUND": _REFUND_BILL}[bill_type]
    lines = [",".join(columns)]
    lines += [",".join("`" + escape(row.get(name, "")) for name in columns) for row in rows]
    lines += _summary(rows, columns)
    return "\ufeff" + "\r\n".join(lines) + "\r\n"


def add_bill_fault(simulator: Simulator, spec: Doc) -> Doc:
    """Falsify the coming bills: drop a row, add an unknown one, change an amount or a refund's
    state, add a further row under the same number.

    With `out_refund_no` the row is a refund's, else a payment's.
    """
    kind = spec.get("kind")
    if kind not in BILL_FAULTS:
        raise ControlError(400, "bad_kind", f"kind is one of {', '.join(BILL_FAULTS)}")
    refund = spec.get("out_refund_no")
    unknown = f"UNKNOWN{simulator.store.count('bill-fault'):011d}"
    number = refund or spec.get("out_trade_no") or unknown
    if kind != "unknown" and simulator.store.get("refund" if refund else "order", number) is None:
        raise ControlError(404, "no_payment", f"no payment or refund {number}")
    fault = {
        "kind": kind,
        "column": "商户退款单号" if refund else "商户订单号",
        "number": number,
        "amount_fen": int(spec.get("amount_fen", 100)),
        "date": str(spec.get("date", "")),
        "state": str(spec.get("state", "PROCESSING")),
    }
    simulator.store.put("bill-fault", number, fault)
    return fault


def _on(day: date, moment: float | None) -> bool:
    return moment is not None and china_date(moment) == day


def _base(simulator: Simulator, order: Doc) -> Row:
    request = order["request"]
    return {
        "交易时间": bill_time(order["paid_at"]),
        "公众账号ID": request["appid"],
        "商户号": request["mchid"],
        "特约商户号": "0",
        "设备号": request.get("scene_info", {}).get("device_id", ""),
        "微信订单号": order["transaction_id"],
        "商户订单号": order["out_trade_no"],
        "用户标识": order["openid"],
        "交易类型": "JSAPI",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "代金券金额": "0.00",
        "商品名称": order["description"],
        "商户数据包": request.get("attach", ""),
        "费率": "0.60%",
    }


def _paid(simulator: Simulator, order: Doc) -> Row:
    settled = order["total"] - order["coupon"]
    return _base(simulator, order) | {
        "交易状态": "SUCCESS",
        "应结订单金额": yuan(settled),
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "手续费": _fee(settled),
        "订单金额": yuan(order["total"]),
        "申请退款金额": "0.00",
    }


def _refunded(simulator: Simulator, refund: Doc) -> Row:
    order = simulator.store.get("order", refund["out_trade_no"])
    assert order is not None
    settled = refund["refund"] - refund["discount"]
    done = refund["success_at"]
    return _base(simulator, order) | {
        "交易时间": bill_time(refund["created_at"]),
        "交易状态": "REFUND",
        "应结订单金额": "0.00",
        "退款申请时间": bill_time(refund["created_at"]),
        "退款成功时间": bill_time(done) if done is not None else "",
        "微信退款单号": refund["refund_id"],
        "商户退款单号": refund["out_refund_no"],
        "退款金额": yuan(settled),
        "充值券退款金额": "0.00",
        "退款类型": "ORIGINAL",
        "退款状态": _REFUND_STATUS.get(refund["status"], refund["status"]),
        "手续费": _fee(-settled),
        "订单金额": "0.00",
        "申请退款金额": yuan(refund["refund"]),
    }


def _faulted(simulator: Simulator, rows: list[Row], day: date) -> list[Row]:
    for fault in simulator.store.oldest("bill-fault"):
        number, amount = fault["number"], yuan(fault["amount_fen"])
        is_refund = fault["column"] == "商户退款单号"
        state = "REFUND" if is_refund else "SUCCESS"
        mine = [r for r in rows if r[fault["column"]] == number and r["交易状态"] == state]
        if fault["kind"] == "drop":
            rows = [row for row in rows if row not in mine]
        elif fault["kind"] == "amount":
            for row in mine:
                row.update(_amounts(amount, is_refund=is_refund))
        elif fault["kind"] == "state":
            for row in mine:
                row["退款状态"] = fault["state"]
        elif fault["kind"] == "again":
            rows = [*rows, *(row | _amounts(amount, is_refund=is_refund) for row in mine)]
        elif fault["date"] in ("", day.isoformat()):
            unknown = _unknown_payment(simulator, number, amount, day)
            rows = [*rows, unknown | _unknown_refund(number, amount) if is_refund else unknown]
    return rows


def _amounts(amount: str, *, is_refund: bool) -> Row:
    names = ("申请退款金额", "退款金额") if is_refund else ("订单金额", "应结订单金额")
    return dict.fromkeys(names, amount)


def _unknown_payment(simulator: Simulator, number: str, amount: str, day: date) -> Row:
    return {
        "交易时间": f"{day.isoformat()} 12:00:00",
        "公众账号ID": simulator.credentials.appid,
        "商户号": simulator.credentials.mchid,
        "特约商户号": "0",
        "微信订单号": f"42000029{day:%Y%m%d}000000000001",
        "商户订单号": number,
        "用户标识": "oAlienAlienAlienAlienAlien00",
        "交易类型": "JSAPI",
        "交易状态": "SUCCESS",
        "付款银行": "OTHERS",
        "货币种类": "CNY",
        "应结订单金额": amount,
        "代金券金额": "0.00",
        "微信退款单号": "0",
        "商户退款单号": "0",
        "退款金额": "0.00",
        "充值券退款金额": "0.00",
        "商品名称": "来历不明的交易",
        "手续费": "0.00000",
        "费率": "0.60%",
        "订单金额": amount,
        "申请退款金额": "0.00",
    }


def _unknown_refund(number: str, amount: str) -> Row:
    nothing = dict.fromkeys(("订单金额", "应结订单金额"), "0.00")
    return {
        **nothing,
        **_amounts(amount, is_refund=True),
        "交易状态": "REFUND",
        "商户订单号": "UNKNOWNORDER",
        "微信退款单号": "50300000000000000000000001",
        "商户退款单号": number,
        "退款类型": "ORIGINAL",
        "退款状态": "SUCCESS",
    }


def _summary(rows: list[Row], columns: list[str]) -> list[str]:
    names = [name for name, source in _SUMMARY.items() if not source or source in columns]
    values = [str(len(rows))]
    for name in names[1:]:
        total = sum((Decimal(row.get(_SUMMARY[name]) or "0") for row in rows), Decimal(0))
        values.append(str(total))
    return [",".join(names), ",".join("`" + value for value in values)]


def escape(value: str) -> str:
    """A field as bills write it, without its backtick."""
    return "".join(_ESCAPES.get(character, character) for character in value)


def yuan(fen: int) -> str:
    """An amount as bills write it."""
    return f"{Decimal(fen) / 100:.2f}"


def _fee(settled_fen: int) -> str:
    """0.6 percent, to the fen, written with five decimals."""
    fee = (Decimal(settled_fen) * 6 / 1000).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{fee / 100:.5f}"
