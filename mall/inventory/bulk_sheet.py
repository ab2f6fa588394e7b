"""A sheet of stock that staff upload: CSV or Excel, whole units."""

from __future__ import annotations

import re

from mall.catalog.bulk import Fault
from mall.catalog.bulk_sheet import faults_of, uploaded_sheet
from mall.catalog.errors import SheetUnreadable
from mall.catalog.importing.columns import NAME, SKU_CODE, SPEC_VALUES
from mall.inventory.bulk import StockRow
from mall.inventory.schemas import MAX_MOVEMENT
from mall.kernel.sheets import Columns, SheetRow

ADD, SELLABLE, WAS = "增减", "可售", "原可售"
COLUMNS = Columns((SKU_CODE,), (ADD, SELLABLE, WAS, NAME, SPEC_VALUES))
_UNITS = re.compile(r"[+-]?[0-9]{1,8}", re.ASCII)


def stock_rows_of_sheet(content: bytes, filename: str) -> tuple[list[StockRow], list[Fault]]:
    """The good rows of a sheet, and what is wrong with the others. Raises SheetUnreadable.

    Columns: SKU编号, 增减 (units to add), or 可售 and 原可售 (what it shall be, what it was). A
    row that says neither changes nothing; 商品名称 and 规格值 may stand there for the reader.
    """
    sheet = uploaded_sheet(content, filename, COLUMNS)
    if not {ADD, SELLABLE} & set(sheet.headers):
        raise SheetUnreadable(f"缺少列：{ADD}或{SELLABLE}")
    rows: list[StockRow] = []
    faults: list[Fault] = []
    for line in sheet.rows:
        before = len(faults)
        row = _row(line, faults)
        if len(faults) == before and (row.add, row.sellable) != (None, None):
            rows.append(row)
    return rows, faults


def _row(line: SheetRow, faults: list[Fault]) -> StockRow:
    spoilt = faults_of(line)
    if spoilt:
        faults += spoilt
        return StockRow(line.line, line.values[SKU_CODE], None, None, None)
    code = line.values.get(SKU_CODE, "")
    if not code:
        faults.append(Fault(line.line, SKU_CODE, "缺少编号"))
    add = _units(line, ADD, faults, at_least=-MAX_MOVEMENT)
    sellable = _units(line, SELLABLE, faults)
    was = _units(line, WAS, faults)
    if add is not None and sellable is not None:
        faults.append(Fault(line.line, ADD, f"{ADD}和{SELLABLE}只能填一个"))
    elif sellable is not None and was is None:
        faults.append(Fault(line.line, WAS, f"修改{SELLABLE}须填写{WAS}"))
    return StockRow(line.line, code, add, sellable, was)


def _units(line: SheetRow, column: str, faults: list[Fault], *, at_least: int = 0) -> int | None:
    cell = line.values.get(column, "")
    if not cell:
        return None
    units = int(cell) if _UNITS.fullmatch(cell) else None
    if units is None or not at_least <= units <= MAX_MOVEMENT:
        faults.append(Fault(line.line, column, f"无法识别：{cell[:40]}"))
        return None
    return units
