"""A team's page, for members and for whoever was sent there; teams to join; one's own teams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.catalog.models import Spu
from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.errors import GroupTeamNotFound
from mall.groupbuy.orders.choice import Joining
from mall.groupbuy.orders.eligibility import facts_of, why_not
from mall.groupbuy.orders.terms import Terms, terms_of
from mall.groupbuy.pages.own_seat import own_seat, tiers_for_me
from mall.groupbuy.teams.joinable import CURSOR, JoinableTeam, joinable_teams
from mall.groupbuy.teams.models import GroupTeam
from mall.groupbuy.teams.queries import team_id_of
from mall.groupbuy.teams.states import FORMED, SETTLED
from mall.kernel.http.paging import Page, decode_cursor, page
from mall.kernel.masking import mask_text

MOST_SHOWN = 50
NAMELESS = "拼友"
_MEMBERS = text(
    f"""
    SELECT m.user_id, u.nickname, m.paid_at
    FROM groupbuy_members m JOIN users u ON u.id = m.user_id
    WHERE m.team_id = :team_id AND m.seat AND m.paid_at IS NOT NULL
    ORDER BY m.id LIMIT {MOST_SHOWN}
    """  # noqa: S608 - a number of our own
)
_MINE = text(
    """
    SELECT m.id, t.code, t.status, t.verdict, t.min_size, t.max_size, t.paid, t.reserved, t.filled,
        t.missing, t.seats_left, t.expires_at, t.tier_size, t.leader_id = :user_id AS is_leader,
        m.seat, m.sku_id, m.units, m.unit_price_fen, m.difference_fen, o.order_no,
        o.status AS order_status, o.payable_fen, o.refunded_fen,
        a.id AS activity_id, a.name AS activity_name, p.id AS product_id, p.name AS product_name,
        p.main_image
    FROM groupbuy_members m JOIN groupbuy_teams t ON t.id = m.team_id
    JOIN orders o ON o.id = m.order_id JOIN groupbuy_activities a ON a.id = m.activity_id
    JOIN spus p ON p.id = a.spu_id
    WHERE m.user_id = :user_id AND (m.seat OR m.paid_at IS NOT NULL)
      AND (CAST(:before AS bigint) IS NULL OR m.id < :before)
    ORDER BY m.id DESC LIMIT :limit
    """
)


def team_page(session: Session, user_id: int, code: str) -> dict[str, Any]:
    """A team as this shopper sees it. Raises GroupTeamNotFound."""
    team, activity = team_and_activity(session, code)
    terms = terms_of(session, Joining(team.id))
    mine = own_seat(session, team.id, user_id)
    refusals = why_not(terms, 1, facts_of(session, user_id, terms, None))
    return {
        **team_summary(team),
        "activity": activity,
        "product": {
            "id": activity.spu_id,
            "name": activity.product_name,
            "image": activity.main_image,
        },
        "members": _members(session, team, user_id),
        "reached_size": reached_size(team, terms),
        "tiers": tiers_for_me(session, terms, mine, team.tier_size),
        "can_join": not refusals,
        "refusals": refusals,
        "mine": None if mine is None else mine.shown(team),
        "is_leader": team.leader_id == user_id,
    }


def team_and_activity(session: Session, code: str) -> tuple[GroupTeam, Any]:
    """A team, and what pages show of its activity. Raises GroupTeamNotFound."""
    team = session.get(GroupTeam, team_id_of(session, code), populate_existing=True)
    if team is None:
        raise GroupTeamNotFound
    activity = session.execute(
        select(
            GroupActivity.id,
            GroupActivity.name,
            GroupActivity.mode,
            GroupActivity.spu_id,
            GroupActivity.leader_leaves,
            Spu.name.label("product_name"),
            Spu.main_image,
            Spu.min_price_fen,
        )
        .join(Spu, Spu.id == GroupActivity.spu_id)
        .where(GroupActivity.id == team.activity_id)
    ).one()
    return team, activity


def team_summary(team: GroupTeam) -> dict[str, Any]:
    """A team without its people. Seats that the shop filled are counted apart."""
    return {
        "code": team.code,
        "page": {"kind": "group_team", "id": team.id},
        "status": team.status,
        "is_ending": team.verdict is not None,
        "min_size": team.min_size,
        "max_size": team.max_size,
        "seats": {"paid": team.paid, "reserved": team.reserved, "filled_by_shop": team.filled},
        "missing": team.missing,
        "seats_left": team.seats_left,
        "expires_at": team.expires_at,
        "formed_at": team.formed_at,
        "closed_at": team.closed_at,
    }


def reached_size(team: GroupTeam, terms: Terms) -> int | None:
    """The size of the tier that was reached, or is so far; None of a team that isn't formed."""
    if team.status == SETTLED:
        return team.tier_size
    return terms.tiers.reached(team.paid + team.filled) if team.status == FORMED else None


def teams_to_join(
    session: Session, user_id: int, activity_id: int, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """Teams of an activity that this shopper can join, nearly formed and nearly full first."""
    after = decode_cursor(cursor, CURSOR)
    found = joinable_teams(session, activity_id, user_id, after=after, limit=limit + 1)
    cut = page(found, limit, lambda team: team.place)
    return Page([_to_join(team) for team in cut.items], cut.next_cursor)


def my_teams(
    session: Session, user_id: int, before: int | None, limit: int
) -> Sequence[dict[str, Any]]:
    """The teams in which a shopper has, or had and paid, a seat: one more than `limit`."""
    values = {"user_id": user_id, "before": before, "limit": limit + 1}
    return [
        {
            **row._mapping,
            "is_ending": row.verdict is not None,
            "seats": {"paid": row.paid, "reserved": row.reserved, "filled_by_shop": row.filled},
            "product": {"id": row.product_id, "name": row.product_name, "image": row.main_image},
        }
        for row in session.execute(_MINE, values)
    ]


def masked(nickname: str | None) -> str:
    """A name as others see it."""
    return mask_text(nickname or "") or NAMELESS


def _members(session: Session, team: GroupTeam, user_id: int) -> list[dict[str, Any]]:
    return [
        {
            "name": masked(row.nickname),
            "is_leader": row.user_id == team.leader_id,
            "is_me": row.user_id == user_id,
            "paid_at": row.paid_at,
        }
        for row in session.execute(_MEMBERS, {"team_id": team.id})
    ]


def _to_join(team: JoinableTeam) -> dict[str, Any]:
    return {
        "code": team.code,
        "leader_name": masked(team.leader_name),
        "status": team.status,
        "tier_set_id": team.tier_set_id,
        "sizes": team.sizes,
        "paid": team.paid,
        "missing": team.missing,
        "seats_left": team.seats_left,
        "expires_at": team.expires_at,
    }
