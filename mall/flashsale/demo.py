"""The demo shop's flash sales: one that runs now, one for tomorrow morning."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rich.console import Console
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.catalog.rules import on_shelf_now
from mall.flashsale.models import ALL, TIMED, FlashSession
from mall.flashsale.planning import running, sessions
from mall.flashsale.planning.rules import window_of
from mall.inventory.models import Stock
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction

STOCK, LIMIT = 10, 2
ITEMS = 3
PAY_BP = 7_000
LASTS = timedelta(hours=12)
TEN_O_CLOCK, TWO_HOURS_MIN = 600, 120


def load_demo_sales(console: Console) -> None:
    """Open the demo shop's sales, when none is under way."""
    console.print(f"{open_sales()} flash sales")


def open_sales() -> int:
    """A sale that runs from now on and one for tomorrow at ten; how many were made.

    None when the shop has a sale that isn't over, or too few goods.
    """
    with transaction() as session:
        now = db_now(session)
        waiting = session.scalar(
            select(func.count()).select_from(FlashSession).where(FlashSession.ends_at > now)
        )
        goods = _goods(session, 2 * ITEMS)
        if waiting or len(goods) < 2 * ITEMS:
            return 0
        live = _plan("限时秒杀", now, now + LASTS, goods[:ITEMS])
        running.arm(live)
        tomorrow = shop_day(now) + timedelta(days=1)
        later = _plan("明日十点场", *window_of(tomorrow, TEN_O_CLOCK, TWO_HOURS_MIN), goods[ITEMS:])
        sessions.set_ready(later, True)
    return 2


def _goods(session: Session, count: int) -> list[Any]:
    """One SKU each of the oldest products that have plenty."""
    first = (
        select(func.min(Sku.id).label("id"))
        .join(Stock, Stock.sku_id == Sku.id)
        .where(Sku.enabled, Stock.sellable >= 3 * STOCK)
        .group_by(Sku.spu_id)
        .subquery()
    )
    rows = session.execute(
        select(Sku.id, Sku.price_fen)
        .join(first, first.c.id == Sku.id)
        .join(Spu, Spu.id == Sku.spu_id)
        .where(on_shelf_now(), Sku.price_fen > 1)
        .order_by(Sku.id)
        .limit(count)
    )
    return list(rows)


def _plan(name: str, starts_at: Any, ends_at: Any, goods: list[Any]) -> int:
    session_id = sessions.create_session(
        name=name,
        kind=TIMED,
        slot_id=None,
        starts_at=starts_at,
        ends_at=ends_at,
        warm_up_s=600,
        limit_per_user=None,
    )
    for position, sku in enumerate(goods):
        sessions.add_item(
            session_id,
            sku_id=sku.id,
            price_fen=max(1, sku.price_fen * PAY_BP // 10_000),
            stock=STOCK,
            limit_per_user=LIMIT,
            audience=ALL,
            splits=1,
            contents="",
            position=position,
        )
    return session_id
