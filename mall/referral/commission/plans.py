"""The rates in force, and the lines of an order as they are asked for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mall.kernel.db import int_array
from mall.kernel.prepared import PreparedStatement
from mall.referral.commission.rates import Plan

# A plan may name thousands of SKUs: only what the order's lines ask for travels. WeChat tells the
# time of a payment in whole seconds.
_PLAN = PreparedStatement(
    """
    WITH plan AS (
        SELECT version FROM commission_plans
        WHERE date_trunc('second', created_at) <= CAST(:at AS timestamptz)
        ORDER BY version DESC LIMIT 1
    )
    SELECT p.version, r.scope, r.scope_id, r.level_id, r.rate_bp, r.second_bp
    FROM plan p LEFT JOIN commission_rates r ON r.version = p.version
        AND (r.scope <> 'sku' OR r.scope_id = ANY(CAST(:sku_ids AS bigint[])))
    """
)
_LINES = PreparedStatement(
    """
    SELECT l.position, l.sku_id, c.path, l.payable_fen
    FROM order_lines l JOIN spus p ON p.id = l.spu_id JOIN categories c ON c.id = p.category_id
    WHERE l.order_id = :order_id AND l.payable_fen > 0 ORDER BY l.position
    """
)


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line with what was paid for it in money, and the path of its category."""

    position: int
    sku_id: int
    path: str
    paid_fen: int


def paid_lines(session: Session, order_id: int) -> list[PaidLine]:
    """The lines of an order that cost money. Freight is no line."""
    rows = _LINES.rows(session, order_id=order_id)
    return [PaidLine(row.position, row.sku_id, row.path, row.payable_fen) for row in rows]


def plan_at(session: Session, at: datetime, sku_ids: Collection[int]) -> Plan | None:
    """The rates in force at a moment, of these SKUs; None when there were none yet."""
    rows = _PLAN.rows(session, at=at, sku_ids=int_array(sku_ids))
    if not rows:
        return None
    rates = {
        (row.scope, row.scope_id, row.level_id): (row.rate_bp, row.second_bp)
        for row in rows
        if row.scope is not None
    }
    return Plan(rows[0].version, rates)
