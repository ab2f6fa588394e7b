"""Sharing a team: the card of it, its mini-program code, and its page for missions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.codes import unavailable
from mall.catalog.models import Spu
from mall.groupbuy.activities.models import STARTED, GroupActivity, GroupTierSet
from mall.groupbuy.errors import GroupTeamOver
from mall.groupbuy.orders.choice import Joining
from mall.groupbuy.orders.terms import terms_of
from mall.groupbuy.pages.teams import team_and_activity
from mall.groupbuy.teams.models import GroupCode, GroupTeam
from mall.groupbuy.teams.queries import team_id_of
from mall.groupbuy.teams.states import FORMING, OPEN
from mall.kernel.db import transaction
from mall.kernel.money import yuan
from mall.sharing.pages.kinds import Card, Page, PageKind
from mall.wechat.errors import WechatError
from mall.wechat.gateway import gateway

TEAM_PAGE = "pages/group/team"
"""The mini-program's page of a team; it gets `t=…` as its scene or query."""
KEPT_DAYS = 1
_FORGET = text(
    """
    DELETE FROM groupbuy_codes c USING groupbuy_teams t
    WHERE t.id = c.team_id AND t.closed_at < now() - make_interval(days => :days)
    """
)


def scene_of(code: str) -> str:
    """What the page of a team is given: 32 characters at most, as WeChat asks."""
    return f"t={code}"


def share_card(session: Session, code: str) -> dict[str, Any]:
    """What is shown where a team is shared; nobody's name is in it. Raises GroupTeamNotFound."""
    team, activity = team_and_activity(session, code)
    tiers = terms_of(session, Joining(team.id)).tiers
    best_fen = min(prices[-1] for prices in tiers.prices.values())
    return {
        "code": team.code,
        "title": f"{_call(team)}，低至 ¥{yuan(best_fen)}：{activity.product_name}",
        "image": activity.main_image,
        "page_path": _path_of(team.code),
        "page": {"kind": "group_team", "id": team.id},
        "price_fen": activity.min_price_fen,
        "first_price_fen": min(prices[0] for prices in tiers.prices.values()),
        "best_price_fen": best_fen,
        "status": team.status,
        "missing": team.missing,
        "seats_left": team.seats_left,
        "expires_at": team.expires_at,
    }


def team_code(code: str) -> bytes:
    """The JPEG of a team's mini-program code, asked of WeChat once and kept while the team is open.

    Raises GroupTeamNotFound, GroupTeamOver, ProductCodeUnavailable.
    """
    with transaction() as session:
        team_id = team_id_of(session, code)
        kept = session.scalar(select(GroupCode.image).where(GroupCode.team_id == team_id))
        status = session.scalar(select(GroupTeam.status).where(GroupTeam.id == team_id))
    if kept is not None:
        return kept
    if status not in OPEN:
        raise GroupTeamOver
    try:
        image = gateway().mini.wxacode(scene_of(code), TEAM_PAGE)
    except WechatError as fault:
        raise unavailable(fault) from None
    with transaction() as session:
        new = insert(GroupCode).values(team_id=team_id, image=image)
        session.execute(new.on_conflict_do_nothing())
    return image


def forget_codes() -> None:
    """Drop the codes of teams that are over since a day."""
    with transaction() as session:
        session.execute(_FORGET, {"days": KEPT_DAYS})


def _call(team: GroupTeam) -> str:
    if team.status == FORMING and team.missing:
        return f"还差 {team.missing} 人成团"
    return f"还可 {team.seats_left} 人参团" if team.status in OPEN else "来看看这个拼团"


def _activity_page(session: Session, activity_id: int) -> Page | None:
    now = func.statement_timestamp()
    running = select(GroupActivity.id).where(
        GroupActivity.id == activity_id,
        GroupActivity.status == STARTED,
        GroupActivity.starts_at <= now,
        GroupActivity.ends_at > now,
    )
    return None if session.scalar(running) is None else Page("group_activity", activity_id)


def _team_page(session: Session, team_id: int) -> Page | None:
    open_team = select(GroupTeam.id).where(GroupTeam.id == team_id, GroupTeam.status.in_(OPEN))
    return None if session.scalar(open_team) is None else Page("group_team", team_id)


def _activity_card(session: Session, activity_id: int) -> Card | None:
    if _activity_page(session, activity_id) is None:
        return None
    product = session.execute(
        select(Spu.name, Spu.main_image)
        .join(GroupActivity, GroupActivity.spu_id == Spu.id)
        .where(GroupActivity.id == activity_id)
    ).one()
    sets = session.scalars(select(GroupTierSet).where(GroupTierSet.activity_id == activity_id))
    best_fen = min(prices[-1] for one in sets for prices in one.prices.values())
    return Card(product.name, product.main_image, best_fen, from_price=True)


def _team_card(session: Session, team_id: int) -> Card | None:
    if _team_page(session, team_id) is None:
        return None
    code = session.scalars(select(GroupTeam.code).where(GroupTeam.id == team_id)).one()
    shown = share_card(session, code)
    return Card(shown["title"], shown["image"], shown["best_price_fen"], from_price=True)


def _path_of(code: str) -> str:
    return f"{TEAM_PAGE}?{scene_of(code)}"


def _team_path(session: Session, team_id: int) -> str | None:
    code = session.scalar(select(GroupTeam.code).where(GroupTeam.id == team_id))
    return None if code is None else _path_of(code)


ACTIVITY_PAGE = PageKind("group_activity", "拼团活动页", _activity_page, _activity_card)
TEAM_PAGE_KIND = PageKind("group_team", "拼团团页", _team_page, _team_card, _team_path)
