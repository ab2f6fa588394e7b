"""Codes that open hidden missions (社群任务口令): staff post one in a group of shoppers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.codes import draw_code
from mall.kernel.db import db_now, transaction
from mall.missions.board.errors import (
    MissionCodeInvalid,
    MissionCodeNotFound,
    MissionCodeUsedUp,
    MissionNotFound,
    MissionNotHidden,
    MissionTimesInvalid,
)
from mall.missions.board.listing import MissionView, mission_view
from mall.missions.board.locking import lock_missions_of
from mall.missions.board.models import Mission, MissionCode, MissionUnlock
from mall.staff.audit import record

LENGTH = 10
"""31^10, so a guesser at 10 tries a minute finds none."""


def make_code(mission_id: int, *, places: int, expires_at: datetime, note: str) -> MissionCode:
    """A new code for a hidden mission. Raises MissionNotFound, MissionNotHidden,
    MissionTimesInvalid for an end that has passed."""
    with transaction() as session:
        hidden = session.scalar(select(Mission.hidden).where(Mission.id == mission_id))
        if hidden is None:
            raise MissionNotFound
        if not hidden:
            raise MissionNotHidden
        if expires_at <= db_now(session):
            raise MissionTimesInvalid("口令的有效期须晚于当前时间", param="expires_at")
        values = {"places": places, "expires_at": expires_at, "note": note}
        code = draw_code(LENGTH)
        made = session.scalars(
            insert(MissionCode)
            .values(mission_id=mission_id, code=code, **values)
            .returning(MissionCode)
        ).one()
        _audit(session, "create", made.id, {"mission_id": str(mission_id), **values})
        return made


def revoke_code(code_id: int) -> MissionCode:
    """Let nobody use a code any more; who did keeps the mission. Raises MissionCodeNotFound."""
    with transaction() as session:
        revoked = session.scalar(
            update(MissionCode)
            .where(MissionCode.id == code_id, MissionCode.revoked_at.is_(None))
            .values(revoked_at=func.clock_timestamp())
            .returning(MissionCode.id),
            execution_options={"synchronize_session": False},
        )
        if revoked is not None:
            _audit(session, "revoke", code_id, {})
        found = session.scalar(
            select(MissionCode)
            .where(MissionCode.id == code_id)
            .execution_options(populate_existing=True)
        )
        if found is None:
            raise MissionCodeNotFound
        return found


def unlock(user_id: int, text: str) -> MissionView:
    """Open the hidden mission of a code to a shopper. Who has it already takes no place.

    Raises MissionCodeInvalid, MissionCodeUsedUp, AccountClosed; MissionNotFound when the mission
    isn't running, or isn't for this shopper.
    """
    with transaction() as session:
        lock_missions_of(session, user_id)
        code = session.execute(
            select(MissionCode.id, MissionCode.mission_id).where(MissionCode.code == text.upper())
        ).one_or_none()
        if code is None:
            raise MissionCodeInvalid
        opened = session.scalar(
            insert(MissionUnlock)
            .values(
                user_id=user_id,
                mission_id=code.mission_id,
                code_id=code.id,
                created_at=func.clock_timestamp(),
            )
            .on_conflict_do_nothing(constraint="uq_mission_unlocks_user_mission")
            .returning(MissionUnlock.id)
        )
        if opened is not None:
            _take_place(session, code.id)
        return mission_view(session, user_id, code.mission_id)


def _take_place(session: Session, code_id: int) -> None:
    """One place of the code, by one conditional UPDATE."""
    valid = MissionCode.revoked_at.is_(None) & (MissionCode.expires_at > func.clock_timestamp())
    taken = session.scalar(
        update(MissionCode)
        .where(MissionCode.id == code_id, valid, MissionCode.used < MissionCode.places)
        .values(used=MissionCode.used + 1)
        .returning(MissionCode.id),
        execution_options={"synchronize_session": False},
    )
    if taken is not None:
        return
    if session.scalar(select(valid).where(MissionCode.id == code_id)):
        raise MissionCodeUsedUp
    raise MissionCodeInvalid


def _audit(session: Session, verb: str, code_id: int, after: dict[str, object]) -> None:
    record(
        session,
        action=f"mission_code.{verb}",
        target_type="mission_code",
        target_id=code_id,
        after=after,
    )
