"""A past of group-buy in the tables: what simulated shoppers did, written as it would have been.

So what the advice reads from the tables can be held against what was simulated.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.groupbuy.activities.models import GroupActivity
from mall.groupbuy.advice.backtest.playing import LIFE_H
from mall.groupbuy.advice.backtest.shoppers import Leader, Played
from mall.groupbuy.advice.model.terms import Schedule
from mall.groupbuy.teams.models import GroupMember, GroupTeam, GroupVisit
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import db_now, transaction
from mall.orders.models import Order, OrderLine
from mall.sharing.shares.models import Share, ShareOpen
from mall.users.models import User

MOMENT = timedelta(microseconds=1)
_numbers = itertools.count(1)


@dataclass
class Rows:
    """Rows to write, by table."""

    teams: list[dict[str, Any]] = field(default_factory=list)
    members: list[dict[str, Any]] = field(default_factory=list)
    visits: list[dict[str, Any]] = field(default_factory=list)
    opens: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)


def write_history(
    activity_id: int,
    tier_sets: Mapping[int, int],
    played: Sequence[tuple[Leader, Schedule, int, Played]],
    *,
    days: int = 60,
) -> list[int]:
    """Write teams that are over, each (leader, schedule, its key in `tier_sets`, what happened):
    the ids of the leaders. Who of the circle the shop knows had opened a share a week before."""
    with transaction() as session:
        writer = _Writer(session, activity_id, tier_sets, days)
        leaders = [writer.team(place, *one) for place, one in enumerate(played)]
        writer.flush()
    return leaders


class _Writer:
    def __init__(
        self, session: Session, activity_id: int, tier_sets: Mapping[int, int], days: int
    ) -> None:
        self._session, self._tier_sets, self._days = session, tier_sets, days
        self._now = db_now(session)
        self._activity = session.get_one(GroupActivity, activity_id)
        self._sku = session.scalars(select(Sku).where(Sku.spu_id == self._activity.spu_id)).one()
        self._team_ids = itertools.count(_next(session, GroupTeam))
        self._order_ids = itertools.count(_next(session, Order))
        self._user_ids = itertools.count(_next(session, User))
        self._share_ids = itertools.count(_next(session, Share))
        self._rows = Rows()
        self._users: list[dict[str, Any]] = []
        self._shares: list[dict[str, Any]] = []

    def team(self, place: int, leader: Leader, schedule: Schedule, key: int, played: Played) -> int:
        """A team and its visitors; the leader's id."""
        opened_at = self._opened_at(place, leader.opened_hour)
        leader_id, circle = self._user(), [self._user() for _ in range(leader.seen_circle)]
        self._opened_share(leader_id, circle, opened_at - timedelta(days=7))
        team_id = next(self._team_ids)
        self._member(team_id, leader_id, opened_at, schedule.reductions_bp[0])
        known = iter(circle)
        last = opened_at
        for visit in played.visits:
            user_id = next(known) if visit.tied else self._user()
            at = opened_at + timedelta(hours=visit.age_h)
            self._rows.visits.append({"team_id": team_id, "user_id": user_id, "created_at": at})
            if visit.joined:
                last = self._member(team_id, user_id, at, visit.reduction_bp)
        over = self._over(schedule, played.team.members, opened_at, last)
        self._rows.teams.append(
            {
                "id": team_id,
                "code": f"H{next(_numbers):09d}",
                "activity_id": self._activity.id,
                "tier_set_id": self._tier_sets[key],
                "leader_id": leader_id,
                "created_at": opened_at,
                **over,
            }
        )
        return leader_id

    def flush(self) -> None:
        """Write it all."""
        rows = self._rows
        for model, some in (
            (User, self._users),
            (Share, self._shares),
            (ShareOpen, rows.opens),
            (Order, rows.orders),
            (OrderLine, rows.lines),
            (GroupTeam, rows.teams),
            (GroupMember, rows.members),
            (GroupVisit, rows.visits),
        ):
            if some:
                self._session.execute(insert(model), some)

    def _opened_at(self, place: int, hour: int) -> datetime:
        day = (self._now - timedelta(days=2 + place % self._days)).astimezone(SHOP_ZONE)
        return day.replace(hour=hour, minute=0, second=0, microsecond=0)

    def _user(self) -> int:
        user_id = next(self._user_ids)
        self._users.append({"id": user_id, "appid": "past", "openid": secrets.token_hex(12)})
        return user_id

    def _opened_share(self, leader_id: int, circle: Sequence[int], at: datetime) -> None:
        share_id = next(self._share_ids)
        self._shares.append(
            {
                "id": share_id,
                "token": secrets.token_hex(8),
                "user_id": leader_id,
                "page_kind": "product",
                "page_id": self._activity.spu_id,
                "day": at.date(),
            }
        )
        self._rows.opens += [
            {
                "share_id": share_id,
                "sharer_id": leader_id,
                "opener_id": other,
                "day": at.date(),
                "opener_since": at,
                "opener_bought": False,
                "created_at": at,
            }
            for other in circle
        ]

    def _member(self, team_id: int, user_id: int, at: datetime, reduction_bp: int) -> datetime:
        """A seat that was taken and paid a moment later: when it was paid."""
        price_fen, order_id = self._sku.price_fen, next(self._order_ids)
        paid_fen = price_fen * (10_000 - reduction_bp) // 10_000
        paid_at = at if self._is_first(team_id) else at + MOMENT
        self._rows.orders.append(
            {
                "id": order_id,
                "order_no": f"H{next(_numbers):015d}",
                "user_id": user_id,
                "kind": "groupbuy",
                "status": "completed",
                "goods_fen": price_fen,
                "discount_fen": price_fen - paid_fen,
                "freight_fen": 0,
                "payable_fen": paid_fen,
                "paid_fen": paid_fen,
                "paid_at": paid_at,
                "region_code": "",
                "expires_at": at,
                "created_at": at,
                "completed_at": at,
            }
        )
        self._rows.lines.append(
            {
                "order_id": order_id,
                "position": 1,
                "sku_id": self._sku.id,
                "spu_id": self._activity.spu_id,
                "sku_code": "H",
                "name": "H",
                "spec_text": "",
                "image": "",
                "price_fen": price_fen,
                "quantity": 1,
                "total_fen": price_fen,
                "adjusted_fen": paid_fen - price_fen,
                "payable_fen": paid_fen,
            }
        )
        self._rows.members.append(
            {
                "team_id": team_id,
                "activity_id": self._activity.id,
                "user_id": user_id,
                "order_id": order_id,
                "sku_id": self._sku.id,
                "units": 1,
                "unit_price_fen": paid_fen,
                "paid_at": paid_at,
                "created_at": at,
            }
        )
        return paid_at

    def _is_first(self, team_id: int) -> bool:
        return not self._rows.members or self._rows.members[-1]["team_id"] != team_id

    @staticmethod
    def _over(
        schedule: Schedule, members: int, opened_at: datetime, last: datetime
    ) -> dict[str, Any]:
        """How a team ended."""
        formed, full = members >= schedule.min_size, members == schedule.max_size
        expires_at = opened_at + timedelta(hours=LIFE_H)
        reached = max((size for size in schedule.sizes if size <= members), default=None)
        return {
            "status": "settled" if formed else "failed",
            "sizes": list(schedule.sizes),
            "min_size": schedule.min_size,
            "max_size": schedule.max_size,
            "paid": members,
            "expires_at": expires_at,
            "formed_at": last if formed else None,
            "closed_at": last + MOMENT if full else expires_at,
            "tier_size": reached if formed else None,
        }


def _next(session: Session, model: Any) -> int:
    newest = session.scalars(select(model.id).order_by(model.id.desc()).limit(1)).first()
    return (newest or 0) + 1_000_000
