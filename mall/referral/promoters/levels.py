"""The levels of promoters, as staff make them."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, transaction
from mall.referral.promoters.errors import (
    PromoterLevelNotFound,
    PromoterLevelTaken,
    PromotersNotReady,
)
from mall.referral.promoters.models import PromoterLevel
from mall.staff.audit import record

_TAKEN = {"uq_promoter_levels_name": "name", "uq_promoter_levels_position": "position"}


def create_level(*, name: str, position: int) -> int:
    """A level at a position that no other has: its id. Raises PromoterLevelTaken."""
    with transaction() as session:
        level_id: int | None = session.scalar(
            insert(PromoterLevel)
            .values(name=name, position=position)
            .on_conflict_do_nothing()
            .returning(PromoterLevel.id)
        )
        if level_id is None:
            raise PromoterLevelTaken
        _audit(session, "create", level_id, name, position)
        return level_id


def change_level(level_id: int, *, name: str, position: int) -> None:
    """Another name or position. Raises PromoterLevelNotFound, PromoterLevelTaken."""
    with transaction() as session:
        try:
            with session.begin_nested():
                done = session.execute(
                    update(PromoterLevel)
                    .where(PromoterLevel.id == level_id)
                    .values(name=name, position=position)
                    .returning(PromoterLevel.id)
                    .execution_options(synchronize_session=False)
                ).all()
        except IntegrityError as error:
            raise PromoterLevelTaken(param=_TAKEN.get(constraint_of(error) or "")) from error
        if not done:
            raise PromoterLevelNotFound
        _audit(session, "update", level_id, name, position)


def first_level(session: Session) -> int:
    """Where a promoter begins. Raises PromotersNotReady when the shop has no level."""
    found = session.scalar(select(PromoterLevel.id).order_by(PromoterLevel.position).limit(1))
    if found is None:
        raise PromotersNotReady
    return found


def level(session: Session, level_id: int) -> PromoterLevel:
    """A level by its id. Raises PromoterLevelNotFound."""
    found = session.scalar(
        select(PromoterLevel)
        .where(PromoterLevel.id == level_id)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise PromoterLevelNotFound
    return found


def _audit(session: Session, verb: str, level_id: int, name: str, position: int) -> None:
    record(
        session,
        action=f"promoter_level.{verb}",
        target_type="promoter_level",
        target_id=level_id,
        after={"name": name, "position": position},
    )
