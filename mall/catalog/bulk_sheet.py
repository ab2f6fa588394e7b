"""A sheet of prices and shelves that staff upload: CSV or Excel, prices in yuan."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from mall.catalog.bulk import AT_MOST, BulkRow, Fault
from mall.catalog.errors import SheetUnreadable
from mall.catalog.sheet_rows import COST, LIST_PRICE, ON_SHELF, PRICE, SKU_CODE, SPU_CODE
from mall.kernel.money import fen_from_yuan
from mall.kernel.sheets import Sheet, SheetError, SheetRow, read_sheet

ENABLED = "启用"
SUFFIXES = (".csv", ".xlsx")
_YES, _NO = ("是", "1", "true", "上架", "启用"), ("否", "0", "false", "下架", "停用")


def rows_of_sheet(content: bytes, filename: str) -> tuple[list[BulkRow], list[Fault]]:
    """The rows of a sheet and what is wrong with its cells. Raises SheetUnreadable.

    Columns: SKU编号, 商品编号, 售价(元), 划线价(元), 成本价(元) (无 takes either away), 启用, 上架.
    An empty cell changes nothing.
    """
    sheet = uploaded_sheet(content, filename)
    if not {SKU_CODE, SPU_CODE} & set(sheet.headers):
        raise SheetUnreadable(f"缺少列：{SKU_CODE}或{SPU_CODE}")
    rows: list[BulkRow] = []
    faults: list[Fault] = []
    for line in sheet.rows:
        rows.append(_row(line, faults))
    return rows, faults


def uploaded_sheet(content: bytes, filename: str, *, at_most: int = AT_MOST) -> Sheet:
    """A sheet of at most so many rows that staff sent. Raises SheetUnreadable."""
    suffix = PurePosixPath(filename).suffix.lower()
    if suffix not in SUFFIXES:
        raise SheetUnreadable("请上传 .csv 或 .xlsx 文件")
    with tempfile.TemporaryDirectory(prefix="mall-sheet-") as folder:
        path = Path(folder, f"sheet{suffix}")
        path.write_bytes(content)
        try:
            sheet = read_sheet(path)
        except SheetError as fault:
            raise SheetUnreadable(f"表格无法读取：{fault.told}") from None
    if len(sheet.rows) > at_most:
        raise SheetUnreadable(f"一次最多 {at_most} 行")
    return sheet


def _row(line: SheetRow, faults: list[Fault]) -> BulkRow:
    changes: dict[str, Any] = {}
    if line.misfit() is not None:
        faults.append(misfit_of(line))
    for column, (name, read) in _COLUMNS.items():
        cell = line.values.get(column, "")
        if not cell:
            continue
        try:
            changes[name] = read(cell)
        except ValueError:
            faults.append(Fault(line.line, column, f"无法识别：{cell[:40]}"))
    codes = (line.values.get(SKU_CODE) or None, line.values.get(SPU_CODE) or None)
    if codes == (None, None):
        faults.append(Fault(line.line, SKU_CODE, "缺少编号"))
    return BulkRow(line.line, *codes, changes)


def misfit_of(line: SheetRow) -> Fault:
    """The fault of a row with more cells than the sheet has columns."""
    return Fault(line.line, "", "单元格比列多，这一行可能错位")


def _price(cell: str) -> int:
    fen = fen_from_yuan(cell)
    if fen < 1:
        raise ValueError
    return fen


def _list_price(cell: str) -> int | None:
    return None if cell == "无" else _price(cell)


def _cost(cell: str) -> int | None:
    return None if cell == "无" else fen_from_yuan(cell)


def _yes(cell: str) -> bool:
    if cell.lower() in _YES:
        return True
    if cell.lower() in _NO:
        return False
    raise ValueError


_COLUMNS: dict[str, tuple[str, Callable[[str], Any]]] = {
    PRICE: ("price_fen", _price),
    LIST_PRICE: ("list_price_fen", _list_price),
    COST: ("cost_fen", _cost),
    ENABLED: ("enabled", _yes),
    ON_SHELF: ("on_shelf", _yes),
}
