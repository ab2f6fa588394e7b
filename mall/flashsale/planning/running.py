"""Arming, pausing, ending and aborting sessions: PostgreSQL first, the gate after the commit.

A step is told to the gate as soon as it is committed, and once more by a job: so a gate
that couldn't be reached, or a process that died in between, delays it and no more.
Lock order: the session, SKUs ascending, items ascending.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row, and_, func, select, update
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.flashsale.errors import (
    ItemNotForSale,
    SessionEmpty,
    SessionNotIn,
    SessionOver,
)
from mall.flashsale.models import (
    ABORTED,
    ARMED,
    DRAFT,
    ENDED,
    PAUSED,
    FlashItem,
    FlashSession,
    item_ref,
)
from mall.flashsale.planning import rules
from mall.flashsale.planning.fitting import refuse_sold_otherwise
from mall.flashsale.planning.sessions import locked
from mall.flashsale.reconciliation import gate_state
from mall.inventory import commands as inventory
from mall.kernel import jobs
from mall.kernel.db import after_commit, db_now, transaction
from mall.staff.audit import record

RUNNING = (ARMED, PAUSED)
OVER = (ENDED, ABORTED)
GATE_PATIENCE_S = 5
"""So long the process that took a step may take to tell the gate."""
DUE_TO_ARM = and_(
    FlashSession.state == DRAFT,
    FlashSession.ready,
    FlashSession.starts_at - func.make_interval(0, 0, 0, 0, 0, 0, FlashSession.warm_up_s)
    <= func.clock_timestamp(),
    FlashSession.ends_at > func.clock_timestamp(),
)


def arm(session_id: int) -> None:
    """Take the stock of every item off the shelf and load the gate: all or nothing.

    Raises SessionNotFound, SessionNotIn, SessionOver, SessionEmpty, ItemNotForSale,
    SkuSoldOtherwise, PriceNotLower, OutOfStock.
    """
    with transaction() as session:
        row = locked(session, session_id)
        if row.state != DRAFT:
            raise SessionNotIn
        if row.ends_at <= db_now(session):
            raise SessionOver
        items = _items(session, session_id)
        _check_goods(session, row, items)
        _hold_items(session, session_id)
        for item in items:
            inventory.reserve(session, {item.sku_id: item.stock}, ref=item_ref(item.id))
        _move(
            session,
            row,
            ARMED,
            armed_at=func.clock_timestamp(),
            epoch=FlashSession.epoch + 1,
            arm_error=None,
        )


def pause(session_id: int) -> None:
    """Let nobody in for now. Saying so again changes nothing.

    Raises SessionNotFound, SessionNotIn.
    """
    _switch(session_id, ARMED, PAUSED)


def resume(session_id: int) -> None:
    """Let shoppers in again. Saying so again changes nothing.

    Raises SessionNotFound, SessionNotIn.
    """
    _switch(session_id, PAUSED, ARMED)


def abort(session_id: int, paid: str) -> None:
    """End the sale at once: who waits is refused, unpaid orders are closed by a job, and paid
    ones are refunded or kept, as `paid` says. Raises SessionNotFound, SessionNotIn.
    """
    with transaction() as session:
        row = locked(session, session_id)
        if row.state not in RUNNING:
            raise SessionNotIn
        _end(session, row, ABORTED, abort_paid=paid)
        jobs.defer(session, "flashsale.abort_orders", session_id=session_id)


def end_if_due(session_id: int) -> bool:
    """End a session whose time is over; False when it isn't, or has ended."""
    with transaction() as session:
        row = locked(session, session_id)
        if row.state not in RUNNING or row.ends_at > db_now(session):
            return False
        _end(session, row, ENDED)
    return True


def settle(session_id: int) -> bool:
    """Put what wasn't sold back on the shelf, once, after the end; False when it is done.

    A ticket that is still on its way finds nothing left.
    """
    with transaction() as session:
        row = locked(session, session_id)
        if row.state not in OVER or row.settled_at is not None:
            return False
        _hold_items(session, session_id)
        items = _items(session, session_id)
        unsold = {item.id: item.stock - item.sold - item.returned for item in items}
        for item in items:
            if unsold[item.id]:
                inventory.release(session, {item.sku_id: unsold[item.id]}, ref=item_ref(item.id))
        session.execute(
            update(FlashItem)
            .where(FlashItem.session_id == session_id)
            .values(returned=FlashItem.stock - FlashItem.sold)
        )
        session.execute(
            update(FlashSession)
            .where(FlashSession.id == session_id)
            .values(settled_at=func.clock_timestamp())
        )
        _audit(session, "settle", session_id, after={"given_back": sum(unsold.values())})
    return True


