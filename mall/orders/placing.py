"""Placing an order: priced again, written, its stock reserved, all in one transaction.

Few round trips, since every shopper of a rush waits for them: the order with its lines,
adjustments and first step is one statement, the reservation another and the last before
the participants, so that a busy stock row is held as shortly as can be.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.cart import commands as cart
from mall.cart.goods import buyable
from mall.catalog.queries import SkuForSale
from mall.config import current_config
from mall.inventory import commands as inventory
from mall.kernel.db import after_commit, transaction
from mall.kernel.events import publish
from mall.kernel.failpoints import failpoint
from mall.kernel.prepared import PreparedStatement
from mall.kernel.sealed import sealer
from mall.orders import participants, states
from mall.orders.errors import CartEmpty, NothingToPay, NotOrderable, PriceChanged
from mall.orders.events import OrderPlaced
from mall.orders.lines import stock_ref
from mall.orders.models import ADDRESS
from mall.orders.numbers import draw_order_no
from mall.orders.participants import OrderRef
from mall.orders.quoting import placing_context, quote_goods, with_gifts
from mall.orders.rows import adjustment_rows, line_rows
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
    AmountTooLarge, OutOfStock, NotOrderable, ValidationFailed for an unknown choice, and what a
    participant refuses; then nothing has changed.
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
        order, expires_at = _write(session, quote, goods, address, remark)
        failpoint("orders.after_order_insert")
        inventory.reserve(session, _units(wanted, quote), ref=stock_ref(order.order_no))
        participants.on_placing(session, order)
        publish(session, OrderPlaced(order.order_no, user_id))
        failpoint("orders.before_order_commit")
        after_commit(session, _after_commit)
    return Placed(order.order_no, states.UNPAID, quote.payable_fen, expires_at, quote.notices)


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


_WRITE = PreparedStatement(
    """
    WITH placed AS (
        INSERT INTO orders (
            order_no, user_id, status, goods_fen, discount_fen, freight_fen, payable_fen,
            address_sealed, region_code, remark, expires_at
        ) VALUES (
            :order_no, :user_id, 'unpaid', :goods_fen, :discount_fen, :freight_fen, :payable_fen,
            :address_sealed, :region_code, :remark,
            clock_timestamp() + make_interval(mins => CAST(:minutes AS int))
        )
        ON CONFLICT (order_no) DO NOTHING
        RETURNING id, expires_at
    ), lines AS (
        INSERT INTO order_lines (
            order_id, position, sku_id, spu_id, sku_code, name, spec_text, image,
            price_fen, quantity, total_fen, adjusted_fen, payable_fen, gift
        )
        SELECT placed.id, l.* FROM placed, jsonb_to_recordset(CAST(:lines AS jsonb)) AS l(
            position smallint, sku_id bigint, spu_id bigint, sku_code text, name text,
            spec_text text, image text, price_fen bigint, quantity bigint, total_fen bigint,
            adjusted_fen bigint, payable_fen bigint, gift jsonb
        )
    ), adjustments AS (
        INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)
        SELECT placed.id, a.*
        FROM placed, jsonb_to_recordset(CAST(:adjustments AS jsonb)) AS a(
            lane text, source text, label text, amount_fen bigint, shares bigint[]
        )
    ), history AS (
        INSERT INTO order_transitions (order_id, from_status, to_status, cause)
        SELECT placed.id, NULL, 'unpaid', 'placed' FROM placed
    )
    SELECT id, expires_at FROM placed
    """
)


def _write(
    session: Session,
    quote: Quote,
    goods: Mapping[int, SkuForSale],
    address: AddressSnapshot,
    remark: str,
) -> tuple[OrderRef, datetime]:
    values = {
        "user_id": quote.context.user_id,
        "goods_fen": quote.goods_fen,
        "discount_fen": quote.discount_fen,
        "freight_fen": quote.freight_fen,
        "payable_fen": quote.payable_fen,
        "address_sealed": sealer().seal(address.to_json(), ADDRESS),
        "region_code": address.region_code,
        "remark": remark,
        "minutes": current_config().unpaid_close_min,
        "lines": _json(line_rows(quote, goods)),
        "adjustments": _json(adjustment_rows(quote)),
    }
    while True:
        order_no = draw_order_no()
        row = _WRITE.first(session, **values, order_no=order_no)
        if row is not None:  # None: somebody drew the same number in the same second
            sources = tuple(a.source for a in quote.adjustments)
            return OrderRef(row.id, order_no, quote.context.user_id, sources), row.expires_at


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False)
