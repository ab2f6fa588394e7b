"""A sheet of parcels as the warehouse or the carrier's own program writes it: CSV or Excel."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mall.kernel.sheets import Columns, SheetRow
from mall.shipping.rules import TRACKING_NO

ORDER, CARRIER, NUMBER = "订单号", "快递公司", "运单号"
SKU, UNITS = "SKU编号", "数量"
COLUMNS = Columns((ORDER, CARRIER, NUMBER), (SKU, UNITS), others=True)

_ORDER_NO = re.compile(r"[0-9A-Za-z]{16,32}", re.ASCII)
_TRACKING_NO = re.compile(TRACKING_NO, re.ASCII)
_UNITS = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_READ = ("", *COLUMNS.required, *COLUMNS.optional)
_AS_TEXT = "若来自 Excel，请把订单号、运单号两列设为文本格式"


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One row. `carrier` is a code or a name; without `sku_code` all that is left goes into it.

    `fault` says why the row can't be used, for staff; then the rest may be wrong.
    """

    line: int
    order_no: str
    carrier: str
    tracking_no: str
    sku_code: str = ""
    units: int = 0
    fault: str = ""


def parcel_rows(rows: Iterable[SheetRow]) -> list[ParcelRow]:
    """The rows of a sheet with these `COLUMNS`; SKU编号 and 数量 come together."""
    return [_row(row) for row in rows]


def _row(row: SheetRow) -> ParcelRow:
    order_no, carrier, tracking_no, sku_code, units = (
        # An apostrophe is how a sheet says that a number is text.
        row.values.get(column, "").removeprefix("'").strip()
        for column in (ORDER, CARRIER, NUMBER, SKU, UNITS)
    )
    known_units = int(units) if _UNITS.fullmatch(units) else 0
    checks = (
        (_ORDER_NO.fullmatch(order_no), f"订单号无效；{_AS_TEXT}"),
        (carrier, "缺少快递公司"),
        (_TRACKING_NO.fullmatch(tracking_no), f"运单号为 4 至 64 位字母、数字或 -；{_AS_TEXT}"),
        (bool(sku_code) == bool(units), f"{SKU}和{UNITS}须一起填写"),
        (not units or known_units, f"{UNITS}为 1 至 9999 的整数"),
    )
    spoilt = [f"{column}{words.chinese}" for column, words in row.faults if column in _READ]
    fault = next(iter(spoilt), "") or next((reason for holds, reason in checks if not holds), "")
    return ParcelRow(row.line, order_no, carrier, tracking_no, sku_code, known_units, fault)
