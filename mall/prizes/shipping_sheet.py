"""Tracking numbers of many prizes by one sheet, as shipping reads it: orders of prizes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from mall.kernel.db import transaction
from mall.orders.models import Order
from mall.prizes.kinds import PRIZE
from mall.shipping.bulk import BulkShipping, ship_in_bulk
from mall.shipping.bulk_sheet import ParcelRow

NOT_A_PRIZE = "不是奖品订单"


def ship_prizes(rows: Sequence[ParcelRow], *, dry_run: bool) -> BulkShipping:
    """Ship the orders of a sheet; every other order is refused. The same sheet twice changes
    nothing, a dry run keeps nothing (`shipping.bulk.ship_in_bulk`)."""
    with transaction() as session:
        known = set(
            session.scalars(
                select(Order.order_no).where(
                    Order.order_no.in_({row.order_no for row in rows}), Order.kind == PRIZE.name
                )
            )
        )
    checked = [
        row if row.fault or row.order_no in known else replace(row, fault=NOT_A_PRIZE)
        for row in rows
    ]
    return ship_in_bulk(checked, dry_run=dry_run)
