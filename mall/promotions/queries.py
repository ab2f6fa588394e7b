"""Reads of promotions, for staff and for shoppers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from mall.promotions.errors import PromotionNotFound
from mall.promotions.models import Promotion, PromotionTally
from mall.promotions.terms import benefit_of, stacking_of

_NOW = func.statement_timestamp()
_STATE: ColumnElement[str] = case(
    (Promotion.ends_at <= _NOW, literal("over")),
    (Promotion.paused.is_not(None), literal("paused")),
    (Promotion.starts_at > _NOW, literal("scheduled")),
    else_=literal("running"),
)


_SHOWN = and_(
    Promotion.starts_at <= _NOW,
    Promotion.ends_at > _NOW,
    Promotion.paused.is_(None),
    or_(Promotion.max_orders.is_(None), Promotion.orders < Promotion.max_orders),
)


@dataclass(frozen=True, slots=True)
class PromotionView:
    """A promotion with its descriptions, and how much of its budget orders use."""

    id: int
    name: str
    state: str
    paused: str | None
    rule: dict[str, Any]
    rule_words: str
    stacking_words: str
    scope: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    exclusive_group: str | None
    stacks_with: Sequence[str] | None
    new_customers_only: bool
    budget_fen: int | None
    max_orders: int | None
    gift_stock: int | None
    shopper_budget_fen: int | None
    shopper_max_orders: int | None
    used_fen: int
    used_orders: int
    used_gifts: int

    @property
    def gift_sku_id(self) -> int | None:
        """What it gives for nothing, when it gives something."""
        gift = self.rule.get("gift")
        return gift and int(gift["sku_id"])


def promotions(
    session: Session, *, state: str | None, before: int | None, limit: int
) -> list[PromotionView]:
    """Promotions, the newest first; one more than `limit`, for paging."""
    query = select(Promotion, _STATE.label("state")).order_by(Promotion.id.desc())
    if state is not None:
        query = query.where(_STATE.in_((state,)))
    if before is not None:
        query = query.where(Promotion.id < before)
    rows = session.execute(query.limit(limit + 1)).all()
    used = _used(session, [row.Promotion.id for row in rows])
    return [_view(row.Promotion, row.state, used) for row in rows]


def running(session: Session, *, after: int, limit: int) -> list[PromotionView]:
    """What shoppers may have now, by id; one more than `limit`, for paging."""
    rows = session.scalars(
        select(Promotion)
        .where(_SHOWN, Promotion.id > after)
        .order_by(Promotion.id)
        .limit(limit + 1)
    )
    return [_view(row, "running", {}) for row in rows]


def is_running(session: Session, promotion_id: int) -> bool:
    """Whether shoppers may have it now."""
    found = select(Promotion.id).where(Promotion.id == promotion_id, _SHOWN)
    return session.scalar(found) is not None


def promotion(session: Session, promotion_id: int) -> PromotionView:
    """One promotion. Raises PromotionNotFound."""
    query = select(Promotion, _STATE.label("state")).where(Promotion.id == promotion_id)
    row = session.execute(query, execution_options={"populate_existing": True}).one_or_none()
    if row is None:
        raise PromotionNotFound
    return _view(row.Promotion, row.state, _used(session, [promotion_id]))


def _used(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        select(
            PromotionTally.promotion_id,
            func.sum(PromotionTally.used_fen),
            func.sum(PromotionTally.used_orders),
        )
        .where(PromotionTally.promotion_id.in_(ids))
        .group_by(PromotionTally.promotion_id)
    )
    return {promotion_id: (int(fen), int(orders)) for promotion_id, fen, orders in rows}


def _view(row: Promotion, state: str, used: dict[int, tuple[int, int]]) -> PromotionView:
    used_fen, used_orders = used.get(row.id, (0, 0))
    return PromotionView(
        id=row.id,
        name=row.name,
        state=state,
        paused=row.paused,
        rule={row.kind: row.rule},
        rule_words=benefit_of(row.kind, row.rule).description,
        stacking_words=stacking_of(row.exclusive_group, row.stacks_with).description,
        scope=row.scope,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        exclusive_group=row.exclusive_group,
        stacks_with=row.stacks_with,
        new_customers_only=row.new_customers_only,
        budget_fen=row.budget_fen,
        max_orders=row.max_orders,
        gift_stock=row.gift_stock,
        shopper_budget_fen=row.shopper_budget_fen,
        shopper_max_orders=row.shopper_max_orders,
        used_fen=used_fen,
        used_orders=used_orders,
        used_gifts=row.gifts_given,
    )
