"""What shoppers see of races: the races, their ranks, their own team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from mall.boards.models import CLOSED, Board, BoardAward
from mall.boards.ranking import places, scores_of, standing
from mall.boards.view.entries import Place
from mall.games.races.errors import RaceNotFound, RaceNotInTeam
from mall.games.races.joining import current_team, team_of_code
from mall.games.races.models import Race, RaceEntry, RaceMember, RaceTeam
from mall.games.races.rules_text import rules_text
from mall.games.races.states import may_join, state_of
from mall.games.races.terms import Terms, read_terms
from mall.kernel.db import db_now
from mall.kernel.masking import mask_text
from mall.users.models import User

Row = dict[str, Any]
NAMELESS = "微信用户"


def listed(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """Published races, newest first; one more than `limit`."""
    query = races().where(Race.published_at.is_not(None))
    if before is not None:
        query = query.where(Race.id < before)
    now = db_now(session)
    rows = session.execute(query.order_by(Race.id.desc()).limit(limit + 1)).all()
    return [line(row, now) for row in rows]


def public_view(session: Session, race_id: int) -> Row:
    """All that is public of a race. Raises RaceNotFound."""
    row = published(session, race_id)
    terms = read_terms(row.Race.terms)
    names = ("text", "team_size", "joins_until", "wait_h", "scores", "prizes")
    return {
        **line(row, db_now(session)),
        **{name: getattr(terms, name) for name in names},
        "rules": rules_text(terms),
        "ended_at": row.Race.ended_at,
        "end_reason": row.Race.end_reason,
        "closes_at": row.Board.closes_at,
        "size": row.Board.size,
        "digest": row.Board.digest,
    }


def ranks(session: Session, race_id: int, user_id: int, *, after: int, limit: int) -> list[Row]:
    """Part of the list after a rank; one more than `limit`. Raises RaceNotFound."""
    race = published(session, race_id).Race
    found = places(session, race.board_id, first=after, count=limit + 1)
    return rank_lines(session, read_terms(race.terms), found, _mine(session, race_id, user_id))


def own_standing(session: Session, race_id: int, user_id: int, around: int) -> Row:
    """The rank of the shopper's team, with its neighbours. Raises RaceNotFound, RaceNotInTeam."""
    race = published(session, race_id).Race
    team_id = _mine(session, race_id, user_id)
    if team_id is None:
        raise RaceNotInTeam
    terms = read_terms(race.terms)
    found = standing(session, race.board_id, team_id, around=around)
    prize = terms.prize_of(found.rank)
    return {
        **{name: getattr(found, name) for name in ("score", "rank", "ahead_at_least", "size")},
        "excluded": found.excluded,
        "around": rank_lines(session, terms, found.around, team_id),
        "prize": prize.name if prize else None,
        "award": _award(session, race.board_id, user_id),
    }


def own_team(session: Session, race_id: int, user_id: int) -> Row:
    """The shopper's team, with its code and what each member scored. Raises RaceNotFound,
    RaceNotInTeam."""
    race = published(session, race_id).Race
    team_id = _mine(session, race_id, user_id)
    if team_id is None:
        raise RaceNotInTeam
    team = session.get_one(RaceTeam, team_id, populate_existing=True)
    scored = scores_of(session, race.board_id, [team_id])
    return {
        **team_line(team),
        "code": team.code,
        "matchable": team.matchable,
        "score": scored[0].score if scored else 0,
        "excluded_for": scored[0].excluded_for if scored else None,
        "of_members": _members(session, team, user_id),
    }


def invitation(session: Session, race_id: int, code: str) -> Row:
    """The team that a code invites to. Raises RaceNotFound, RaceCodeInvalid."""
    published(session, race_id)
    team = session.get_one(RaceTeam, team_of_code(session, race_id, code), populate_existing=True)
    name = session.scalar(select(User.nickname).where(User.id == team.captain_id))
    return {**team_line(team), "captain": mask_text(name or NAMELESS)}


