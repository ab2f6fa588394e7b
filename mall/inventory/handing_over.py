"""Reserved units that change hands: from one that reserved them to another, in one commit.

The stock row isn't touched, as the units stay reserved: a batch of any size never waits for
it. Two movements tell of each change, so a reference still says whose units they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.kernel.prepared import PreparedStatement


@dataclass(frozen=True, slots=True)
class Handover:
    """`units` of a SKU that `giver` lets go and `taker` holds from now on; both are references
    that do each of it once."""

    sku_id: int
    units: int
    giver: str
    taker: str


_HAND_OVER = PreparedStatement(
    """
    INSERT INTO stock_movements
        (sku_id, kind, ref, reason, sellable_delta, reserved_delta, sold_delta)
    SELECT h.sku_id, m.kind, CASE m.kind WHEN 'release' THEN h.giver ELSE h.taker END, NULL,
        m.sign * h.units, -m.sign * h.units, 0
    FROM jsonb_to_recordset(CAST(:handovers AS jsonb)) AS h(
        sku_id bigint, units bigint, giver text, taker text
    ), (VALUES ('release', 1), ('reserve', -1)) AS m(kind, sign)
    """
)


def hand_over(session: Session, handovers: Sequence[Handover]) -> None:
    """Note that reserved units have other holders. The caller answers for it that each giver
    holds what it gives: nothing here could tell."""
    rows = [
        {"sku_id": h.sku_id, "units": h.units, "giver": h.giver, "taker": h.taker}
        for h in handovers
    ]
    if any(h.units <= 0 for h in handovers):
        raise ValueError("a movement moves at least one unit")
    if rows:
        _HAND_OVER.rows(session, handovers=json.dumps(rows))
