"""Facts about orders. A handler re-reads the order: by then it may have moved on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    name: ClassVar[str] = "orders.placed"
    order_no: str
    user_id: int


@dataclass(frozen=True)
class OrderRepriced(Event):
    """Staff changed what an unpaid order costs; `change_id` is the row of its price changes."""

    name: ClassVar[str] = "orders.repriced"
    order_no: str
    user_id: int
    change_id: int


@dataclass(frozen=True)
class OrderReaddressed(Event):
    """An order goes to another address than before. `key` is this change's own."""

    name: ClassVar[str] = "orders.readdressed"
    order_no: str
    user_id: int
    key: str
    by_staff: bool


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
    """A refund, in part or in full, has arrived at the shopper.

    `amount_fen` is what arrived, `freight_fen` of it for the freight. Each of `lines` has
    `position`, `units`, `amount_fen` (a rebate when there are no units), and of the line's
    refunds that have arrived `units_in_all`, `refunded_in_all_fen`, `rebated_in_all_fen`.
    """

    name: ClassVar[str] = "orders.refunded"
    order_no: str
    user_id: int
    amount_fen: int = 0
    freight_fen: int = 0
    lines: Sequence[Mapping[str, int]] = ()


@dataclass(frozen=True)
class SettledOrderReduced(Event):
    """Money of a settled order went back after all; `lines` as in OrderRefunded."""

    name: ClassVar[str] = "orders.settled_reduced"
    order_no: str
    user_id: int
    amount_fen: int
    lines: Sequence[Mapping[str, int]]
