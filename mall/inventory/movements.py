"""The SQL of stock: each kind of movement as one all-or-nothing statement over many SKUs.

The statement locks the rows in SKU order, but only those that have enough by its
snapshot: so two orders never deadlock, and an order that comes too late is refused
without waiting for the others. It changes every row or none, and writes the movements too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedListStatement


@dataclass(frozen=True)
class Effect:
    """How one unit of a movement changes the numbers of a stock row."""

    received: int = 0
    sellable: int = 0
    reserved: int = 0
    sold: int = 0

    def changes(self) -> dict[str, int]:
        """The columns that change, with their sign."""
        return {column: sign for column, sign in vars(self).items() if sign}


EFFECTS = {
    "put_in": Effect(received=+1, sellable=+1),
    "take_out": Effect(received=-1, sellable=-1),
    "reserve": Effect(sellable=-1, reserved=+1),
    "release": Effect(reserved=-1, sellable=+1),
    "sell": Effect(reserved=-1, sold=+1),
    "take_back": Effect(sold=-1, sellable=+1),
    "scrap": Effect(received=-1, sold=-1),
}


def _statement(kind: str, effect: Effect) -> PreparedListStatement:
    changes = effect.changes()
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
                {effect.sellable} * quantity, {effect.reserved} * quantity, {effect.sold} * quantity
            FROM changed
        )
        SELECT sku_id FROM locked
        """  # noqa: S608  every name in it is from EFFECTS

    return PreparedListStatement(("sku", "units"), statement)


_STATEMENTS = {kind: _statement(kind, effect) for kind, effect in EFFECTS.items()}


def move_units(
    session: Session,
    kind: str,
    quantities: Mapping[int, int],
    *,
    ref: str,
    reason: str | None = None,
) -> list[int]:
    """Move `quantities` (SKU id → units) and record the movements. All or nothing.

    Returns the SKUs that have too few units (or no stock row); empty when all were moved.
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
