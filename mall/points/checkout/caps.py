"""SKUs with a cap of their own: how much of their price points may pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.catalog.models import Sku, Spu
from mall.kernel.db import transaction
from mall.points.checkout.errors import SkuNotFound
from mall.points.checkout.models import CheckoutCap
from mall.staff.audit import record


@dataclass(frozen=True, slots=True)
class ShownCap:
    """A SKU's own cap, in 1/10,000 of what it costs after discounts."""

    sku_id: int
    sku_code: str
    name: str
    cap_bp: int


def caps(session: Session, *, after: int | None, limit: int) -> Sequence[ShownCap]:
    """All caps by SKU; one more than `limit`."""
    query = (
        select(CheckoutCap.sku_id, Sku.sku_code, Spu.name, CheckoutCap.cap_bp)
        .join(Sku, Sku.id == CheckoutCap.sku_id)
        .join(Spu, Spu.id == Sku.spu_id)
        .where(CheckoutCap.sku_id > (after or 0))
        .order_by(CheckoutCap.sku_id)
        .limit(limit + 1)
    )
    return [ShownCap(*row) for row in session.execute(query)]


def set_cap(sku_id: int, cap_bp: int) -> None:
    """Let points pay at most so much of this SKU; 0 for nothing. Raises SkuNotFound."""
    with transaction() as session:
        if session.scalar(select(Sku.id).where(Sku.id == sku_id)) is None:
            raise SkuNotFound
        before = _locked(session, sku_id)
        session.execute(
            insert(CheckoutCap)
            .values(sku_id=sku_id, cap_bp=cap_bp)
            .on_conflict_do_update(index_elements=["sku_id"], set_={"cap_bp": cap_bp})
        )
        _audit(session, "set", sku_id, before, cap_bp)


def clear_cap(sku_id: int) -> None:
    """The shop's share holds for this SKU again. Doing it again changes nothing."""
    with transaction() as session:
        before = _locked(session, sku_id)
        if before is not None:
            session.execute(delete(CheckoutCap).where(CheckoutCap.sku_id == sku_id))
            _audit(session, "clear", sku_id, before, None)


def _locked(session: Session, sku_id: int) -> int | None:
    return session.scalar(
        select(CheckoutCap.cap_bp).where(CheckoutCap.sku_id == sku_id).with_for_update()
    )


def _audit(session: Session, verb: str, sku_id: int, before: int | None, after: int | None) -> None:
    record(
        session,
        action=f"points_checkout_cap.{verb}",
        target_type="sku",
        target_id=sku_id,
        before=None if before is None else {"cap_bp": before},
        after=None if after is None else {"cap_bp": after},
    )
