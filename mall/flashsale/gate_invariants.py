"""I12 and I11: the gates of running flash sales in Redis, held against PostgreSQL, and the
attempts that wait there.

While a sale runs, attempts and batches are on their way: what differs is asked again a moment
later, and only what differs by as much as before is broken.
"""

from __future__ import annotations

import time
from typing import Any

from mall.flashsale.reconciliation.reconciling import Difference, differences, overdue
from mall.kernel.invariants import Invariant, Rows

A_MOMENT_S = 2.0
BOUND_S = 60.0


def _wrong_gates() -> Rows:
    """Every item under way whose gate is wrong. Must not be asked inside a transaction."""
    found = differences()
    if not found:
        return []
    time.sleep(A_MOMENT_S)
    again = {difference.item_id: difference for difference in differences()}
    lasting = [one for one in found if one.item_id in again and _alike(one, again[one.item_id])]
    return [_row(again[one.item_id]) for one in lasting]


def _waiting_attempts() -> Rows:
    return [
        {"item_id": item_id, "oldest_wait_s": int(seconds)}
        for item_id, seconds in overdue(BOUND_S).items()
    ]


def _alike(one: Difference, other: Difference) -> bool:
    return one.missing_units == other.missing_units


def _row(one: Difference) -> dict[str, Any]:
    row: dict[str, Any] = {"item_id": one.item_id, "unsold": one.unsold}
    if one.left is None:
        return row | {"gate": "missing or unreachable"}
    return row | {"left": one.left, "queued": one.queued}


INVARIANTS = (
    Invariant(
        "I12",
        "what a flash gate has left and queued is what PostgreSQL can still sell",
        find=_wrong_gates,
    ),
    Invariant(
        "I11h",
        "no attempt that was let in waits longer than a minute for its end",
        find=_waiting_attempts,
    ),
)
