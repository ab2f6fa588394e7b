"""What staff see of races: terms, teams, figures, what came too late."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.boards.models import BoardAward, BoardScore
from mall.games.races.errors import RaceNotFound, RaceNotPublished, RaceTeamNotFound
from mall.games.races.models import Race, RaceEntry, RaceMember, RaceTeam
from mall.games.races.previewing import Turnout, prize_costs, together
from mall.games.races.queries import Row, line, races, team_line
from mall.games.races.terms import SCORE_KINDS, Terms, read_terms
from mall.kernel.db import db_now
from mall.rewards.models import RewardPart


def all_races(session: Session, *, before: int | None, limit: int) -> list[Row]:
    """All races, newest first; one more than `limit`."""
    query = races()
    if before is not None:
        query = query.where(Race.id < before)
    now = db_now(session)
    rows = session.execute(query.order_by(Race.id.desc()).limit(limit + 1)).all()
    return [{**line(row, now), "revision": row.Race.revision} for row in rows]


def one_race(session: Session, race_id: int) -> Row:
    """A race with its terms. Raises RaceNotFound."""
    row = session.execute(races().where(Race.id == race_id)).one_or_none()
    if row is None:
        raise RaceNotFound
    names = ("revision", "published_at", "ended_at", "end_reason", "board_id")
    board = ("closes_at", "closed_at", "awarded_at", "size", "digest")
    return {
        **line(row, db_now(session)),
        **{name: getattr(row.Race, name) for name in names},
        **{name: getattr(row.Board, name, None) for name in board},
        "terms": read_terms(row.Race.terms),
    }


def terms_of(session: Session, race_id: int) -> Terms:
    """The terms of a race, draft or published. Raises RaceNotFound."""
    stored = session.scalar(select(Race.terms).where(Race.id == race_id))
    if stored is None:
        raise RaceNotFound
    return read_terms(stored)


def cost_preview(session: Session, race_id: int, expected: Turnout) -> Row:
    """What the prizes cost: expected and at worst. Raises RaceNotFound, RewardUnknown."""
    costs = prize_costs(session, terms_of(session, race_id), expected)
    return {
        "prizes": costs,
        "expected_fen": together(one.expected_fen for one in costs),
        "worst_fen": together(one.worst_fen for one in costs),
    }


def board_of(session: Session, race_id: int) -> int:
    """The board of a published race. Raises RaceNotFound, RaceNotPublished."""
    found = session.execute(select(Race.board_id).where(Race.id == race_id)).one_or_none()
    if found is None:
        raise RaceNotFound
    if found.board_id is None:
        raise RaceNotPublished
    return int(found.board_id)


def team_in(session: Session, race_id: int, team_id: int) -> RaceTeam:
    """A team of a race. Raises RaceTeamNotFound."""
    query = select(RaceTeam).where(RaceTeam.id == team_id, RaceTeam.race_id == race_id)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise RaceTeamNotFound
    return found


def teams(session: Session, race_id: int, *, before: int | None, limit: int) -> list[Row]:
    """The teams of a race, newest first, with their scores; one more than `limit`."""
    board_id = board_of(session, race_id)
    its_score = (BoardScore.board_id == board_id) & (BoardScore.member_id == RaceTeam.id)
    query = (
        select(RaceTeam, BoardScore.score, BoardScore.excluded_for)
        .outerjoin(BoardScore, its_score)
        .where(RaceTeam.race_id == race_id)
    )
    if before is not None:
        query = query.where(RaceTeam.id < before)
    rows = session.execute(
        query.order_by(RaceTeam.id.desc())
        .limit(limit + 1)
        .execution_options(populate_existing=True)
    )
    names = ("captain_id", "code", "matchable", "dissolved_at", "created_at")
    return [
        {
            **team_line(row.RaceTeam),
            **{name: getattr(row.RaceTeam, name) for name in names},
            "score": row.score or 0,
            "excluded_for": row.excluded_for,
        }
        for row in rows
    ]


def entries(
    session: Session,
    race_id: int,
    *,
    team_id: int | None,
    late: bool,
    before: int | None,
    limit: int,
) -> list[RaceEntry]:
    """What was scored, newest first: of a team, or what changed too late; one more than `limit`."""
    query = select(RaceEntry).where(RaceEntry.race_id == race_id)
    if team_id is not None:
        query = query.where(RaceEntry.team_id == team_id)
    if late:
        query = query.where(RaceEntry.late_points.is_not(None))
    if before is not None:
        query = query.where(RaceEntry.id < before)
    ordered = query.order_by(RaceEntry.id.desc()).limit(limit + 1)
    return list(session.scalars(ordered.execution_options(populate_existing=True)))


def figures(session: Session, race_id: int) -> Row:
    """Teams, members, scores and cost of a published race. Raises RaceNotFound,
    RaceNotPublished."""
    board_id = board_of(session, race_id)
    formed, dissolved, full = session.execute(
        select(
            func.count(),
            func.count(RaceTeam.dissolved_at),
            func.count().filter(RaceTeam.members == RaceTeam.size),
        ).where(RaceTeam.race_id == race_id)
    ).one()
    members, shoppers = session.execute(
        select(
            func.count().filter(RaceMember.left_at.is_(None)),
            func.count(RaceMember.user_id.distinct()),
        ).where(RaceMember.race_id == race_id)
    ).one()
    ranked, excluded = session.execute(
        select(
            func.count().filter(BoardScore.score > 0, BoardScore.excluded_for.is_(None)),
            func.count(BoardScore.excluded_for),
        ).where(BoardScore.board_id == board_id)
    ).one()
    return {
        **{"teams": formed - dissolved, "dissolved": dissolved, "full": full},
        **{"members": members, "shoppers": shoppers, "ranked": ranked, "excluded": excluded},
        "scores": _scores(session, race_id),
        **_prizes(session, board_id),
        "worst_fen": cost_preview(session, race_id, Turnout())["worst_fen"],
    }


def _scores(session: Session, race_id: int) -> list[Row]:
    rows = session.execute(
        select(
            RaceEntry.kind,
            func.count().filter(RaceEntry.points > 0).label("entries"),
            func.sum(RaceEntry.points).label("points"),
            func.count(RaceEntry.late_points).label("late"),
        )
        .where(RaceEntry.race_id == race_id)
        .group_by(RaceEntry.kind)
    )
    found: dict[str, Any] = {row.kind: row for row in rows}
    return [
        {
            "kind": kind,
            "entries": found[kind].entries if kind in found else 0,
            "points": int(found[kind].points) if kind in found else 0,
            "late": found[kind].late if kind in found else 0,
        }
        for kind in SCORE_KINDS
    ]


def _prizes(session: Session, board_id: int) -> Row:
    given, refused = session.execute(
        select(func.count(BoardAward.grant_id), func.count(BoardAward.refusal)).where(
            BoardAward.board_id == board_id
        )
    ).one()
    cost = session.scalar(
        select(func.coalesce(func.sum(RewardPart.cost_fen), 0))
        .join(BoardAward, BoardAward.grant_id == RewardPart.grant_id)
        .where(BoardAward.board_id == board_id)
    )
    return {"given": given, "refused": refused, "cost_fen": int(cost or 0)}