def races() -> Select[Race, Board]:
    """Races with their boards; a draft has none."""
    query = select(Race, Board).outerjoin(Board, Board.id == Race.board_id)
    return query.execution_options(populate_existing=True)


def published(session: Session, race_id: int) -> SqlRow[Race, Board]:
    """A published race and its board. Raises RaceNotFound."""
    query = races().where(Race.id == race_id, Race.published_at.is_not(None))
    found = session.execute(query).one_or_none()
    if found is None:
        raise RaceNotFound
    return found


def line(row: Any, now: Any) -> Row:
    """A race in a list; of a draft by its terms."""
    race, terms = row.Race, read_terms(row.Race.terms)
    frozen = row.Board is not None and row.Board.status == CLOSED
    return {
        **{name: getattr(race, name) for name in ("id", "name", "paused")},
        "starts_at": race.starts_at or terms.starts_at,
        "ends_at": race.ends_at or terms.ends_at,
        "state": state_of(race, now, frozen=frozen),
        "joinable": may_join(race, now),
    }


def team_line(team: RaceTeam) -> Row:
    """A team in a list."""
    return {name: getattr(team, name) for name in ("id", "name", "members", "size")}


def rank_lines(
    session: Session, terms: Terms, found: Sequence[Place], mine: int | None
) -> list[Row]:
    """Places with the names of the teams and their prizes."""
    teams = teams_by_id(session, [one.member_id for one in found])
    return [
        {
            "rank": one.rank,
            "team_id": one.member_id,
            "name": teams[one.member_id].name,
            "members": teams[one.member_id].members,
            "score": one.score,
            "reached_at": one.reached_at,
            "mine": one.member_id == mine,
            "prize": prize.name if (prize := terms.prize_of(one.rank)) else None,
        }
        for one in found
    ]


def teams_by_id(session: Session, team_ids: Sequence[int]) -> dict[int, RaceTeam]:
    """Teams by their ids."""
    query = select(RaceTeam).where(RaceTeam.id.in_(team_ids))
    found = session.scalars(query.execution_options(populate_existing=True))
    return {one.id: one for one in found}


def _mine(session: Session, race_id: int, user_id: int) -> int | None:
    return current_team(session, race_id, user_id)


def _award(session: Session, board_id: int, user_id: int) -> str | None:
    query = select(BoardAward.grant_id.is_not(None)).where(
        BoardAward.board_id == board_id, BoardAward.user_id == user_id
    )
    given = session.scalar(query)
    return None if given is None else "given" if given else "refused"


def _members(session: Session, team: RaceTeam, user_id: int) -> list[Row]:
    """Who is in the team, and what each scored for it; those who left only where they scored."""
    scored = (
        select(RaceEntry.user_id, func.sum(RaceEntry.points).label("points"))
        .where(RaceEntry.team_id == team.id)
        .group_by(RaceEntry.user_id)
        .subquery()
    )
    rows = session.execute(
        select(
            RaceMember.user_id,
            User.nickname,
            func.coalesce(scored.c.points, 0).label("points"),
            func.min(RaceMember.joined_at).label("joined_at"),
            func.bool_or(RaceMember.left_at.is_(None)).label("is_in"),
        )
        .join(User, User.id == RaceMember.user_id)
        .outerjoin(scored, scored.c.user_id == RaceMember.user_id)
        .where(RaceMember.team_id == team.id)
        .group_by(RaceMember.user_id, User.nickname, scored.c.points)
        .order_by(func.min(RaceMember.joined_at), RaceMember.user_id)
    )
    return [
        {
            "name": mask_text(row.nickname or NAMELESS),
            "points": int(row.points),
            "joined_at": row.joined_at,
            "left": not row.is_in,
            "captain": row.user_id == team.captain_id,
            "mine": row.user_id == user_id,
        }
        for row in rows
        if row.is_in or row.points
    ]
