"""What an order brings is written down once, when it is known who brought its buyer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.dialects.postgresql import insert as insert_once
from sqlalchemy.orm import Session

from mall.kernel.money import share
from mall.orders.locking import LockedOrder
from mall.referral.commission import accounts
from mall.referral.commission.accounts import Change
from mall.referral.commission.kinds import EARN
from mall.referral.commission.line_models import CommissionLine, CommissionOrder
from mall.referral.commission.metrics import FEN
from mall.referral.commission.plans import PaidLine, paid_lines, plan_at
from mall.referral.commission.rates import Plan

NO_RATES = "no_rates"
"""The order was paid before the shop had rates."""
RATE_IS_ZERO = "rate_is_zero"
"""The rates pay nothing for these goods to these promoters."""


@dataclass(frozen=True, slots=True)
class Payee:
    """A promoter who is paid for an order: at which level, by the rates of which of the shop's
    promoter levels, and the bindings that must be clear for it."""

    level: int
    promoter_id: int
    promoter_level_id: int
    binding_id: int | None = None
    upper_binding_id: int | None = None


def accrue(
    session: Session, order: LockedOrder, payees: Sequence[Payee], reason: str | None = None
) -> bool:
    """Write down who is paid for a locked, paid order, and how much, pending; False when that was
    done before. Nobody is paid for the `reason`."""
    known = insert_once(CommissionOrder).values(order_id=order.id, reason=reason)
    found = known.on_conflict_do_nothing().returning(CommissionOrder.order_id)
    if session.execute(found).first() is None:
        return False
    if payees:
        _write(session, order, payees)
    return True


def _write(session: Session, order: LockedOrder, payees: Sequence[Payee]) -> None:
    assert order.paid_at is not None
    lines = paid_lines(session, order.id)
    plan = plan_at(session, order.paid_at, [line.sku_id for line in lines])
    if plan is None:
        _set(session, order, reason=NO_RATES)
        return
    rows = [
        row
        for payee in payees
        for line in lines
        if (row := _row(order, payee, line, _rate(plan, payee, line)))["amount_fen"]
    ]
    _set(session, order, version=plan.version, reason=None if rows else RATE_IS_ZERO)
    if rows:
        _post(session, rows)


def _rate(plan: Plan, payee: Payee, line: PaidLine) -> int:
    return plan.rate_bp(line.sku_id, line.path, payee.promoter_level_id, payee.level)


def _post(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    for promoter_id in sorted({row["promoter_id"] for row in rows}):
        accounts.lock(session, promoter_id)
    made = session.execute(
        insert(CommissionLine).returning(
            CommissionLine.id, CommissionLine.promoter_id, CommissionLine.amount_fen
        ),
        rows,
    ).all()
    given = [(row.promoter_id, f"line:{row.id}", Change(row.amount_fen)) for row in made]
    accounts.write_some(session, EARN, given)
    FEN.labels("accrued").inc(sum(row.amount_fen for row in made))


def _row(order: LockedOrder, payee: Payee, line: PaidLine, rate_bp: int) -> dict[str, Any]:
    return {
        "order_id": order.id,
        "position": line.position,
        "level": payee.level,
        "promoter_id": payee.promoter_id,
        "binding_id": payee.binding_id,
        "upper_binding_id": payee.upper_binding_id,
        "rate_bp": rate_bp,
        "base_fen": line.paid_fen,
        "amount_fen": share(line.paid_fen, rate_bp),
    }


def _set(session: Session, order: LockedOrder, **values: Any) -> None:
    session.execute(
        update(CommissionOrder).where(CommissionOrder.order_id == order.id).values(**values),
        execution_options={"synchronize_session": False},
    )
