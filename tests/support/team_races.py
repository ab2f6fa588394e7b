"""Team races for tests, made as staff would make them."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert, text

from mall.boards.tending import close_due, tend_views
from mall.games.races import joining
from mall.games.races.admin_schemas import RaceInSchema
from mall.games.races.composing import create_race, publish
from mall.games.races.models import RaceMember, RaceTeam
from mall.games.races.sources import count_check_in
from mall.kernel.clock import shop_day, utc_now
from mall.kernel.db import db, transaction
from mall.missions.checkin.models import CheckIn, CheckInState
from mall.rewards.commands import create_rule
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.users import make_shopper

SHOPPER, ADMIN = "/api/v1/races", "/admin/api/v1/races"
_NAMES = count(1)


def points_rule(points: int = 10, name: str = "团队赛积分", **more: Any) -> int:
    """A rule that gives points: its id."""
    body = {"name": name, "reward": [{"kind": "points", "count": points}], **more}
    return create_rule(**RewardRuleInSchema().load(body)).id


def prize(first: int, last: int, rule_id: int) -> dict[str, Any]:
    """The JSON of a prize."""
    return {"first_rank": first, "last_rank": last, "rule_id": str(rule_id)}


def score(kind: str, points: int, **more: Any) -> dict[str, Any]:
    """The JSON of what scores."""
    return {"kind": kind, "points": points, **more}


SCORES = (score("check_in", 5), score("mission", 20), score("purchase", 1))


def race_terms(*prizes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The JSON of a race that starts in an hour, of teams of three."""
    now = utc_now()
    return {
        "name": "三人团队赛",
        "text": "组队攒积分，名次由全队总分决定。",
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        "joins_until": (now + timedelta(days=3)).isoformat(),
        "team_size": 3,
        "wait_h": 24,
        "scores": list(SCORES),
        "prizes": list(prizes) or [prize(1, 1, points_rule())],
        **more,
    }


def race_draft(*prizes: dict[str, Any], **more: Any) -> int:
    """A draft of staff."""
    return create_race(RaceInSchema().load(race_terms(*prizes, **more)))


def published_race(*prizes: dict[str, Any], **more: Any) -> int:
    """A race that is published and hasn't begun."""
    race_id = race_draft(*prizes, **more)
    publish(race_id, 1, accept_warnings=True)
    return race_id


def begin(race_id: int) -> int:
    """Its start was an hour ago, whatever was published; its board, with the view."""
    _shift(race_id, "starts_at = now() - interval '1 hour'")
    tend_views()
    return board_of(race_id)


def running_race(*prizes: dict[str, Any], **more: Any) -> int:
    """A race that began an hour ago."""
    race_id = published_race(*prizes, **more)
    begin(race_id)
    return race_id


def finish(race_id: int) -> None:
    """Its time is over, and nobody joins any more; refunds are still waited for."""
    _shift(race_id, "ends_at = clock_timestamp()")
    with transaction() as session:
        session.execute(
            text("UPDATE races SET joins_until = ends_at WHERE id = :id"), {"id": race_id}
        )
    db.session.rollback()


def make_due(race_id: int) -> None:
    """The wait is over, too: the sweep would freeze the ranks."""
    finish(race_id)
    with transaction() as session:
        query = text("UPDATE boards SET closes_at = clock_timestamp() WHERE id = :id")
        session.execute(query, {"id": board_of(race_id)})
    db.session.rollback()


def freeze(race_id: int) -> int:
    """What the sweep closes once the wait is over."""
    make_due(race_id)
    return close_due()


def board_of(race_id: int) -> int:
    """The board of a race."""
    with transaction() as session:
        query = text("SELECT board_id FROM races WHERE id = :id")
        return int(session.scalars(query, {"id": race_id}).one())


def code_of(team_id: int) -> str:
    """The invitation of a team."""
    with transaction() as session:
        return session.get_one(RaceTeam, team_id, populate_existing=True).code


def make_team(race_id: int, user_id: int, *others: int, matchable: bool = True) -> int:
    """A team whose name nobody checked: its id. The others join by its code."""
    with transaction() as session:
        values = {"race_id": race_id, "name": f"队伍{next(_NAMES)}", "matchable": matchable}
        size = session.scalar(text("SELECT team_size FROM races WHERE id = :id"), {"id": race_id})
        made = session.execute(
            insert(RaceTeam)
            .values(**values, captain_id=user_id, code=joining.draw_code(8), size=size)
            .returning(RaceTeam.id, RaceTeam.code)
        ).one()
        session.execute(
            insert(RaceMember).values(
                race_id=race_id, team_id=made.id, user_id=user_id, way="created"
            )
        )
    for other in others:
        joining.join_team(other, race_id, made.code)
    return int(made.id)


def joined_long_ago(race_id: int) -> None:
    """As if all had joined before the start."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE race_members SET joined_at = joined_at - interval '2 hours'"
                " WHERE race_id = :id"
            ),
            {"id": race_id},
        )


def check_in(user_id: int, minutes_ago: float = 0) -> None:
    """The only check-in of a shopper, of so many minutes ago, told to the races."""
    moment = utc_now() - timedelta(minutes=minutes_ago)
    day = shop_day(moment)
    with transaction() as session:
        session.execute(
            insert(CheckInState).values(user_id=user_id, last_day=day, streak=1, longest=1, total=1)
        )
        session.execute(
            insert(CheckIn).values(user_id=user_id, day=day, streak=1, created_at=moment)
        )
        count_check_in(session, user_id, day)


def race_ids() -> dict[str, str]:
    """A race that runs, with a team in it, and a draft; what placeholders stand for."""
    race_id, (captain, _) = running_race(), make_shopper()
    team_id = make_team(race_id, captain)
    joined_long_ago(race_id)
    check_in(captain, minutes_ago=1)
    return {
        "race_id": str(race_id),
        "race_team_id": str(team_id),
        "race_code": code_of(team_id),
        "race_draft_id": str(race_draft()),
        "race_rule_id": str(points_rule()),
    }


def _shift(race_id: int, change: str) -> None:
    with transaction() as session:
        given = {"id": race_id, "board": board_of(race_id)}
        session.execute(text(f"UPDATE races SET {change} WHERE id = :id"), given)
        session.execute(
            text(
                "UPDATE boards b SET starts_at = r.starts_at, ends_at = r.ends_at"
                " FROM races r WHERE b.id = :board AND r.id = :id"
            ),
            given,
        )
    db.session.rollback()
