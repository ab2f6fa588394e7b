"""Placing an order: priced again, written, its stock reserved, all in one transaction.

The stock is reserved after the order and the rows that orders share (a team), and before the
accounts: a stock row that many shoppers want is locked for as short a time as possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mall.cart import commands as cart
from mall.kernel.db import after_commit, db_now, transaction
from mall.kernel.failpoints import failpoint
from mall.orders import participants, states
from mall.orders.batch import Draft, place_batch
from mall.orders.errors import (
    AddressMissing,
    CartEmpty,
    NotOrderable,
    PriceChanged,
)
from mall.orders.kinds import NORMAL, OrderKind
from mall.orders.paying import count_as_paid
from mall.orders.placed import PlacedAdjustment, PlacedLine, PlacedOrder
from mall.orders.quoting import goods_for, placing_context, quote_goods, with_gifts
from mall.orders.reserving import reserve_units
from mall.orders.writing import WrittenOrder
from mall.pricing.quote import Quote
from mall.users.addressing import AddressSnapshot
from mall.users.queries import address_snapshot

MAX_LINES = 100
"""SKUs of one order."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that waits to be paid until `expires_at`. `notices`: what it goes without."""

    order_no: str
    status: str
    payable_fen: int
    expires_at: datetime
    notices: tuple[str, ...] = ()


def place_order(
    user_id: int,
    lines: Mapping[int, int] | None,
    address_id: int | None,
    expected_payable_fen: int,
    remark: str = "",
    *,
    choices: Mapping[str, str] | None = None,
    kind: OrderKind = NORMAL,
    pay_until: datetime | None = None,
) -> Placed:
    """Order `lines` (SKU id → units), or with None the whole cart, for this shopper.

    The bought lines leave the cart, unless the kind has nothing to do with it; the units are
    reserved until the order is paid or closed: when the time of its kind is up, or at `pay_until`
    if that is sooner. An order that costs nothing, where its kind
    allows that, is paid at once. The address may be None only for a kind that needs none.
    Raises CartEmpty, SkuUnknown, SkuOffShelf, NotFound for the address, AddressMissing,
    PriceChanged when it costs other than `expected_payable_fen`, NothingToPay, AmountTooLarge,
    OutOfStock, NotOrderable, AccountClosed, ValidationFailed for an unknown choice, and what a
    participant refuses; then nothing has changed.
    """
    with transaction() as session:
        takes = lines is None or kind.takes_from_cart
        taken = cart.take(session, user_id, lines) if takes else {}
        wanted = taken if lines is None else lines
        if not wanted:
            raise CartEmpty
        goods = goods_for(session, wanted, kind)
        address = _address(session, user_id, address_id, kind)
        region_code = address.region_code if address else None
        context = placing_context(user_id, wanted, goods, region_code, choices or {}, kind=kind)
        quote = quote_goods(session, context)
        _agree(quote, expected_payable_fen)
        goods = with_gifts(session, goods, quote)
        draft = Draft(user_id, quote, goods, address, kind, context.choices, remark, pay_until)
        (written,) = place_batch(session, [draft])
        failpoint("orders.after_order_insert")
        order = _placed(written, draft)
        participants.lock(session, order)
        reserve_units(session, order)
        is_free = quote.payable_fen == 0
        if is_free:
            count_as_paid(session, order, 0, db_now(session), "nothing_to_pay")
        participants.on_placing(session, order, is_paid=is_free)
        failpoint("orders.before_order_commit")
        after_commit(session, _after_commit)
    status = states.PAID if is_free else states.UNPAID
    return Placed(order.order_no, status, quote.payable_fen, written.expires_at, quote.notices)


def _address(
    session: Session, user_id: int, address_id: int | None, kind: OrderKind
) -> AddressSnapshot | None:
    if not kind.needs_address:
        return None
    if address_id is None:
        raise AddressMissing(param="address_id")
    return address_snapshot(session, user_id, address_id)


def _placed(written: WrittenOrder, draft: Draft) -> PlacedOrder:
    quote = draft.quote
    lines = (
        PlacedLine(
            position,
            line.line.sku_id,
            line.line.spu_id,
            line.line.quantity,
            line.payable_fen,
            line.gift is not None,
        )
        for position, line in enumerate(quote.lines, start=1)
    )
    adjustments = (
        PlacedAdjustment(one.lane.name, one.source, one.amount_fen, one.shares)
        for one in quote.adjustments
    )
    return PlacedOrder(
        written.id,
        written.order_no,
        draft.user_id,
        draft.kind,
        draft.choices,
        tuple(lines),
        tuple(adjustments),
    )


def _after_commit(_session: Session) -> None:
    failpoint("orders.after_order_commit")


def _agree(quote: Quote, expected_payable_fen: int) -> None:
    for obstacle in quote.obstacles:
        raise NotOrderable(obstacle)
    if quote.payable_fen != expected_payable_fen:
        raise PriceChanged(quote.payable_fen)
