"""Staff bind a published lottery to the SKU that its boxes are sold as, before its start."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.catalog.sold_otherwise import lock_use
from mall.flashsale.planning.queries import in_flash_sale
from mall.inventory.errors import SkuUnknown
from mall.kernel.db import after_commit, db_now, transaction
from mall.lottery.boxes.errors import (
    BoxBound,
    BoxDrawnByTeams,
    BoxesGone,
    BoxNotFound,
    BoxSkuInFlashSale,
    BoxStarted,
)
from mall.lottery.boxes.in_use import BOXES
from mall.lottery.boxes.models import LotteryBox
from mall.lottery.boxes.rules import must_be_boxes
from mall.lottery.campaigns.composing import audit
from mall.lottery.errors import LotteryNotFound, LotteryNotPublished, LotteryOver
from mall.lottery.models import Lottery, LotteryChances
from mall.lottery.proofs.rows import table_of
from mall.lottery.teams.models import LotteryActivity


def bind_box(lottery_id: int, sku_id: int, daily_boxes: int | None) -> None:
    """Sell the tickets of a lottery as units of a SKU. Chances that shoppers have already are
    promised their box.

    Raises LotteryNotFound, LotteryNotPublished, LotteryOver, BoxStarted, BoxTableInvalid,
    SkuUnknown, BoxSkuInFlashSale, BoxBound, BoxDrawnByTeams, BoxesGone when more chances were given
    than there are boxes.
    """
    with transaction() as session:
        lottery = _locked(session, lottery_id)
        must_be_boxes(table_of(session, lottery_id, lottery.version), lottery.costs_fen)
        taken = session.scalar(
            select(func.sum(LotteryChances.given + LotteryChances.bought)).where(
                LotteryChances.lottery_id == lottery_id
            )
        )
        if (taken or 0) > (lottery.tickets or 0):
            raise BoxesGone
        of_teams = select(LotteryActivity.activity_id).where(
            LotteryActivity.lottery_id == lottery_id
        )
        if session.scalars(of_teams).first() is not None:
            raise BoxDrawnByTeams
        values = _values(session, sku_id, daily_boxes)
        made = session.scalar(
            insert(LotteryBox)
            .values(lottery_id=lottery_id, taken=taken or 0, **values)
            .on_conflict_do_nothing()
            .returning(LotteryBox.lottery_id)
        )
        if made is None:
            raise BoxBound
        audit(session, "bind_box", lottery_id, values)
        after_commit(session, BOXES.expire)


def change_box(lottery_id: int, sku_id: int, daily_boxes: int | None) -> None:
    """Another SKU or cap, before the start.

    Raises LotteryNotFound, LotteryNotPublished, LotteryOver, BoxStarted, BoxNotFound, SkuUnknown,
    BoxSkuInFlashSale.
    """
    with transaction() as session:
        _locked(session, lottery_id)
        values = _values(session, sku_id, daily_boxes)
        changed = session.scalar(
            update(LotteryBox)
            .where(LotteryBox.lottery_id == lottery_id)
            .values(**values)
            .returning(LotteryBox.lottery_id)
            .execution_options(synchronize_session=False)
        )
        if changed is None:
            raise BoxNotFound
        audit(session, "change_box", lottery_id, values)


def _locked(session: Session, lottery_id: int) -> Lottery:
    """A lottery that hasn't started. Nobody is given or sells a chance of it meanwhile: they hold
    its key for share."""
    lottery = session.scalar(
        select(Lottery)
        .where(Lottery.id == lottery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if lottery is None:
        raise LotteryNotFound
    if lottery.starts_at is None:
        raise LotteryNotPublished
    if lottery.ended_at is not None:
        raise LotteryOver
    if lottery.starts_at <= db_now(session):
        raise BoxStarted
    return lottery


def _values(session: Session, sku_id: int, daily_boxes: int | None) -> dict[str, Any]:
    if sku_id not in skus_for_sale(session, [sku_id]):
        raise SkuUnknown(param="sku_id")
    lock_use(session, [sku_id])
    if in_flash_sale(session, sku_id):
        raise BoxSkuInFlashSale(param="sku_id")
    return {"sku_id": sku_id, "daily_boxes": daily_boxes}
