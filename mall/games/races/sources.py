"""What scores, read as it stands now: a check-in, a mission's progress, an order."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.games.races.building import scores_in_races
from mall.games.races.counting import Scored, lock_source, put_scored
from mall.games.races.terms import CHECK_IN, MISSION, PURCHASE
from mall.missions.board.models import Mission, MissionProgress
from mall.missions.board.order_triggers import paid_order
from mall.missions.checkin.models import CheckIn
from mall.orders.models import Order

FEN_A_YUAN = 100


def count_check_in(session: Session, user_id: int, day: date) -> None:
    """See that a check-in scores. One that was made up afterwards doesn't."""
    source = f"check_in:{user_id}:{day}"
    lock_source(session, source)
    found = session.execute(
        select(CheckIn.created_at, CheckIn.made_up).where(
            CheckIn.user_id == user_id, CheckIn.day == day
        )
    ).one_or_none()
    if found is not None and not found.made_up:
        put_scored(session, Scored(CHECK_IN, source, user_id, found.created_at, 1))


def count_mission(session: Session, progress_id: int) -> None:
    """See that a completed mission scores, and one that isn't complete any more doesn't."""
    source = f"mission:{progress_id}"
    lock_source(session, source)
    found = session.execute(
        select(
            *(MissionProgress.user_id, MissionProgress.mission_id, MissionProgress.completed_at),
            Mission.trigger,
        )
        .join(Mission, Mission.id == MissionProgress.mission_id)
        .where(MissionProgress.id == progress_id)
    ).one_or_none()
    if found is None or not scores_in_races(found.trigger):
        return
    at, units = found.completed_at, int(found.completed_at is not None)
    put_scored(session, Scored(MISSION, source, found.user_id, at, units, found.mission_id))


def count_order(session: Session, order_no: str) -> None:
    """See that each whole yuan of a settled order scores that stays paid for its goods."""
    source = f"order:{order_no}"
    lock_source(session, source)
    user_id = session.scalar(select(Order.user_id).where(Order.order_no == order_no))
    if user_id is None:
        return
    fact = paid_order(session, order_no)
    at = fact.at if fact is not None and fact.firm else None
    yuan = fact.fen // FEN_A_YUAN if fact is not None and fact.firm else 0
    put_scored(session, Scored(PURCHASE, source, user_id, at, yuan))
