"""SKUs that one feature alone sells, in a way of its own: as blind boxes, for points.

Others that sell or give SKUs (flash sales, prizes) ask here, and don't know which feature it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.models import Sku
from mall.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class SoldOtherwise:
    """What a feature keeps to itself: `which` says which of these SKUs it does at this moment."""

    name: str
    which: Callable[[Session, Collection[int]], Collection[int]]


SOLD_OTHERWISE: Registry[SoldOtherwise] = Registry("ways to sell alone", lambda one: one.name)


def sold_otherwise(session: Session, sku_ids: Collection[int]) -> set[int]:
    """Which of these SKUs a feature alone sells."""
    if not sku_ids:
        return set()
    features = SOLD_OTHERWISE.items().values()
    return {sku_id for one in features for sku_id in one.which(session, sku_ids)}


def lock_use(session: Session, sku_ids: Collection[int]) -> None:
    """Nobody else decides before the commit how these SKUs are sold: who keeps one to itself and
    who would sell it beside that both lock it here first, then look."""
    session.execute(
        select(Sku.id).where(Sku.id.in_(sku_ids)).order_by(Sku.id).with_for_update(key_share=True)
    )
