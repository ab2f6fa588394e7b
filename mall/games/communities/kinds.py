"""What counts for a mission of a community: facts of the missions' triggers, and their worth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mall.missions.board.order_triggers import ORDER_SETTLED
from mall.missions.board.shopper_triggers import CHECK_IN
from mall.missions.board.triggers import Fact, Trigger, fen, once


@dataclass(frozen=True, slots=True)
class Counted:
    """A fact of `trigger` counts `worth`; a refund lowers it, before the target is reached."""

    name: str
    label: str
    trigger: Trigger
    worth: Callable[[Fact], int]


# Orders count once they are settled: what a goal gave isn't taken back, so nothing may come back of
# what it stands on.
KINDS = {
    one.name: one
    for one in (
        Counted("check_ins", "签到次数", CHECK_IN, once),
        Counted("settled_orders", "完结订单数", ORDER_SETTLED, once),
        Counted("settled_fen", "完结商品金额（分）", ORDER_SETTLED, fen),
    )
}
TRIGGERS = (CHECK_IN, ORDER_SETTLED)
