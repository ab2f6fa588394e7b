"""How many points a day: of a point, a staff member, a shopper. Counted in rows, exactly.

The rows are locked in the order of `SCOPES`, so that entries wait for each other and no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.points.till import settings
from mall.points.till.errors import TillLimit
from mall.points.till.models import GRANT, TAKE
from mall.settings import Setting


@dataclass(frozen=True)
class Scope:
    """Whose points are counted: `name` in the table, `label` for staff, the limits."""

    name: str
    label: str
    limits: Mapping[str, Setting[int]]


SCOPES = (
    Scope("point", "门店", {GRANT: settings.POINT_GRANT, TAKE: settings.POINT_TAKE}),
    Scope("staff", "店员", {GRANT: settings.STAFF_GRANT, TAKE: settings.STAFF_TAKE}),
    Scope("shopper", "顾客", {GRANT: settings.SHOPPER_GRANT, TAKE: settings.SHOPPER_TAKE}),
)
_VERBS = {GRANT: "发放", TAKE: "扣减"}
_COUNT = text(
    """
    INSERT INTO till_days (day, scope, subject_id, granted, taken)
    SELECT :day, :scope, :subject_id, :granted, :taken
    WHERE :granted + :taken <= CAST(:limit AS bigint)
    ON CONFLICT (day, scope, subject_id) DO UPDATE
    SET granted = till_days.granted + excluded.granted, taken = till_days.taken + excluded.taken
    WHERE CASE WHEN excluded.granted > 0 THEN till_days.granted + excluded.granted
               ELSE till_days.taken + excluded.taken END <= CAST(:limit AS bigint)
    RETURNING day
    """
)
_FREE = text(
    """
    UPDATE till_days SET granted = granted - :granted, taken = taken - :taken
    WHERE day = :day AND scope = :scope AND subject_id = :subject_id
    """
)


@dataclass(frozen=True, slots=True)
class Counted:
    """So many points (`direction`) of a shop day, and by whom, in the order of `SCOPES`."""

    day: date
    direction: str
    points: int
    point_id: int
    staff_id: int
    user_id: int

    def rows(self) -> list[dict[str, object]]:
        granted, taken = (self.points, 0) if self.direction == GRANT else (0, self.points)
        subjects = (self.point_id, self.staff_id, self.user_id)
        return [
            {
                "day": self.day,
                "scope": scope.name,
                "subject_id": subject_id,
                "granted": granted,
                "taken": taken,
            }
            for scope, subject_id in zip(SCOPES, subjects, strict=True)
        ]


def count(session: Session, counted: Counted) -> None:
    """Count them against all three limits. Raises TillLimit, which says whose it is."""
    for scope, row in zip(SCOPES, counted.rows(), strict=True):
        limit = scope.limits[counted.direction].get()
        if session.execute(_COUNT, {**row, "limit": limit}).first() is None:
            verb = _VERBS[counted.direction]
            raise TillLimit(f"超出{scope.label}当日{verb}积分限额（{limit}）", param="points")


def free(session: Session, counted: Counted) -> None:
    """They were undone: others may have them."""
    for row in counted.rows():
        session.execute(_FREE, row)
