"""Flash sales for tests, made as staff would make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, update

from mall.flashsale.models import FlashItem, FlashSession
from mall.flashsale.planning import running, sessions
from mall.flashsale.planning.schemas import FlashItemInput, FlashSessionInput
from mall.kernel.db import db_now, transaction
from tests.support.catalog import make_sku
from tests.support.inventory import stock as make_stock


def soon(**ahead: float) -> datetime:
    """A moment by the database's clock: `soon(minutes=5)`, `soon(hours=-1)`."""
    with transaction() as session:
        return db_now(session) + timedelta(**ahead)


def session_terms(**more: Any) -> dict[str, Any]:
    """The JSON of a session that began a minute ago and lasts an hour, unless `more` says."""
    terms: dict[str, Any] = {
        "name": "十点场",
        "starts_at": soon(minutes=-1).isoformat(),
        "ends_at": soon(hours=1).isoformat(),
    }
    return {**terms, **more}


def item_terms(sku_id: int, **more: Any) -> dict[str, Any]:
    """The JSON of an item: 10 units at 99.00, two a shopper."""
    return {
        "sku_id": str(sku_id),
        "price_fen": 9_900,
        "stock": 10,
        "limit_per_user": 2,
        **more,
    }


def make_session(**more: Any) -> int:
    """A draft: its id."""
    return sessions.create_session(**FlashSessionInput().load(session_terms(**more)))


def make_item(
    session_id: int, sku_id: int | None = None, *, shelf: int | None = None, **more: Any
) -> int:
    """An item of a draft, of a SKU (199.00) of its own that has `shelf` units: its id."""
    if sku_id is None:
        units = more.get("stock", 10) if shelf is None else shelf
        sku_id = make_stock(make_sku(price_fen=19_900), units)
    return sessions.add_item(session_id, **FlashItemInput().load(item_terms(sku_id, **more)))


def armed_session(*items: dict[str, Any], **more: Any) -> tuple[int, list[int]]:
    """A session that runs, with these items (one usual item if none): the ids."""
    session_id = make_session(**more)
    item_ids = [make_item(session_id, **item) for item in items or ({},)]
    running.arm(session_id)
    return session_id, item_ids


def session_row(session_id: int) -> Row[Any]:
    """A session's row, read afresh."""
    with transaction() as session:
        return session.execute(
            select(*FlashSession.__table__.c).where(FlashSession.id == session_id)
        ).one()


def item_row(item_id: int) -> Row[Any]:
    """An item's row, read afresh."""
    with transaction() as session:
        return session.execute(select(*FlashItem.__table__.c).where(FlashItem.id == item_id)).one()


def let_it_end(session_id: int) -> None:
    """As if its time had run out a second ago (in PostgreSQL; the gate keeps its own window)."""
    with transaction() as session:
        now = db_now(session)
        session.execute(
            update(FlashSession)
            .where(FlashSession.id == session_id)
            .values(
                starts_at=func.least(FlashSession.starts_at, now - timedelta(hours=1)),
                ends_at=now - timedelta(seconds=1),
            )
        )
