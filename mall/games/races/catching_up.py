"""Before the ranks are frozen: what events brought late or not at all is counted.

The queries find what may be missing or wrong; each source is then counted as by its event, which
changes nothing where it was right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.games.races.building import scores_in_races
from mall.games.races.models import Race
from mall.games.races.sources import count_check_in, count_mission, count_order
from mall.games.races.terms import CHECK_IN, MISSION, PURCHASE, Terms, read_terms
from mall.kernel.db import int_array, transaction
from mall.missions.board.models import Mission
from mall.orders.kinds import earning_kinds

# What somebody did (:moment) while in a team of the race, and in its time.
_MEMBERS = "FROM races r JOIN race_members m ON m.race_id = r.id"
_WHILE = """
    {0} >= greatest(m.joined_at, r.starts_at) AND {0} < least(r.ends_at, r.ended_at, m.left_at)
"""
_LACKS = "NOT EXISTS (SELECT FROM race_entries e WHERE e.race_id = r.id AND e.source = {0})"
_CHECK_INS = f"""
    SELECT c.user_id, c.day {_MEMBERS} JOIN check_ins c ON c.user_id = m.user_id
    WHERE r.id = :race_id AND NOT c.made_up AND {_WHILE.format("c.created_at")}
      AND {_LACKS.format("'check_in:' || c.user_id || ':' || c.day")}
"""
_MISSIONS = f"""
    SELECT p.id {_MEMBERS} JOIN mission_progress p ON p.user_id = m.user_id
    WHERE r.id = :race_id AND p.mission_id = ANY(CAST(:missions AS bigint[]))
      AND {_WHILE.format("p.completed_at")} AND {_LACKS.format("'mission:' || p.id")}
    UNION
    SELECT p.id FROM race_entries e
    JOIN mission_progress p ON p.user_id = e.user_id AND e.source = 'mission:' || p.id
    WHERE e.race_id = :race_id AND e.kind = 'mission'
      AND (e.points > 0) <> (p.completed_at IS NOT NULL)
"""  # noqa: S608
_ORDERS = f"""
    SELECT o.order_no {_MEMBERS} JOIN orders o ON o.user_id = m.user_id
    WHERE r.id = :race_id AND o.settled_at IS NOT NULL AND {_WHILE.format("o.paid_at")}
      AND o.kind = ANY(CAST(:kinds AS text[]))
      AND (o.refunding_fen + o.refunded_fen > 0
           OR {_LACKS.format("'order:' || o.order_no")})
"""
_Counter = Callable[[Session, Any], None]
_KINDS: Mapping[str, tuple[str, _Counter]] = {
    CHECK_IN: (_CHECK_INS, lambda session, row: count_check_in(session, row.user_id, row.day)),
    MISSION: (_MISSIONS, lambda session, row: count_mission(session, row.id)),
    PURCHASE: (_ORDERS, lambda session, row: count_order(session, row.order_no)),
}


def catch_up(board_id: int) -> None:
    """Count what of the race on a board hasn't been counted yet, each in a transaction of its
    own. Safe to repeat."""
    for row, count in _missed(board_id):
        with transaction() as session:
            count(session, row)


def _missed(board_id: int) -> Iterator[tuple[Any, _Counter]]:
    with transaction() as session:
        race = session.execute(select(Race.id, Race.terms).where(Race.board_id == board_id)).one()
        terms = read_terms(race.terms)
        asked: Mapping[str, Mapping[str, Any]] = {
            CHECK_IN: {},
            MISSION: {"missions": int_array(_scoring(session, terms))},
            PURCHASE: {"kinds": earning_kinds()},
        }
    for kind in sorted({one.kind for one in terms.scores}):
        query, count = _KINDS[kind]
        with transaction() as session:
            found = session.execute(text(query), {"race_id": race.id, **asked[kind]}).all()
        yield from ((row, count) for row in found)


def _scoring(session: Session, terms: Terms) -> list[int]:
    """The missions that score in a race: of others nothing is ever written, so they would be found
    each time."""
    missions = session.execute(select(Mission.id, Mission.trigger).order_by(Mission.id))
    return [
        row.id
        for row in missions
        if scores_in_races(row.trigger) and terms.points(MISSION, mission_id=row.id)
    ]
