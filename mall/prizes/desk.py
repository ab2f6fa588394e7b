"""What staff read at the desk of prizes: who waits, what is to be sent, where it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from mall.catalog.rules import spec_text
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.masking import mask_phone, mask_text
from mall.kernel.sheet_chunks import Number
from mall.orders.addresses import open_address
from mall.orders.models import Order
from mall.orders.states import COMPLETED, PAID, SHIPPED
from mall.prizes.errors import PrizeNotFound
from mall.prizes.models import CANCELED, EXPIRED, ORDERED, TAKEN_BACK, WAITING, PrizeClaim
from mall.prizes.queries import claims
from mall.prizes.settings import SHIP_DAYS
from mall.shipping.bulk_sheet import CARRIER, NUMBER, ORDER
from mall.staff.audit import record
from mall.users.models import User
from mall.users.phones import masked_phone

TO_SHIP, OVERDUE = "to_ship", "overdue"
DESK_STATES = (WAITING, TO_SHIP, OVERDUE, SHIPPED, COMPLETED, EXPIRED, TAKEN_BACK, CANCELED)
"""What the desk's list is narrowed to: an ordered prize is where its order is."""
_ORDER_STATUS = {TO_SHIP: PAID, OVERDUE: PAID, SHIPPED: SHIPPED, COMPLETED: COMPLETED}
HEADER = (
    *(ORDER, CARRIER, NUMBER, "奖品编号", "商品编码", "商品", "规格", "件数"),
    *("收货人", "电话", "地区", "地址", "填写地址时间"),
)
"""The sheet of what is to be sent. Its first columns are those of the sheet of parcels: filled in,
the same sheet comes back."""
_ROWS = 500


def in_state(query: Select[*tuple[Any, ...]], state: str) -> Select[*tuple[Any, ...]]:
    """A query over claims and their orders, narrowed to a state of the desk."""
    status = _ORDER_STATUS.get(state)
    if status is None:
        return query.where(PrizeClaim.state == state)
    query = query.where(PrizeClaim.state == ORDERED, Order.status == status)
    if state == OVERDUE:
        late = func.clock_timestamp() - func.make_interval(0, 0, 0, SHIP_DAYS.get())
        query = query.where(PrizeClaim.ordered_at < late)
    return query


def listed(
    session: Session, state: str | None, *, before: int | None, limit: int
) -> list[dict[str, Any]]:
    """Prizes, the newest first, names and phones masked; one more than `limit`, for paging."""
    query = _with_shoppers()
    if state is not None:
        query = in_state(query, state)
    if before is not None:
        query = query.where(PrizeClaim.id < before)
    rows = session.execute(query.order_by(PrizeClaim.id.desc()).limit(limit + 1))
    return [_shown(row) for row in rows]


def one(session: Session, claim_id: int) -> dict[str, Any]:
    """One prize, as in the list. Raises PrizeNotFound."""
    row = session.execute(_with_shoppers().where(PrizeClaim.id == claim_id)).one_or_none()
    if row is None:
        raise PrizeNotFound
    return _shown(row)


def sheet_to_ship() -> Iterator[tuple[str, ...]]:
    """The rows of the sheet of what is to be sent, the first given first, with receivers. The
    export leaves an audit row."""
    with transaction() as session:
        record(session, action="prize.export", target_type="prize_claim", target_id="*")
    return _rows_to_ship()


def _rows_to_ship() -> Iterator[tuple[str, ...]]:
    after = 0
    while True:
        query = in_state(claims().add_columns(Order.address_sealed), TO_SHIP)
        with transaction() as session:
            rows = session.execute(
                query.where(PrizeClaim.id > after).order_by(PrizeClaim.id).limit(_ROWS)
            ).all()
            cells = [_cells(row) for row in rows]
        yield from cells
        if len(rows) < _ROWS:
            return
        after = rows[-1].PrizeClaim.id


def _cells(row: Any) -> tuple[str, ...]:
    claim, address = row.PrizeClaim, open_address(row.address_sealed)
    receiver = (
        (address.receiver, address.phone, address.region_names, address.detail)
        if address
        else ("",) * 4
    )
    return (
        *(row.order_no, "", "", str(claim.id), row.sku_code, row.name),
        *(spec_text(row.spec_values), Number(claim.left), *receiver),
        claim.ordered_at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
    )


def _with_shoppers() -> Select[*tuple[Any, ...]]:
    return (
        claims().add_columns(Order.address_sealed, User).join(User, User.id == PrizeClaim.user_id)
    )


def _shown(row: Any) -> dict[str, Any]:
    address = open_address(row.address_sealed)
    return {
        **row._mapping,
        "nickname": row.User.nickname,
        "phone": masked_phone(row.User),
        "receiver": mask_text(address.receiver) if address else None,
        "receiver_phone": mask_phone(address.phone) if address else None,
    }
