"""That a shopper looked at a team's page: the first time is kept, for how many of them join."""

from __future__ import annotations

from sqlalchemy import text

from mall.groupbuy.teams.queries import team_id_of
from mall.groupbuy.teams.states import OPEN_SQL
from mall.kernel.db import transaction

_VISIT = text(
    f"""
    INSERT INTO groupbuy_visits (team_id, user_id)
    SELECT t.id, :user_id FROM groupbuy_teams t
    WHERE t.id = :team_id AND t.status IN {OPEN_SQL} AND t.leader_id <> :user_id
      AND NOT EXISTS (SELECT FROM groupbuy_members m
                      WHERE m.team_id = t.id AND m.user_id = :user_id AND m.seat)
    ON CONFLICT DO NOTHING
    """  # noqa: S608 - words of our own
)


def visit(user_id: int, code: str) -> None:
    """Keep the first look of a shopper at a team that isn't over, nor the shopper's own; again is
    once. Raises GroupTeamNotFound."""
    with transaction() as session:
        session.execute(_VISIT, {"team_id": team_id_of(session, code), "user_id": user_id})
