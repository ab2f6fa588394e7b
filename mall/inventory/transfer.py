"""Transferring reserved units from one holder to another, in one commit.

The stock row isn't touched, as the units stay reserved: a batch of any size never waits for
the row's lock. Each transfer writes two movements, so a reference still says whose units
they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement


@dataclass(frozen=True, slots=True)
class Transfer:
    """`units` of a SKU that `from_ref` releases and `to_ref` reserves.

    A reference reserves and releases a SKU at most once.
    """

    sku_id: int
    units: int
    from_ref: str
    to_ref: str


_TRANSFER = PreparedStatement(
    """
    INSERT INTO stock_movements
        (sku_id, kind, ref, reason, sellable_delta, reserved_delta, sold_delta)
    SELECT t.sku_id, m.kind, CASE m.kind WHEN 'release' THEN t.from_ref ELSE t.to_ref END, NULL,
        m.sign * t.units, -m.sign * t.units, 0
    FROM jsonb_to_recordset(CAST(:transfers AS jsonb)) AS t(
        sku_id bigint, units bigint, from_ref text, to_ref text
    ), (VALUES ('release', 1), ('reserve', -1)) AS m(kind, sign)
    """
)


def transfer(session: Session, transfers: Sequence[Transfer]) -> None:
    """Record that reserved units have other holders.

    The caller makes sure that each `from_ref` holds its units: this isn't checked. Raises
    ValueError for less than one unit, IntegrityError for a transfer that was made before.
    """
    if any(one.units <= 0 for one in transfers):
        raise ValueError("a movement moves at least one unit")
    if transfers:
        _TRANSFER.rows(session, transfers=json.dumps([_row(one) for one in transfers]))


def _row(one: Transfer) -> dict[str, int | str]:
    # By hand: `asdict` costs as much as the statement's way through the driver.
    return {
        "sku_id": one.sku_id,
        "units": one.units,
        "from_ref": one.from_ref,
        "to_ref": one.to_ref,
    }
