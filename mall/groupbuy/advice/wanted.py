"""What staff ask advice for: a product, the bounds of its tiers, what selling costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.errors import ProductNotFound
from mall.catalog.models import Sku
from mall.groupbuy.advice.model.proposing import Bounds
from mall.groupbuy.advice.model.terms import Good
from mall.inventory.errors import SkuUnknown


@dataclass(frozen=True, slots=True)
class Wanted:
    """Advice for a product, or some of its SKUs (none named: those that are enabled).

    `stock` are the units that may be set aside, None for what is sellable; `days` is how long
    the activity shall run. `fee_bp` and `failed_team_fen` are as in `Costs`.
    """

    spu_id: int
    bounds: Bounds
    sku_ids: Sequence[int] = ()
    fee_bp: int = 0
    failed_team_fen: int = 0
    stock: int | None = None
    days: int = 7


@dataclass(frozen=True, slots=True)
class Goods:
    """The SKUs that advice is for. `costs_known` counts those whose cost is known."""

    sku_ids: tuple[int, ...]
    prices_fen: dict[int, int]
    costs_fen: dict[int, int | None]

    @property
    def costs_known(self) -> int:
        """How many SKUs have a cost."""
        return sum(cost is not None for cost in self.costs_fen.values())

    def mixed(self, units: dict[int, int]) -> list[Good]:
        """With the part of each in what was sold; each counts as sold once at least."""
        counts = {sku_id: units.get(sku_id, 0) + 1 for sku_id in self.sku_ids}
        whole = sum(counts.values())
        return [
            Good(sku_id, self.prices_fen[sku_id], self.costs_fen[sku_id] or 0, count / whole)
            for sku_id, count in counts.items()
        ]


def goods_of(session: Session, spu_id: int, sku_ids: Sequence[int] = ()) -> Goods:
    """The SKUs of a product, those named or all that are enabled.

    Raises ProductNotFound when it has none, SkuUnknown for one that isn't the product's.
    """
    query = select(Sku.id, Sku.price_fen, Sku.cost_fen).where(Sku.spu_id == spu_id)
    query = query.where(Sku.id.in_(sku_ids)) if sku_ids else query.where(Sku.enabled)
    rows = session.execute(query.order_by(Sku.id)).all()
    if sku_ids and len(rows) < len(set(sku_ids)):
        raise SkuUnknown(param="sku_ids")
    if not rows:
        raise ProductNotFound(param="spu_id")
    return Goods(
        tuple(row.id for row in rows),
        {row.id: row.price_fen for row in rows},
        {row.id: row.cost_fen for row in rows},
    )
