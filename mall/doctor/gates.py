"""I12 and I11: the gates of running flash sales in Redis, held against PostgreSQL, and the
presses that wait there.

It can't be SQL, so it stands beside the list. While a sale runs, presses and batches are on
their way: what differs is asked again a moment later, and only what differs by as much as
before is broken.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from mall.doctor.invariants import INVARIANTS, Violation
from mall.flashsale.reconciling import Difference, differences, overdue

A_MOMENT_S = 2.0
BOUND_S = 60.0


class Promise(NamedTuple):
    """What is promised, without a query."""

    code: str
    promise: str


GATES = Promise("I12", "what a flash gate has left and queued is what PostgreSQL can still sell")
PRESSES = Promise("I11h", "no press that was let in waits longer than a minute for its end")
PROMISES = (*(Promise(one.code, one.promise) for one in INVARIANTS), GATES, PRESSES)
"""Everything that the doctor asks."""


def gate_violations() -> list[Violation]:
    """Every item under way whose gate is wrong, or whose presses wait for nobody. Must not be
    asked inside a transaction."""
    waiting = [
        Violation(*PRESSES, {"item_id": item_id, "waited_s": int(seconds)})
        for item_id, seconds in overdue(BOUND_S).items()
    ]
    return [*_different(), *waiting]


def _different() -> list[Violation]:
    found = differences()
    if not found:
        return []
    time.sleep(A_MOMENT_S)
    again = {difference.item_id: difference for difference in differences()}
    lasting = [one for one in found if one.item_id in again and _alike(one, again[one.item_id])]
    return [Violation(*GATES, _row(again[one.item_id])) for one in lasting]


def _alike(one: Difference, other: Difference) -> bool:
    return one.missing_units == other.missing_units


def _row(one: Difference) -> dict[str, object]:
    row: dict[str, object] = {"item_id": one.item_id, "unsold": one.unsold}
    if one.left is None:
        return row | {"gate": "missing or unreachable"}
    return row | {"left": one.left, "queued": one.queued}
