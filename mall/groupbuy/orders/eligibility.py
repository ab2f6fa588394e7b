"""Why a shopper can't have a seat: the one rule for pages, quotes and placing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.errors import (
    GroupTeamFull,
    GroupTeamNotFound,
    GroupTeamOver,
    GroupTeamUnpaid,
)
from mall.groupbuy.teams.seats import LAST_CALL_S
from mall.groupbuy.teams.states import OPENING
from mall.kernel.errors import MallError

_TEAM = text(
    """
    SELECT status, verdict, seats_left,
        coalesce(expires_at <= clock_timestamp() + make_interval(secs => :last_call_s), false)
            AS is_late
    FROM groupbuy_teams WHERE id = :team_id
    """
)


def why_no_seat(session: Session, team_id: int) -> MallError:
    """Why nobody can take a seat of a team that gave none."""
    values = {"team_id": team_id, "last_call_s": LAST_CALL_S}
    team = session.execute(_TEAM, values).one_or_none()
    return GroupTeamNotFound() if team is None else seat_refusal(team) or GroupTeamFull()


def seat_refusal(team: Any) -> MallError | None:
    """The refusal of a team's row (`status`, `verdict`, `seats_left`, `is_late`); None when
    there is a seat. Pure."""
    if team.status == OPENING:
        return GroupTeamUnpaid()
    if team.status not in ("forming", "formed") or team.verdict is not None or team.is_late:
        return GroupTeamOver()
    return GroupTeamFull() if team.seats_left <= 0 else None
