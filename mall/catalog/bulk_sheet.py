"""A sheet of prices and shelves that staff upload: CSV or Excel, prices in yuan."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

from mall.catalog.bulk import AT_MOST, BulkRow, Fault
from mall.catalog.errors import SheetsBusy, SheetUnreadable
from mall.catalog.importing.columns import (
    COST,
    LIST_PRICE,
    NAME,
    ON_SHELF,
    PRICE,
    SKU_CODE,
    SPEC_VALUES,
    SPU_CODE,
)
from mall.kernel import sheets
from mall.kernel.errors import MallError
from mall.kernel.money import fen_from_yuan
from mall.kernel.sheets import Columns, Sheet, SheetError, SheetRow, read_sheet

ENABLED = "启用"
SUFFIXES = (".csv", ".xlsx")
_YES, _NO = ("是", "1", "true", "上架", "启用"), ("否", "0", "false", "下架", "停用")


def rows_of_sheet(content: bytes, filename: str) -> tuple[list[BulkRow], list[Fault]]:
    """The rows of a sheet and what is wrong with its cells. Raises SheetUnreadable.

    Columns: SKU编号, 商品编号, 售价(元), 划线价(元), 成本价(元) (无 takes either away), 启用, 上架.
    An empty cell changes nothing; 商品名称 and 规格值 may stand there for the reader.
    """
    sheet = uploaded_sheet(content, filename, BULK_COLUMNS)
    if not {SKU_CODE, SPU_CODE} & set(sheet.headers):
        raise SheetUnreadable(f"缺少列：{SKU_CODE}或{SPU_CODE}")
    rows: list[BulkRow] = []
    faults: list[Fault] = []
    for line in sheet.rows:
        rows.append(_row(line, faults))
    return rows, faults


def uploaded_sheet(
    content: bytes, filename: str, columns: Columns, *, at_most: int = AT_MOST
) -> Sheet:
    """A sheet of at most so many rows that staff sent. Raises SheetUnreadable, SheetsBusy."""
    suffix = PurePosixPath(filename).suffix.lower()
    if suffix not in SUFFIXES:
        raise SheetUnreadable("请上传 .csv 或 .xlsx 文件")
    with tempfile.TemporaryDirectory(prefix="mall-sheet-") as folder:
        path = Path(folder, f"sheet{suffix}")
        path.write_bytes(content)
        try:
            sheet = read_sheet(path, columns)
        except SheetError as fault:
            raise unreadable(fault) from None
    if len(sheet.rows) > at_most:
        raise SheetUnreadable(f"一次最多 {at_most} 行")
    return sheet


def unreadable(fault: SheetError) -> MallError:
    """Why a sheet can't be read, for whoever sent it."""
    if isinstance(fault, sheets.SheetsBusy):
        return SheetsBusy()
    return SheetUnreadable(fault.chinese, param="file")


def faults_of(line: SheetRow) -> list[Fault]:
    """What is wrong with a row whatever its columns mean."""
    return [Fault(line.line, column, words.chinese) for column, words in line.faults]


def _row(line: SheetRow, faults: list[Fault]) -> BulkRow:
    changes: dict[str, Any] = {}
    spoilt = faults_of(line)
    faults += spoilt
    for column, (name, read) in _COLUMNS.items():
        cell = line.values.get(column, "")
        if not cell or any(fault.field == column for fault in spoilt):
            continue
        try:
            changes[name] = read(cell)
        except ValueError:
            faults.append(Fault(line.line, column, f"无法识别：{cell[:40]}"))
    codes = (line.values.get(SKU_CODE) or None, line.values.get(SPU_CODE) or None)
    if codes == (None, None):
        faults.append(Fault(line.line, SKU_CODE, "缺少编号"))
    return BulkRow(line.line, *codes, changes)


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
BULK_COLUMNS = Columns(optional=(SKU_CODE, SPU_CODE, *_COLUMNS, NAME, SPEC_VALUES))
