"""Facts about orders. A handler re-reads the order: by then it may have moved on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    name: ClassVar[str] = "orders.placed"
    order_no: str
    user_id: int


@dataclass(frozen=True)
class OrderPaid(Event):
    name: ClassVar[str] = "orders.paid"
    order_no: str
    user_id: int


@dataclass(frozen=True)
class OrderClosed(Event):
    """Closed unpaid, or after everything was refunded."""

    name: ClassVar[str] = "orders.closed"
    order_no: str
    user_id: int


@dataclass(frozen=True)
class OrderShipped(Event):
    """The last unit is on its way."""

    name: ClassVar[str] = "orders.shipped"
    order_no: str
    user_id: int


@dataclass(frozen=True)
class OrderCompleted(Event):
    """Received: the shopper confirmed it, or the time to do so has passed."""

    name: ClassVar[str] = "orders.completed"
    order_no: str
    user_id: int


@dataclass(frozen=True)
class OrderRefunded(Event):
    """A refund, in part or in full, has arrived at the shopper."""

    name: ClassVar[str] = "orders.refunded"
    order_no: str
    user_id: int
