"""What staff do with codes that were imported: another one for an order, a batch withdrawn."""

from __future__ import annotations

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import constraint_of, transaction
from mall.orders.locking import lock_order
from mall.points.exchange.codes.delivering import deliver_code
from mall.points.exchange.codes.matching import has_spare, match_stock
from mall.points.exchange.codes.models import (
    DELIVERED,
    FREE,
    REPLACED,
    WITHDRAWN,
    ExchangeCode,
    ExchangeCodeBatch,
    ExchangeCodeReplacement,
)
from mall.points.exchange.errors import (
    ExchangeBatchNotFound,
    ExchangeCodeNotFound,
    ExchangeCodeReplaced,
    ExchangeCodesGone,
)
from mall.points.exchange.items.stock import lock_item
from mall.staff.audit import record, staff_of_request


def replace_code(order_no: str, reason: str) -> int:
    """Give the order another code, once; the new code's id. The old one stays known.

    Raises OrderNotFound, ExchangeCodeNotFound while it has none, ExchangeCodeReplaced,
    ExchangeCodesGone.
    """
    with transaction() as session:
        order = lock_order(session, order_no)
        old = session.execute(
            select(ExchangeCode.id, ExchangeCode.item_id).where(
                ExchangeCode.order_id == order.id, ExchangeCode.status == DELIVERED
            )
        ).one_or_none()
        if old is None:
            raise ExchangeCodeNotFound
        lock_item(session, old.item_id)
        if not has_spare(session, old.item_id):
            raise ExchangeCodesGone
        _set_status(session, old.id, REPLACED)
        new_id = deliver_code(session, old.item_id, order.id)
        _note(session, order.id, old.id, new_id, reason)
        match_stock(session, old.item_id)
        record(
            session,
            action="exchange_code.replace",
            target_type="order",
            target_id=order_no,
            before={"code_id": old.id},
            after={"code_id": new_id, "reason": reason},
        )
        return new_id


def _note(session: Session, order_id: int, old_id: int, new_id: int, reason: str) -> None:
    staff = staff_of_request()
    try:
        with session.begin_nested():
            session.execute(
                insert(ExchangeCodeReplacement).values(
                    order_id=order_id,
                    old_code_id=old_id,
                    new_code_id=new_id,
                    reason=reason,
                    staff_id=staff.staff_id if staff else None,
                )
            )
    except IntegrityError as fault:
        if constraint_of(fault) != "uq_exchange_code_replacements_order_id":
            raise
        raise ExchangeCodeReplaced from None


def _set_status(session: Session, code_id: int, status: str) -> None:
    session.execute(
        update(ExchangeCode).where(ExchangeCode.id == code_id).values(status=status),
        execution_options={"synchronize_session": False},
    )


def withdraw_batch(batch_id: int) -> int:
    """Codes of a batch that weren't delivered are taken out of the stock; how many.

    Again is once. Raises ExchangeBatchNotFound.
    """
    with transaction() as session:
        item_id = session.scalar(
            select(ExchangeCodeBatch.item_id).where(ExchangeCodeBatch.id == batch_id)
        )
        if item_id is None:
            raise ExchangeBatchNotFound
        lock_item(session, item_id)
        taken = session.scalars(
            update(ExchangeCode)
            .where(ExchangeCode.batch_id == batch_id, ExchangeCode.status == FREE)
            .values(status=WITHDRAWN)
            .returning(ExchangeCode.id),
            execution_options={"synchronize_session": False},
        ).all()
        match_stock(session, item_id)
        if taken:
            record(
                session,
                action="exchange_codes.withdraw",
                target_type="exchange_code_batch",
                target_id=batch_id,
                after={"codes": len(taken)},
            )
        return len(taken)


def see_code(session: Session, code_id: int) -> None:
    """The shopper looks at the code; the first time is kept."""
    session.execute(
        update(ExchangeCode)
        .where(ExchangeCode.id == code_id, ExchangeCode.seen_at.is_(None))
        .values(seen_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )
