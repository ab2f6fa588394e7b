"""The fact that rewards wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class OrderSettled(Event):
    """Everything about an order is over: it is completed, can't be returned any more, and no
    after-sale or refund of it is under way. Published once an order.

    `kind` is the name of its OrderKind. Each of `lines` has `position`, `sku_id`, `spu_id`,
    `units` (kept) and `paid_fen`: what remains paid for them after refunds and rebates.
    `paid_fen` is their sum, without freight. If money goes back later all the same,
    `SettledOrderReduced` tells.
    """

    name: ClassVar[str] = "aftersales.order_settled"
    order_no: str
    user_id: int
    kind: str
    paid_fen: int
    lines: Sequence[Mapping[str, int]]
