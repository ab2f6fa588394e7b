"""How long after completion an order may be returned."""

from __future__ import annotations

from datetime import timedelta

from mall.aftersales.settings import WINDOW_DAYS
from mall.orders.kinds import OrderKind


def window_of(kind: OrderKind) -> timedelta:
    """The time after completion in which orders of this kind are taken back; none if never."""
    if not kind.returnable:
        return timedelta()
    return timedelta(days=kind.return_days() if kind.return_days else WINDOW_DAYS.get())
