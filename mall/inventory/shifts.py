"""The SQL of stock: each kind of movement as one all-or-nothing statement over many SKUs.

The statement locks the rows in SKU order, but only those that have enough by its
snapshot: so two orders never deadlock, and an order that comes too late is refused
without queueing behind the winners. It changes every row or none, and writes the
movements in the same breath.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedListStatement


@dataclass(frozen=True)
class Shift:
    """How one unit of a movement changes the numbers of a stock row."""

    put_in: int = 0
    sellable: int = 0
    reserved: int = 0
    sold: int = 0

    def changes(self) -> dict[str, int]:
        """The columns that change, with their sign."""
        return {column: sign for column, sign in vars(self).items() if sign}


SHIFTS = {
    "put_in": Shift(put_in=+1, sellable=+1),
    "take_out": Shift(put_in=-1, sellable=-1),
    "reserve": Shift(sellable=-1, reserved=+1),
    "release": Shift(reserved=-1, sellable=+1),
    "sell": Shift(reserved=-1, sold=+1),
    "take_back": Shift(sold=-1, sellable=+1),
    "scrap": Shift(put_in=-1, sold=-1),
}


def _statement(kind: str, shift: Shift) -> PreparedListStatement:
    changes = shift.changes()
    enough = " AND ".join(f"s.{c} >= w.quantity" for c, sign in changes.items() if sign < 0)
    sets = ", ".join(f"{c} = s.{c} {sign:+d} * l.quantity" for c, sign in changes.items())

    def statement(places: str) -> str:
        return f"""
        WITH wanted (sku_id, quantity) AS MATERIALIZED (
            VALUES {places}
        ), locked AS MATERIALIZED (
            SELECT s.sku_id, w.quantity FROM stocks s JOIN wanted w ON w.sku_id = s.sku_id
            WHERE {enough or "true"} ORDER BY s.sku_id FOR NO KEY UPDATE OF s
        ), changed AS (
            UPDATE stocks s SET {sets} FROM locked l
            WHERE s.sku_id = l.sku_id
              AND (SELECT count(*) FROM locked) = (SELECT count(sku_id) FROM wanted)
            RETURNING s.sku_id, l.quantity
        ), noted AS (
            INSERT INTO stock_movements
                (sku_id, kind, ref, reason, sellable_delta, reserved_delta, sold_delta)
            SELECT sku_id, '{kind}', :ref, CAST(:reason AS text),
                {shift.sellable} * quantity, {shift.reserved} * quantity, {shift.sold} * quantity
            FROM changed
        )
        SELECT sku_id FROM locked
        """  # noqa: S608  every name in it is from SHIFTS

    return PreparedListStatement(("sku", "units"), statement)


_STATEMENTS = {kind: _statement(kind, shift) for kind, shift in SHIFTS.items()}


def shift(
    session: Session,
    kind: str,
    quantities: Mapping[int, int],
    *,
    ref: str,
    reason: str | None = None,
) -> list[int]:
    """Move `quantities` (SKU id → units) and note it. All or nothing.

    Returns the SKUs that haven't enough for it (or no stock row); empty when it's done.
    """
    if not quantities:
        return []
    if min(quantities.values()) <= 0:
        raise ValueError("a movement moves at least one unit")
    sku_ids = sorted(quantities)
    rows = _STATEMENTS[kind].rows(
        session,
        (sku_ids, [quantities[sku_id] for sku_id in sku_ids]),
        ref=ref,
        reason=reason,
    )
    enough = {row.sku_id for row in rows}
    return [sku_id for sku_id in sku_ids if sku_id not in enough]
