"""Who can have a seat, and why not: the one rule for pages, quotes and placing.

Each limit is one small function. Pages and quotes ask all of them at once (`why_not`); placing
asks each where it has counted under its locks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.groupbuy.activities.models import CUSTOMERS, NEW
from mall.groupbuy.errors import (
    GroupActivityNotOpen,
    GroupCustomersOnly,
    GroupMemberAlready,
    GroupNewOnly,
    GroupSoldOut,
    GroupTeamFull,
    GroupTeamNotFound,
    GroupTeamOver,
    GroupTeamsLimit,
    GroupTeamUnpaid,
    GroupUnitsLimit,
)
from mall.groupbuy.orders.choice import Joining
from mall.groupbuy.orders.terms import Terms
from mall.groupbuy.teams.seats import LAST_CALL_S
from mall.groupbuy.teams.states import OPENING
from mall.kernel.errors import MallError
from mall.orders.customers import has_bought

_TEAM = text(
    """
    SELECT status, verdict, seats_left,
        coalesce(expires_at <= clock_timestamp() + make_interval(secs => :last_call_s), false)
            AS is_late
    FROM groupbuy_teams WHERE id = :team_id
    """
)
_FACTS = text(
    f"""
    SELECT a.status = 'started' AND clock_timestamp() < a.starts_at AS is_early,
        a.status = 'started' AND clock_timestamp() >= a.starts_at
            AND clock_timestamp() < a.ends_at AS is_open,
        (SELECT coalesce(max(k.stock - k.sold), 0) FROM groupbuy_skus k
         WHERE k.activity_id = a.id
           AND k.sku_id = coalesce(CAST(:sku_id AS bigint), k.sku_id)) AS units_left,
        (SELECT coalesce(sum(h.units), 0) FROM groupbuy_shoppers h
         WHERE h.activity_id = a.id AND h.user_id = :user_id) AS units_had,
        (SELECT count(*) FROM groupbuy_teams l
         WHERE l.leader_id = :user_id AND l.activity_id = a.id
           AND l.status IN ('opening', 'forming')) AS teams_led,
        {has_bought(":user_id")} AS has_bought,
        EXISTS (SELECT FROM groupbuy_newcomers n WHERE n.user_id = :user_id) AS waits_as_new,
        EXISTS (SELECT FROM groupbuy_members m
                WHERE m.team_id = :team_id AND m.user_id = :user_id AND m.seat) AS is_member
    FROM groupbuy_activities a WHERE a.id = :activity_id
    """  # noqa: S608 - a condition of ours
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a shopper can have a seat now.

    `units_left` are the activity's of the SKU, of the one that has the most when none was named.
    `units_had` and `teams_led` (unfinished) are the shopper's in the activity. `waits_as_new`: has
    an unpaid order in a team for new customers. `team` is the row of one that is to be joined.
    """

    is_early: bool
    is_open: bool
    units_left: int
    units_had: int
    teams_led: int
    has_bought: bool
    waits_as_new: bool
    is_member: bool
    team: Any | None


def facts_of(session: Session, user_id: int, terms: Terms, sku_id: int | None) -> Facts:
    """What is to be known of a shopper, a choice and a SKU (None: any)."""
    choice = terms.choice
    team_id = choice.team_id if isinstance(choice, Joining) else None
    values = {
        "user_id": user_id,
        "activity_id": terms.activity_id,
        "sku_id": sku_id,
        "team_id": team_id,
    }
    row = session.execute(_FACTS, values).one()
    team = None if team_id is None else _team(session, team_id)
    return Facts(**row._mapping, team=team)


def why_not(terms: Terms, units: int, facts: Facts) -> list[MallError]:
    """The refusals that placing so many units would meet, the first one first. Pure."""
    if terms.opens:
        found = [
            window_refusal(facts),
            teams_refusal(terms, facts.teams_led + 1),
            opener_refusal(terms, has_bought=facts.has_bought),
        ]
    else:
        # Whoever is in the team is told so, and not that it is full.
        is_member = GroupMemberAlready() if facts.is_member else None
        found = [
            is_member or seat_refusal(facts.team),
            joiner_refusal(terms, has_bought=facts.has_bought, waits_as_new=facts.waits_as_new),
        ]
    found += [
        order_refusal(terms, units),
        shopper_refusal(terms, facts.units_had + units),
        GroupSoldOut() if facts.units_left < units else None,
    ]
    return [one for one in found if one is not None]


def refuse(refusal: MallError | None) -> None:
    """Raise a refusal, if there is one."""
    if refusal is not None:
        raise refusal


def window_refusal(facts: Facts) -> MallError | None:
    """Teams are opened while the activity runs."""
    if facts.is_early:
        return GroupActivityNotOpen("拼团尚未开始")
    return None if facts.is_open else GroupActivityNotOpen("拼团已结束")


def order_refusal(terms: Terms, units: int) -> MallError | None:
    """The units of one order."""
    if units <= terms.order_units:
        return None
    return GroupUnitsLimit(f"每单限购 {terms.order_units} 件")


def shopper_refusal(terms: Terms, units: int) -> MallError | None:
    """The units that a shopper would have in all."""
    if units <= terms.shopper_units:
        return None
    return GroupUnitsLimit(f"每人限购 {terms.shopper_units} 件")


def teams_refusal(terms: Terms, teams: int) -> MallError | None:
    """The unfinished teams that a shopper would lead."""
    return GroupTeamsLimit() if teams > terms.open_teams else None


def opener_refusal(terms: Terms, *, has_bought: bool) -> MallError | None:
    """Whom teams may be opened by."""
    return GroupCustomersOnly() if terms.open_audience == CUSTOMERS and not has_bought else None


def joiner_refusal(terms: Terms, *, has_bought: bool, waits_as_new: bool) -> MallError | None:
    """Whom teams may be joined by. A new customer has one unpaid order as such."""
    return GroupNewOnly() if terms.join_audience == NEW and (has_bought or waits_as_new) else None


def why_no_seat(session: Session, team_id: int) -> MallError:
    """Why nobody can take a seat of a team that gave none."""
    team = _team(session, team_id)
    return GroupTeamNotFound() if team is None else seat_refusal(team) or GroupTeamFull()


def seat_refusal(team: Any) -> MallError | None:
    """The refusal of a team's row (`status`, `verdict`, `seats_left`, `is_late`); None when
    there is a seat. Pure."""
    if team.status == OPENING:
        return GroupTeamUnpaid()
    if team.status not in ("forming", "formed") or team.verdict is not None or team.is_late:
        return GroupTeamOver()
    return GroupTeamFull() if team.seats_left <= 0 else None


def _team(session: Session, team_id: int) -> Any | None:
    values = {"team_id": team_id, "last_call_s": LAST_CALL_S}
    return session.execute(_TEAM, values).one_or_none()
