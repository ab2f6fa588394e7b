"""Reads of earning: the plan in force, the lines of an order, what it has earned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement
from mall.points.earning.errors import EarningPlanNotFound
from mall.points.earning.models import EarningPlan, PointsEarnedLine
from mall.points.earning.rates import Plan, plan_of
from mall.points.settings import PER_YUAN

# A plan may name thousands of SKUs: only those that are asked for travel. WeChat tells the time of
# a payment in whole seconds. One statement for all that a quote needs: every quote asks it.
_PLAN = PreparedStatement(
    f"""
    SELECT version, default_rate, categories, days, CAST(timezone(
        '{SHOP_ZONE.key}', coalesce(CAST(:at AS timestamptz), clock_timestamp())
    ) AS date) AS day, (
        SELECT coalesce(jsonb_object_agg(key, value), '{{}}') FROM jsonb_each(skus)
        WHERE CAST(key AS bigint) = ANY(CAST(:sku_ids AS bigint[]))
    ) AS skus, (
        SELECT jsonb_object_agg(id, path) FROM categories
        WHERE id = ANY(CAST(:category_ids AS bigint[]))
    ) AS paths
    FROM points_earning_plans
    WHERE date_trunc('second', created_at) <= coalesce(CAST(:at AS timestamptz), clock_timestamp())
    ORDER BY version DESC LIMIT 1
    """  # noqa: S608
)
_LINES = PreparedStatement(
    """
    SELECT l.position, l.sku_id, c.path, l.payable_fen
    FROM order_lines l JOIN spus p ON p.id = l.spu_id JOIN categories c ON c.id = p.category_id
    WHERE l.order_id = :order_id AND l.payable_fen > 0 ORDER BY l.position
    """
)
_STATE = PreparedStatement(
    """
    SELECT o.status, o.paid_at, e.points, e.reversed, e.thawed_at
    FROM orders o LEFT JOIN points_earned e ON e.order_id = o.id WHERE o.id = :order_id
    """
)


@dataclass(frozen=True, slots=True)
class PayingLine:
    """A line with what is paid for it in money, and the path of its category."""

    position: int
    sku_id: int
    path: str
    payable_fen: int


@dataclass(frozen=True, slots=True)
class InForce:
    """The plan of a moment and the shop day of it. Of SKUs the plan has the rates, of categories
    `paths` their places in the tree: of those that were asked for."""

    plan: Plan
    day: date
    paths: Mapping[int, str]

    def rates(self, lines: Sequence[PayingLine]) -> dict[int, int]:
        """What the lines earn by, in points for a million yuan, by position."""
        plan, day, per_yuan = self.plan, self.day, PER_YUAN.get()
        return {x.position: plan.line_rate(x.sku_id, x.path, day, per_yuan) for x in lines}


def plan_at(
    session: Session,
    at: datetime | None,
    sku_ids: Collection[int],
    category_ids: Collection[int] = (),
) -> InForce | None:
    """The plan in force at a moment (None: now), if there was one."""
    ids = {"sku_ids": int_array(sku_ids), "category_ids": int_array(category_ids)}
    row = _PLAN.first(session, at=at, **ids)
    if row is None:
        return None
    plan = plan_of(row.version, row.default_rate, row.categories, row.skus, row.days)
    paths = {int(key): path for key, path in (row.paths or {}).items()}
    return InForce(plan, row.day, paths)


def paying_lines(session: Session, order_id: int) -> list[PayingLine]:
    """The lines of an order that cost money."""
    rows = _LINES.rows(session, order_id=order_id)
    return [PayingLine(row.position, row.sku_id, row.path, row.payable_fen) for row in rows]


def state_of(session: Session, order_id: int) -> Any:
    """Where an order stands, and what it earned; `points` is None until that is recorded."""
    return _STATE.first(session, order_id=order_id)


def earned_lines(session: Session, order_id: int) -> Sequence[PointsEarnedLine]:
    """The lines that an order earned by."""
    return session.scalars(
        select(PointsEarnedLine)
        .where(PointsEarnedLine.order_id == order_id)
        .order_by(PointsEarnedLine.position)
        .execution_options(populate_existing=True)
    ).all()


def plans(session: Session, *, before: int | None, limit: int) -> Sequence[EarningPlan]:
    """Versions of the plan, newest first; one more than `limit`."""
    query = select(EarningPlan)
    if before is not None:
        query = query.where(EarningPlan.version < before)
    return session.scalars(query.order_by(EarningPlan.version.desc()).limit(limit + 1)).all()


def plan(session: Session, version: int) -> EarningPlan:
    """One version. Raises EarningPlanNotFound."""
    found = session.get(EarningPlan, version)
    if found is None:
        raise EarningPlanNotFound
    return found
