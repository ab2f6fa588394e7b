"""What ending an activity now would do: in all, and for each open team by each decision.

The one rule of how a team ends (`teams.closing.ending_of`) says it, for the seats that are paid
now. Unpaid orders may still be paid; who joins until then changes it, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import DIFFERENCE, GroupActivity, GroupTierSet
from mall.groupbuy.activities.tiers import Tiers, tiers_of
from mall.groupbuy.desk.ending import last_ending
from mall.groupbuy.desk.models import GroupEnding
from mall.groupbuy.desk.queries import TEAM
from mall.groupbuy.errors import GroupActivityNotFound
from mall.groupbuy.teams.closing import Ending, ending_of
from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.states import FORM, FORMED, OPEN_SQL

_TOTALS = text(
    f"""
    SELECT count(*) AS teams,
        count(*) FILTER (WHERE status = 'opening') AS opening,
        count(*) FILTER (WHERE status = 'forming') AS forming,
        count(*) FILTER (WHERE status = 'formed') AS formed,
        count(*) FILTER (WHERE verdict IS NOT NULL) AS decided,
        coalesce(sum(reserved), 0) AS unpaid_seats,
        coalesce(sum(greatest(min_size - paid - filled, 0))
            FILTER (WHERE status = 'forming' AND paid > 0 AND verdict IS NULL), 0)
            AS seats_to_fill
    FROM groupbuy_teams WHERE activity_id = :activity_id AND status IN {OPEN_SQL}
    """  # noqa: S608 - words of our own
)
_REFUNDS = text(
    """
    SELECT count(*) AS refund_members,
        coalesce(sum(o.paid_fen - o.refunding_fen - o.refunded_fen), 0) AS refund_fen
    FROM groupbuy_teams t JOIN groupbuy_members m ON m.team_id = t.id
    JOIN orders o ON o.id = m.order_id
    WHERE t.activity_id = :activity_id AND t.status = 'forming' AND t.verdict IS NULL
      AND m.seat AND m.paid_at IS NOT NULL
    """
)
_TEAMS = text(
    f"""
    SELECT {TEAM}, t.tier_set_id FROM groupbuy_teams t
    JOIN groupbuy_activities a ON a.id = t.activity_id
    WHERE t.activity_id = :activity_id AND t.status IN {OPEN_SQL} AND t.id > :after
    ORDER BY t.id LIMIT :rows
    """  # noqa: S608 - words of our own
)
_SEATS = text(
    """
    SELECT m.team_id, m.sku_id, m.unit_price_fen, count(*) AS members, sum(m.units) AS units,
        sum(o.paid_fen - o.refunding_fen - o.refunded_fen) AS left_fen
    FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    WHERE m.team_id = ANY(CAST(:team_ids AS bigint[])) AND m.seat AND m.paid_at IS NOT NULL
    GROUP BY m.team_id, m.sku_id, m.unit_price_fen
    """
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of a team: formed with a tier, the shop filling seats and each member getting
    the difference; or failed, and `refund_fen` go back to `members`."""

    fails: bool
    tier_size: int | None
    seats_filled: int
    members: int
    refund_fen: int
    difference_fen: int


@dataclass(frozen=True, slots=True)
class TeamOutcomes:
    """An open team and its outcome by decision. `run`: if nobody else joins until it expires.
    `refund` of a formed team is None: it runs on."""

    team: Row[Any]
    run: Outcome
    form: Outcome
    refund: Outcome | None


@dataclass(frozen=True, slots=True)
class EndingPreview:
    """An activity that may be ended, what is open in it, and what staff decided last."""

    activity_id: int
    status: str
    ends_at: datetime
    last: GroupEnding | None
    totals: dict[str, int]


def preview(session: Session, activity_id: int) -> EndingPreview:
    """What ending the activity is about. Raises GroupActivityNotFound."""
    activity = activity_of(session, activity_id)
    values = {"activity_id": activity_id}
    totals = session.execute(_TOTALS, values).mappings().one()
    refunds = session.execute(_REFUNDS, values).mappings().one()
    figures = {name: int(figure) for name, figure in {**totals, **refunds}.items()}
    last = last_ending(session, activity_id)
    return EndingPreview(activity_id, activity.status, activity.ends_at, last, figures)


def open_teams(
    session: Session, activity_id: int, *, after: int, rows: int
) -> Sequence[TeamOutcomes]:
    """The open teams of an activity after id `after`, each with its outcomes."""
    activity = activity_of(session, activity_id)
    values = {"activity_id": activity_id, "after": after, "rows": rows}
    found = session.execute(_TEAMS, values).all()
    sets = session.scalars(select(GroupTierSet).where(GroupTierSet.activity_id == activity_id))
    tiers = {one.id: tiers_of(one.sizes, one.prices) for one in sets}
    seats: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in session.execute(_SEATS, {"team_ids": [team.id for team in found]}):
        seats[row.team_id].append(row)
    return [_outcomes(activity, tiers[team.tier_set_id], team, seats[team.id]) for team in found]


def activity_of(session: Session, activity_id: int) -> GroupActivity:
    """An activity. Raises GroupActivityNotFound."""
    activity = session.get(GroupActivity, activity_id, populate_existing=True)
    if activity is None:
        raise GroupActivityNotFound
    return activity


def _outcomes(
    activity: GroupActivity, tiers: Tiers, team: Row[Any], seats: list[Row[Any]]
) -> TeamOutcomes:
    def outcome(ending: Ending) -> Outcome:
        members = sum(int(seat.members) for seat in seats)
        if ending.tier_size is None:
            left_fen = sum(int(seat.left_fen) for seat in seats)
            return Outcome(True, None, 0, members, left_fen, 0)
        given_fen = sum(
            max(0, seat.unit_price_fen - tiers.price_at(seat.sku_id, ending.tier_size))
            * int(seat.units)
            for seat in seats
            if activity.mode == DIFFERENCE
        )
        return Outcome(False, ending.tier_size, ending.seats_filled, members, 0, given_fen)

    return TeamOutcomes(
        team,
        run=outcome(ending_of(_as_it_is(team, team.verdict), activity.virtual_seats)),
        form=outcome(ending_of(_as_it_is(team, FORM), activity.virtual_seats)),
        refund=None if team.status == FORMED else outcome(Ending(None)),
    )


def _as_it_is(team: Row[Any], verdict: str | None) -> GroupTeam:
    """The team for the rule of how it ends; not a row to be kept."""
    return GroupTeam(
        status=team.status,
        sizes=team.sizes,
        min_size=team.min_size,
        paid=team.paid,
        filled=team.filled,
        verdict=verdict,
    )
