"""The fact of an attribution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class OrderAttributed(Event):
    """A paid order belongs to somebody's share or to a channel: once an order.

    The order may still be refunded; what is given for it names the ground `order:<no>`.
    """

    name: ClassVar[str] = "referral.order_attributed"
    order_no: str
    order_id: int
    user_id: int
    inviter_id: int | None
    channel_id: int | None
    binding_id: int | None
    first_order: bool
