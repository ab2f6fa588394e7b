"""Blind boxes."""

from __future__ import annotations

from mall.catalog.sold_otherwise import SOLD_OTHERWISE, SoldOtherwise
from mall.kernel.features import Mall
from mall.lottery.boxes import admin, delivering, ending, routes
from mall.lottery.boxes.closed_accounts import UNOPENED_BOXES
from mall.lottery.boxes.demo import load_demo_boxes
from mall.lottery.boxes.invariants import INVARIANTS
from mall.lottery.boxes.kinds import BLIND_BOX
from mall.lottery.boxes.participant import BoxParticipant
from mall.lottery.boxes.queries import sold_as_boxes
from mall.orders.kinds import ORDER_KINDS
from mall.orders.participants import PARTICIPANTS, PLACING, REFUNDING
from mall.rewards.granters import GIVING
from mall.users.closing import CLOSING_CHECKS


def install(mall: Mall) -> None:
    """Declare blind boxes."""
    mall.blueprints(routes.blp, admin.blp)
    mall.jobs(delivering, ending)
    mall.add(ORDER_KINDS, BLIND_BOX)
    mall.add(PARTICIPANTS, BoxParticipant())
    mall.add(SOLD_OTHERWISE, SoldOtherwise("blind boxes", sold_as_boxes))
    mall.fails(PLACING, "box_sold_alone")
    mall.fails(REFUNDING, "box_opened")
    mall.fails(GIVING, "boxes_gone")
    mall.add(CLOSING_CHECKS, UNOPENED_BOXES)
    mall.invariants(*INVARIANTS)
    mall.demo("blind boxes", load_demo_boxes)
