"""When a team is over, and how: the one rule for the sweep, staff and a full team.

A team is closed once its time is up, it is full, or its end was decided, and no member's order
is unpaid: each is paid or closed first, whatever WeChat needs for that.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.activities.tiers import Tiers
from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.moving import fail, fill, form, settle
from mall.groupbuy.teams.seats import lock_team
from mall.groupbuy.teams.states import FAIL, FORM, FORMED, FORMING, Cause
from mall.kernel.db import transaction
from mall.kernel.failpoints import around_commit

BATCH = 50
_log = structlog.get_logger("mall.groupbuy")
DUE = """status IN ('forming', 'formed') AND reserved = 0
    AND (expires_at <= clock_timestamp() OR seats_left = 0 OR verdict IS NOT NULL)"""
"""SQL: which teams are to be closed now."""
# Three indexes, each read from its beginning: a million open teams cost nothing here. That needs a
# clock that is read once, and a list of open teams that isn't made first.
FIND_DUE = text(
    f"""
    WITH open AS NOT MATERIALIZED (
        SELECT id, expires_at, seats_left, verdict FROM groupbuy_teams
        WHERE status IN ('forming', 'formed') AND reserved = 0
    )
    (SELECT id FROM open WHERE expires_at <= (SELECT clock_timestamp())
     ORDER BY expires_at LIMIT {BATCH})
    UNION (SELECT id FROM open WHERE seats_left = 0 ORDER BY id LIMIT {BATCH})
    UNION (SELECT id FROM open WHERE verdict IS NOT NULL ORDER BY id LIMIT {BATCH})
    """  # noqa: S608 - a number of our own
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a team ends: the tier that it reached, and how many seats the shop fills for it; no
    tier when it fails."""

    tier_size: int | None
    seats_filled: int = 0


def ending_of(team: GroupTeam, virtual_seats: int) -> Ending:
    """How a team without unpaid orders ends now. Pure.

    A formed team stands, whoever left since. Any other needs its first tier's members: paid, or
    filled by the shop, as far as the activity allows; staff who form it fill what is missing. A
    team that nobody paid for fails.
    """
    seats = team.paid + team.filled
    tiers = Tiers(tuple(team.sizes), {})
    if team.status == FORMED:
        return Ending(tiers.reached(seats))
    missing = max(0, team.min_size - seats)
    allowed = missing if team.verdict == FORM else virtual_seats
    if team.verdict == FAIL or team.paid == 0 or missing > allowed:
        return Ending(None)
    return Ending(tiers.reached(seats + missing), missing)


def close_team(session: Session, team: GroupTeam, cause: Cause) -> None:
    """End a locked team that is `forming` or `formed` and has no unpaid orders."""
    around_commit(session, "groupbuy.before_closing_commit", "groupbuy.after_closing_commit")
    virtual_seats = session.scalars(
        select(GroupActivity.virtual_seats).where(GroupActivity.id == team.activity_id)
    ).one()
    ending = ending_of(team, virtual_seats)
    if ending.tier_size is None:
        fail(session, team.id, FORMING, cause)
        return
    if ending.seats_filled:
        fill(session, team.id, ending.seats_filled, cause.staff_id)
    if team.status == FORMING:
        form(session, team.id, cause)
    settle(session, team.id, ending.tier_size, cause)


def close_due_teams() -> int:
    """Close a batch of the teams that are due; how many. Those that somebody holds come next
    time, and one that can't be closed keeps no other waiting."""
    with transaction() as session:
        found = session.scalars(FIND_DUE).all()
        teams = session.scalars(
            select(GroupTeam)
            .where(GroupTeam.id.in_(found), text(DUE))
            .order_by(GroupTeam.id)
            .limit(BATCH)
            .with_for_update(key_share=True, skip_locked=True)
            .execution_options(populate_existing=True)
        ).all()
        return sum(_close(session, team) for team in teams)


def _close(session: Session, team: GroupTeam) -> bool:
    team_id = team.id
    try:
        with session.begin_nested():
            close_team(session, team, why_due(team))
    except Exception:
        _log.exception("a team can't be closed", team_id=team_id)
        return False
    return True


def close_full_team(team_id: int) -> None:
    """Close a team whose last seat was paid, if that is how it still stands."""
    with transaction() as session:
        team = lock_team(session, team_id)
        if team is not None and team.status in (FORMING, FORMED) and is_full(team):
            close_team(session, team, Cause("full"))


def is_full(team: GroupTeam) -> bool:
    """Every seat is taken, and none by an unpaid order."""
    return team.seats_left == 0 and team.reserved == 0


def why_due(team: GroupTeam) -> Cause:
    """The cause of a due team's end; of a decided one with who of the staff decided it."""
    if team.verdict is not None:
        return Cause("decided", team.verdict_reason, team.verdict_by)
    return Cause("full" if team.seats_left == 0 else "expired")
