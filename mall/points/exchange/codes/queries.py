"""Reads of codes: masked for staff, in clear for the owner and for staff who may reveal one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.sealed import sealer
from mall.orders.errors import OrderNotFound
from mall.orders.models import Order
from mall.points.exchange.codes.models import (
    DELIVERED,
    FREE,
    SEAL,
    ExchangeCode,
    ExchangeCodeBatch,
    ExchangeCodeReplacement,
)
from mall.points.exchange.codes.replacing import see_code
from mall.points.exchange.errors import ExchangeCodeNotFound, ExchangeNotDelivered
from mall.points.exchange.models import CODE, ExchangeItem, ExchangeOrder
from mall.staff.audit import record


@dataclass(frozen=True, slots=True)
class CodeView:
    """A code for staff, masked."""

    code: ExchangeCode
    masked: str
    order_no: str | None


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch, with how many codes it has and how many can still be delivered."""

    id: int
    item_id: int
    name: str
    codes: int
    free: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwnCode:
    """The code of a shopper's order, in clear."""

    code: str
    expires_at: datetime | None
    delivered_at: datetime | None
    is_replacement: bool


def masked(code: str) -> str:
    """The last four characters of a long code; nothing of a short one."""
    return "****" + (code[-4:] if len(code) >= 10 else "")


def codes(
    session: Session, item_id: int, *, status: str | None, before: int | None, limit: int
) -> list[CodeView]:
    """An item's codes, newest first; one more than `limit`."""
    query = (
        select(ExchangeCode, Order.order_no)
        .outerjoin(Order, Order.id == ExchangeCode.order_id)
        .where(ExchangeCode.item_id == item_id)
    )
    if status is not None:
        query = query.where(ExchangeCode.status == status)
    if before is not None:
        query = query.where(ExchangeCode.id < before)
    query = query.order_by(ExchangeCode.id.desc()).limit(limit + 1)
    rows = session.execute(query.execution_options(populate_existing=True))
    return [CodeView(code, masked(_open(code)), order_no) for code, order_no in rows]


def batches(
    session: Session, item_id: int, *, before: int | None, limit: int
) -> Sequence[BatchView]:
    """An item's batches, newest first; one more than `limit`."""
    # Counted for each batch of the page, not for all of them.
    codes = (
        select(
            func.count().label("codes"),
            func.count().filter(ExchangeCode.status == FREE).label("free"),
        )
        .where(ExchangeCode.batch_id == ExchangeCodeBatch.id)
        .lateral()
    )
    query = (
        select(
            ExchangeCodeBatch.id,
            ExchangeCodeBatch.item_id,
            ExchangeCodeBatch.name,
            codes.c.codes,
            codes.c.free,
            ExchangeCodeBatch.created_at,
        )
        .join(codes, true())
        .where(ExchangeCodeBatch.item_id == item_id)
    )
    if before is not None:
        query = query.where(ExchangeCodeBatch.id < before)
    rows = session.execute(query.order_by(ExchangeCodeBatch.id.desc()).limit(limit + 1))
    return [BatchView(*row) for row in rows]


def reveal(code_id: int) -> str:
    """A code in clear, for staff; that they looked is in the trail. Raises ExchangeCodeNotFound."""
    with transaction() as session:
        code = session.get(ExchangeCode, code_id)
        if code is None:
            raise ExchangeCodeNotFound
        record(
            session,
            action="exchange_code.reveal",
            target_type="exchange_code",
            target_id=code_id,
            after={"status": code.status},
        )
        return _open(code)


def own_code(user_id: int, order_no: str) -> OwnCode:
    """The code of a shopper's order, in clear; that they looked is kept.

    Raises OrderNotFound, for another shopper's too, ExchangeCodeNotFound for an order of
    something else or one that was closed, ExchangeNotDelivered while it waits.
    """
    with transaction() as session:
        order = session.execute(
            select(Order.id, ExchangeItem.kind, ExchangeOrder.awaits_delivery)
            .outerjoin(ExchangeOrder, ExchangeOrder.order_id == Order.id)
            .outerjoin(ExchangeItem, ExchangeItem.id == ExchangeOrder.item_id)
            .where(Order.order_no == order_no, Order.user_id == user_id)
        ).one_or_none()
        if order is None:
            raise OrderNotFound
        if order.kind != CODE:
            raise ExchangeCodeNotFound
        code = session.scalar(
            select(ExchangeCode).where(
                ExchangeCode.order_id == order.id, ExchangeCode.status == DELIVERED
            )
        )
        if code is None:
            raise ExchangeNotDelivered if order.awaits_delivery else ExchangeCodeNotFound
        see_code(session, code.id)
        was_replaced = session.scalar(
            select(ExchangeCodeReplacement.id).where(ExchangeCodeReplacement.order_id == order.id)
        )
        return OwnCode(_open(code), code.expires_at, code.delivered_at, was_replaced is not None)


def _open(code: ExchangeCode) -> str:
    return sealer().open(code.sealed, SEAL)
