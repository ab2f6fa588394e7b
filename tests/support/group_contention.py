"""What shoppers, staff and the clock do to teams, among all else (`contention.py`).

Seats are paid, closed, sent and refunded by the moves for all orders.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from mall.groupbuy.desk.by_hand import fail_team, form_team
from mall.groupbuy.desk.members import remove_member
from mall.groupbuy.orders.choice import Choice, Joining, Opening
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.orders.placing import Wanted, quote_seat, take_seat
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.settlement.jobs import close_unpaid
from mall.groupbuy.teams.closing import close_due_teams, close_full_team
from mall.kernel.db import transaction
from tests.support.groupbuy import make_activity, sets_of

STACKED = {"difference": ["coupons", "promotions"], "chosen": ["coupons", "points"]}
TIERS = {2: 900, 3: 850, 5: 800}


def make_group_activities(sku_ids: list[int]) -> list[list[int]]:
    """An activity of each mode, in which everything stacks that may: (activity, tier set, SKU,
    size to choose or 0)."""
    made = []
    for (mode, stacks), sku_id in zip(STACKED.items(), sku_ids, strict=True):
        activity_id = make_activity(
            TIERS,
            stock_units=100_000,
            sku_id=sku_id,
            mode=mode,
            stacks=stacks,
            shopper_units=100_000,
            open_teams=1_000,
            virtual_seats=1,
        )
        size = 3 if mode == "chosen" else 0
        made.append([activity_id, sets_of(activity_id)[0], sku_id, size])
    return made


@dataclass
class GroupPlayer:
    """The moves of one process; `activities` are those of `make_group_activities`."""

    activities: list[list[int]]
    buyers: list[tuple[int, int]]
    chance: random.Random

    def open_team(self) -> None:
        activity_id, tier_set_id, sku_id, size = self.chance.choice(self.activities)
        self._place(Opening(activity_id, tier_set_id, size or None), sku_id, size > 0)

    def join_team(self) -> None:
        team = self._some(_JOINABLE)
        if team is not None:
            self._place(Joining(team.id), team.sku_id, team.mode == "chosen")

    def _place(self, choice: Choice, sku_id: int, is_chosen: bool) -> None:
        user_id, address_id = self.chance.choice(self.buyers)
        choices = {"coupons": self.chance.choice(("none", "best"))}
        if is_chosen:
            choices["points"] = self.chance.choice(("none", "300"))
        wanted = Wanted(sku_id, self.chance.randint(1, 2), address_id, choices)
        _, shown = quote_seat(user_id, choice, wanted)
        payable_fen = shown.quote.payable_fen
        take_seat(user_id, choice, wanted, expected_payable_fen=payable_fen)

    def leave_team(self) -> None:
        seat = self._some(_SEATED)
        if seat is not None:
            leave_team(seat.user_id, seat.team_id)

    def by_hand(self) -> None:
        """Staff form a team, let one end, or take a seat away."""
        seat = self._some(_SEATED)
        if seat is not None:
            act: Callable[[], None] = self.chance.choice(
                (
                    lambda: form_team(seat.team_id, "test"),
                    lambda: fail_team(seat.team_id, "test"),
                    lambda: remove_member(seat.team_id, seat.id, "test"),
                )
            )
            act()

    def end_teams(self) -> None:
        """The time of one is over; what is decided or full ends, too."""
        team = self._some(_OPEN)
        if team is not None:
            with transaction() as session:
                session.execute(_EXPIRE, {"id": team.id})
            close_unpaid(team_id=team.id)
            close_full_team(team.id)
        close_due_teams()

    def carry_out(self) -> None:
        member = self._some(_DUE)
        if member is not None:
            carry_out(member.id)

    def operations(self) -> list[tuple[Callable[[], None], int]]:
        """What it does, and how often."""
        return [
            *((self.open_team, 8), (self.join_team, 24), (self.leave_team, 4)),
            *((self.by_hand, 4), (self.end_teams, 8), (self.carry_out, 16)),
        ]

    def _some(self, rows: Any) -> Any:
        with transaction() as session:
            found = session.execute(rows).all()
        return self.chance.choice(found) if found else None


_JOINABLE = text(
    """
    SELECT t.id, k.sku_id, a.mode FROM groupbuy_teams t
    JOIN groupbuy_activities a ON a.id = t.activity_id
    JOIN groupbuy_skus k ON k.activity_id = a.id
    WHERE t.status IN ('forming', 'formed') AND t.verdict IS NULL AND t.seats_left > 0
    ORDER BY t.id DESC LIMIT 6
    """
)
_SEATED = text(
    """
    SELECT m.id, m.user_id, m.team_id FROM groupbuy_members m
    JOIN groupbuy_teams t ON t.id = m.team_id
    WHERE m.seat AND t.status IN ('opening', 'forming') ORDER BY m.id DESC LIMIT 20
    """
)
_OPEN = text(
    """
    SELECT id FROM groupbuy_teams WHERE status IN ('forming', 'formed') ORDER BY id DESC LIMIT 10
    """
)
_DUE = text("SELECT id FROM groupbuy_members WHERE due IS NOT NULL ORDER BY id DESC LIMIT 10")
_EXPIRE = text("UPDATE groupbuy_teams SET expires_at = clock_timestamp() WHERE id = :id")
