"""A lone buyer's seat: in the best team that can be joined, else in a new one."""

from __future__ import annotations

from sqlalchemy.orm import Session

from mall.groupbuy.orders.choice import Choice, Joining, Opening
from mall.groupbuy.orders.placing import SeatPlaced, Wanted, take_seat
from mall.groupbuy.orders.recommending import opening
from mall.groupbuy.teams.joinable import JoinableTeam, Only, joinable_teams
from mall.groupbuy.teams.seats import lock_joinable
from mall.kernel.db import db, transaction

BATCH = 10
ROUNDS = 100
"""So many lists are tried; each has teams that stood when it was read."""


def match_for(
    user_id: int, activity_id: int, tier_set_id: int | None = None, size: int | None = None
) -> Choice:
    """The seat that a lone buyer would get now: the best team of the tier set (the recommended
    one), else a new team. Raises GroupActivityNotFound."""
    session = db.session()
    wanted = opening(session, user_id, activity_id, tier_set_id, size)
    best = _joinable(session, user_id, wanted, 1)
    return Joining(best[0].id) if best else wanted


def take_any_seat(
    user_id: int,
    activity_id: int,
    wanted: Wanted,
    *,
    tier_set_id: int | None = None,
    size: int | None = None,
    expected_payable_fen: int,
    remark: str = "",
) -> SeatPlaced:
    """Take a seat in the best team of the tier set, or open one when none can be joined.

    A team is locked before its seat is taken, and one that became full meanwhile is passed over,
    so a team is opened only where no seat was left. Teams whose leader hasn't paid can't be
    joined. Raises what `take_seat` says; PriceChanged when the leader's price of a new team
    differs from what was shown. Then nothing has changed.
    """
    with transaction() as session:
        first = opening(session, user_id, activity_id, tier_set_id, size)
        choice = _lock_best(session, user_id, first) or first
        return take_seat(
            user_id, choice, wanted, expected_payable_fen=expected_payable_fen, remark=remark
        )


def _lock_best(session: Session, user_id: int, wanted: Opening) -> Joining | None:
    """The best team with a seat, which is locked; None when there is none."""
    for _ in range(ROUNDS):
        found = _joinable(session, user_id, wanted, BATCH)
        for team in found:
            if lock_joinable(session, team.id):
                return Joining(team.id)
        if not found:
            break
    return None


def _joinable(session: Session, user_id: int, wanted: Opening, limit: int) -> list[JoinableTeam]:
    only = Only(wanted.tier_set_id, wanted.size)
    return joinable_teams(session, wanted.activity_id, user_id, limit=limit, only=only)