def _switch(session_id: int, before: str, after: str) -> None:
    with transaction() as session:
        row = locked(session, session_id)
        if row.state == after:
            return
        if row.state != before:
            raise SessionNotIn
        _move(session, row, after)


def _end(session: Session, row: Row[Any], state: str, **values: Any) -> None:
    _move(session, row, state, ended_at=func.clock_timestamp(), **values)


def _move(session: Session, row: Row[Any], state: str, **values: Any) -> None:
    session.execute(
        update(FlashSession).where(FlashSession.id == row.id).values(state=state, **values)
    )
    # What is under way (a batch of orders, a rebuild of the gate) either commits before and
    # counts, or sees the new state.
    _hold_items(session, row.id)
    _audit(session, state, row.id, before={"state": row.state}, after={"state": state})
    # Should this process die in between. Not at once: two who load a gate close it once more.
    jobs.defer(session, "flashsale.gate", delay_s=GATE_PATIENCE_S, session_id=row.id)
    after_commit(session, _SyncGate(row.id))


class _SyncGate:
    """Brings the gate to a session's state, after the commit."""

    def __init__(self, session_id: int) -> None:
        self._session_id = session_id

    def __call__(self, _: Session) -> None:
        gate_state.synchronize(self._session_id)


def _items(session: Session, session_id: int) -> list[Row[Any]]:
    """The items of a session, by SKU: the order in which their stock is locked."""
    return list(
        session.execute(
            select(*FlashItem.__table__.c)
            .where(FlashItem.session_id == session_id)
            .order_by(FlashItem.sku_id)
        )
    )


def _hold_items(session: Session, session_id: int) -> None:
    session.execute(
        select(FlashItem.id)
        .where(FlashItem.session_id == session_id)
        .order_by(FlashItem.id)
        .with_for_update(key_share=True)
    )


def _check_goods(session: Session, row: Row[Any], items: list[Row[Any]]) -> None:
    if not items:
        raise SessionEmpty
    sku_ids = [item.sku_id for item in items]
    goods = skus_for_sale(session, sku_ids)
    refuse_sold_otherwise(session, sku_ids)
    terms = rules.Terms(row.kind, row.limit_per_user)
    for item in items:
        if not goods[item.sku_id].on_sale:
            raise ItemNotForSale(f"「{goods[item.sku_id].name}」未上架，不能参加秒杀")
        rules.check_item(terms, item._asdict(), goods[item.sku_id].price_fen)


def _audit(session: Session, verb: str, session_id: int, **change: Any) -> None:
    record(
        session,
        action=f"flash_session.{verb}",
        target_type="flash_session",
        target_id=session_id,
        **change,
    )


def due_to_arm(session: Session) -> list[int]:
    """Drafts that are ready and whose warm-up has begun, the earliest first."""
    query = select(FlashSession.id).where(DUE_TO_ARM).order_by(FlashSession.starts_at)
    return list(session.scalars(query))


def due_to_end(session: Session) -> list[int]:
    """Sessions that run past their end."""
    return list(
        session.scalars(
            select(FlashSession.id).where(
                FlashSession.state.in_(RUNNING),
                FlashSession.settled_at.is_(None),
                FlashSession.ends_at <= func.clock_timestamp(),
            )
        )
    )


def waiting_to_settle(session: Session, patience: timedelta) -> dict[int, bool]:
    """Sessions that are over and hold stock; True for one that has waited for its tickets
    longer than `patience`."""
    rows = session.execute(
        select(FlashSession.id, FlashSession.ended_at < func.clock_timestamp() - patience).where(
            FlashSession.state.in_(OVER), FlashSession.settled_at.is_(None)
        )
    )
    return {row[0]: row[1] for row in rows}
