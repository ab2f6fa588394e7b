"""By what an entry of a sheet is found again, so that no line is given twice."""

from __future__ import annotations

from mall.points.ledger import kinds
from mall.points.sheets.models import GRANT, OPENING

ENTRY_KINDS = {GRANT: kinds.SHEET, OPENING: kinds.OPENING}
REFERENCED = "ref:"


def source_of(sheet_id: int, line: int, reference: str | None) -> str:
    """Once a reference among all sheets of a kind; without one, once a line of the sheet."""
    return f"sheet:{sheet_id}:{line}" if reference is None else f"{REFERENCED}{reference}"
