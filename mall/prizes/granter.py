"""Goods as rewards: {"kind": "goods", "what": "<SKU id>", "count": 1}."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from mall.catalog.queries import SkuForSale, skus_for_sale
from mall.catalog.sold_otherwise import sold_otherwise
from mall.inventory import commands as inventory
from mall.inventory.locking import lock_skus
from mall.kernel.events import publish
from mall.kernel.http.schemas import MAX_ID
from mall.prizes import metrics
from mall.prizes.claims import claim_until, hold_ref, lock_with_orders
from mall.prizes.events import PrizeWaiting
from mall.prizes.kinds import GOODS
from mall.prizes.models import PrizeClaim
from mall.prizes.taking_back import take_units
from mall.rewards.errors import RewardUnknown
from mall.rewards.granters import Locks, Part, TakenBack

MAX_COUNT = 20


class GoodsGranter:
    """Gives units of a SKU, set aside at once; the shopper says later where they go.

    Of accounts it locks none, of stock the SKU's row: after the grants, and before any account, as
    an order does it.
    """

    kind = GOODS
    locks = Locks.STOCK

    def check(self, session: Session, part: Part) -> None:
        """Any SKU that can be sent, on the shelf or not: none of blind boxes, or that the points
        mall delivers itself."""
        sku = _sku(session, part)
        if sku is None or part.count > MAX_COUNT or sold_otherwise(session, [sku.sku_id]):
            raise RewardUnknown(param="reward")

    def cost_fen(self, session: Session, part: Part) -> int | None:
        """What the units cost the shop where that is known, else what they sell for."""
        sku = _sku(session, part)
        if sku is None:
            return None
        return (sku.price_fen if sku.cost_fen is None else sku.cost_fen) * part.count

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """The receipt is the claim's id. Raises OutOfStock, RewardUnknown."""
        sku = _sku(session, part)
        if sku is None:
            raise RewardUnknown(param="reward")
        values = {"user_id": user_id, "sku_id": sku.sku_id, "units": part.count}
        claim_id: int = session.execute(
            insert(PrizeClaim).values(**values, claim_by=claim_until()).returning(PrizeClaim.id)
        ).scalar_one()
        inventory.reserve(session, {sku.sku_id: part.count}, ref=hold_ref(claim_id, 1))
        metrics.PRIZES.labels("given").inc()
        publish(session, PrizeWaiting(claim_id, user_id))
        return str(claim_id)

    def lock_to_give(self, session: Session, given: Sequence[tuple[int, Part]]) -> None:
        """The SKUs."""
        skus = (_sku(session, part) for _, part in given)
        lock_skus(session, {sku.sku_id for sku in skus if sku is not None})

    def lock_to_take(self, session: Session, receipts: Sequence[str]) -> None:
        """The orders of the claims, the claims, the SKUs."""
        claims, _ = lock_with_orders(session, [int(receipt) for receipt in receipts])
        lock_skus(session, {claim.sku_id for claim in claims})

    def belongs_to(self, session: Session, receipt: str, grant_id: int) -> None:
        """The claim of a receipt is this grant's."""
        session.execute(
            update(PrizeClaim)
            .where(PrizeClaim.id == int(receipt))
            .values(grant_id=grant_id)
            .execution_options(synchronize_session=False)
        )

    def take_back(self, session: Session, _user_id: int, receipt: str, units: int) -> TakenBack:
        """What has not been sent comes back; what has is owed."""
        return take_units(session, int(receipt), units)


def _sku(session: Session, part: Part) -> SkuForSale | None:
    is_id = part.what.isascii() and part.what.isdigit() and len(part.what) < 20
    sku_id = int(part.what) if is_id else 0
    if not 1 <= sku_id <= MAX_ID:
        return None
    return skus_for_sale(session, [sku_id]).get(sku_id)
