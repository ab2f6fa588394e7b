"""Staff's own movements: units that came in, or that were lost, broken or miscounted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.queries import skus_for_sale
from mall.inventory import commands
from mall.inventory.errors import SkuUnknown
from mall.inventory.models import Stock
from mall.kernel.db import transaction
from mall.staff.audit import record


@dataclass(frozen=True, slots=True)
class Counted:
    """The stock of a SKU at one moment."""

    sku_id: int
    received: int = 0
    sellable: int = 0
    reserved: int = 0
    sold: int = 0

    def numbers(self) -> dict[str, Any]:
        return {"put_in": self.received, "sellable": self.sellable}


def correct(sku_id: int, kind: str, quantity: int, *, reason: str) -> Counted:
    """Receive units (`kind` "put_in") or take units out ("take_out"), with an audit row.

    Raises SkuUnknown, OutOfStock when fewer are sellable than shall be taken out.
    """
    with transaction() as session:
        if not skus_for_sale(session, [sku_id]):
            raise SkuUnknown(param=str(sku_id))
        before = _counted(session, sku_id)
        act = commands.receive if kind == "put_in" else commands.take_out
        act(session, sku_id, quantity, reason=reason, ref="staff")
        after = _counted(session, sku_id)
        record(
            session,
            action=f"stock.{kind}",
            target_type="sku",
            target_id=sku_id,
            before=before.numbers(),
            after={**after.numbers(), "quantity": quantity, "reason": reason},
        )
        return after


def _counted(session: Session, sku_id: int) -> Counted:
    columns = (Stock.sku_id, Stock.received, Stock.sellable, Stock.reserved, Stock.sold)
    row = session.execute(select(*columns).where(Stock.sku_id == sku_id)).one_or_none()
    return Counted(*row) if row else Counted(sku_id)
