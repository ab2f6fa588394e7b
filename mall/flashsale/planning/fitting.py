"""Whether a session fits: its terms, its stock, and the other sessions. Called once it is written,
in the transaction of the change, which a refusal rolls back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from mall.catalog.queries import skus_for_sale
from mall.catalog.sold_otherwise import lock_use, sold_otherwise
from mall.flashsale.errors import (
    FirstOrdersOverlap,
    SessionFull,
    SessionsOverlap,
    SkuSoldOtherwise,
    StockShort,
)
from mall.flashsale.models import ABORTED, ENDED, FIRST_ORDER, FlashItem, FlashSession
from mall.flashsale.planning import rules
from mall.inventory.queries import sellable

MOST_ITEMS = 100
_OTHER = aliased(FlashSession)


def check(session: Session, session_id: int) -> None:
    """Refuse what doesn't fit, now that it is written: the transaction rolls back.

    Raises SessionFull, SkuSoldOtherwise, SessionsOverlap, FirstOrdersOverlap, of one that is ready
    StockShort, and what `rules.check_item` does.
    """
    terms = rules.Terms(
        *session.execute(
            select(FlashSession.kind, FlashSession.limit_per_user).where(
                FlashSession.id == session_id
            )
        ).one()
    )
    items = session.execute(
        select(*FlashItem.__table__.c).where(FlashItem.session_id == session_id)
    ).all()
    if len(items) > MOST_ITEMS:
        raise SessionFull
    sku_ids = [item.sku_id for item in items]
    goods = skus_for_sale(session, sku_ids)
    refuse_sold_otherwise(session, sku_ids)
    for item in items:
        rules.check_item(terms, item._asdict(), goods[item.sku_id].price_fen)
    refuse_overlaps(session, session_id)
    if session.scalar(select(FlashSession.ready).where(FlashSession.id == session_id)):
        require_stock(session, session_id)


def refuse_sold_otherwise(session: Session, sku_ids: Collection[int]) -> None:
    """Refuse SKUs that another feature alone sells; none begins to before the commit. Raises
    SkuSoldOtherwise."""
    lock_use(session, sku_ids)
    if refused := sold_otherwise(session, sku_ids):
        raise SkuSoldOtherwise(param=str(min(refused)))


def require_stock(session: Session, session_id: int) -> None:
    """The shop has what is announced. It may be sold before the session is armed, which is told
    then (`arm_error`)."""
    items = session.execute(
        select(FlashItem.sku_id, FlashItem.stock).where(FlashItem.session_id == session_id)
    ).all()
    there = sellable(session, [item.sku_id for item in items])
    for item in items:
        if item.stock > there[item.sku_id]:
            raise StockShort(item.sku_id, item.stock, there[item.sku_id])


def refuse_overlaps(session: Session, session_id: int) -> None:
    others_item = aliased(FlashItem)
    if session.scalar(
        _meeting(
            session_id,
            FlashItem.session_id == session_id,
            others_item.sku_id == FlashItem.sku_id,
            others_item.session_id == _OTHER.id,
        )
    ):
        raise SessionsOverlap
    both_first = FlashSession.kind == FIRST_ORDER, _OTHER.kind == FIRST_ORDER
    if session.scalar(_meeting(session_id, *both_first)):
        raise FirstOrdersOverlap


def _meeting(session_id: int, *conditions: ColumnElement[bool]) -> Select[tuple[bool]]:
    """Whether another session that isn't over meets this one in time, and in `conditions`."""
    return select(
        exists().where(
            FlashSession.id == session_id,
            _OTHER.id != session_id,
            _OTHER.state.not_in((ENDED, ABORTED)),
            _OTHER.starts_at < FlashSession.ends_at,
            FlashSession.starts_at < _OTHER.ends_at,
            *conditions,
        )
    )
