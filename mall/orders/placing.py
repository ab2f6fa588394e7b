"""Placing an order: priced again, written, its stock reserved, all in one transaction.

The stock is reserved after the order is written, and only the participants come later: a
stock row that many shoppers want is locked for as short a time as possible.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mall.cart import commands as cart
from mall.cart.goods import buyable
from mall.inventory import commands as inventory
from mall.kernel.db import after_commit, transaction
from mall.kernel.failpoints import failpoint
from mall.orders import participants, states
from mall.orders.batch import Draft, place_batch
from mall.orders.errors import CartEmpty, NothingToPay, NotOrderable, PriceChanged
from mall.orders.lines import stock_ref
from mall.orders.participants import OrderRef
from mall.orders.quoting import placing_context, quote_goods, with_gifts
from mall.orders.settings import UNPAID_CLOSE_MIN
from mall.pricing.quote import Quote
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
    address_id: int,
    expected_payable_fen: int,
    remark: str = "",
    *,
    choices: Mapping[str, str] | None = None,
) -> Placed:
    """Order `lines` (SKU id → units), or with None the whole cart, for this shopper.

    The bought lines leave the cart, the units are reserved until the order is paid or
    closed. Raises CartEmpty, SkuUnknown, SkuOffShelf, NotFound for the address,
    PriceChanged when it costs other than `expected_payable_fen`, NothingToPay,
    AmountTooLarge, OutOfStock, NotOrderable, AccountClosed, ValidationFailed for an unknown
    choice, and what a participant refuses; then nothing has changed.
    """
    with transaction() as session:
        taken = cart.take(session, user_id, lines)
        wanted = taken if lines is None else lines
        if not wanted:
            raise CartEmpty
        goods = buyable(session, wanted)
        address = address_snapshot(session, user_id, address_id)
        context = placing_context(user_id, wanted, goods, address.region_code, choices or {})
        quote = quote_goods(session, context)
        _agree(quote, expected_payable_fen)
        goods = with_gifts(session, goods, quote)
        draft = Draft(user_id, quote, goods, address, UNPAID_CLOSE_MIN.get(), remark)
        (order,) = place_batch(session, [draft])
        failpoint("orders.after_order_insert")
        inventory.reserve(session, _units(wanted, quote), ref=stock_ref(order.order_no))
        sources = tuple(adjustment.source for adjustment in quote.adjustments)
        participants.on_placing(session, OrderRef(order.id, order.order_no, user_id, sources))
        failpoint("orders.before_order_commit")
        after_commit(session, _after_commit)
    return Placed(order.order_no, states.UNPAID, quote.payable_fen, order.expires_at, quote.notices)


def _units(wanted: Mapping[int, int], quote: Quote) -> Mapping[int, int]:
    given: Counter[int] = Counter()
    for gift in quote.gifts:
        given[gift.line.sku_id] += gift.line.quantity
    return given + Counter(wanted) if given else wanted


def _after_commit(_session: Session) -> None:
    failpoint("orders.after_order_commit")


def _agree(quote: Quote, expected_payable_fen: int) -> None:
    for obstacle in quote.obstacles:
        raise NotOrderable(obstacle)
    if quote.payable_fen != expected_payable_fen:
        raise PriceChanged(quote.payable_fen)
    if quote.payable_fen <= 0:
        raise NothingToPay
