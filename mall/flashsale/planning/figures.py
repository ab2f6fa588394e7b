"""How a sale goes, live: from PostgreSQL what has ended, from the gate what waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mall.flashsale import gate
from mall.flashsale.planning import queries
from mall.flashsale.reconciliation.gate_state import gate_locations
from mall.kernel.db import transaction
from mall.kernel.redis import RedisError

NONE = {"admitted": 0, "ordered": 0, "paid": 0, "released": 0, "failed": 0}


@dataclass(frozen=True, slots=True)
class GateFigures:
    """What Redis says of an item. `state` is `missing` where an attempt finds no gate."""

    state: str
    left: int
    queued: int


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """Units of one item. admitted = queued + ordered + released + failed.

    `ordered`: orders hold or bought them, `paid` of those; `released` went back; `failed`
    were refused after the gate. `left`: neither sold nor given back to the shelf.
    `gate` is None while Redis can't answer; then `admitted` is without what waits.
    """

    item_id: int
    sku_id: int
    name: str
    stock: int
    sold: int
    returned: int
    left: int
    admitted: int
    ordered: int
    paid: int
    released: int
    failed: int
    sold_out_at: datetime | None
    gate: GateFigures | None


def of_session(session_id: int) -> dict[str, Any]:
    """The figures of a session's items. Raises SessionNotFound."""
    with transaction() as session:
        head = queries.session_of(session, session_id)
        items = queries.items(session, session_id)
        tickets = queries.ticket_units(session, session_id)
        places = gate_locations(session, session_id)
    gates = _gates(places)
    return {
        "session_id": session_id,
        "state": head.state,
        "items": [_figures(row, tickets.get(row.id, NONE), gates.get(row.id)) for row in items],
    }


def _figures(row: Any, tickets: dict[str, int], at_gate: GateFigures | None) -> ItemFigures:
    queued = at_gate.queued if at_gate else 0
    return ItemFigures(
        item_id=row.id,
        sku_id=row.sku_id,
        name=row.name,
        stock=row.stock,
        sold=row.sold,
        returned=row.returned,
        left=row.left,
        sold_out_at=row.sold_out_at,
        gate=at_gate,
        **{**tickets, "admitted": tickets["admitted"] + queued},
    )


def _gates(places: dict[int, gate.GateLocation]) -> dict[int, GateFigures]:
    try:
        return {item_id: _sum(gate.figures(where)) for item_id, where in places.items()}
    except RedisError:
        return {}


def _sum(parts: tuple[gate.Figures | None, ...]) -> GateFigures:
    there = [part for part in parts if part is not None]
    whole = len(there) == len(parts) and all(part.current for part in there)
    return GateFigures(
        state=there[0].state if whole else "missing",
        left=sum(part.left for part in there),
        queued=sum(part.queued for part in there),
    )
