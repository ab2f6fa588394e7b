"""Many orders in one statement, for surges that travel as batches.

It writes what `placing` writes for one order, and nothing else: who calls it has priced the
goods with the one pricing function, holds their stock under each order's reference before
the commit, and asks no participant. Orders of one quote share its lines and adjustments,
which so travel once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from mall.catalog.queries import SkuForSale
from mall.kernel.events import publish
from mall.kernel.prepared import PreparedStatement
from mall.kernel.sealed import sealer
from mall.orders.errors import NothingToPay
from mall.orders.events import OrderPlaced
from mall.orders.models import ADDRESS
from mall.orders.numbers import draw_order_no
from mall.orders.rows import adjustment_rows, line_rows
from mall.pricing.quote import Quote
from mall.users.addressing import AddressSnapshot


@dataclass(frozen=True, slots=True)
class Draft:
    """An order to be written. `pay_min` are the minutes to pay it in; the quote is of this
    price, whoever it was worked out for: the order belongs to `user_id`."""

    user_id: int
    quote: Quote
    goods: Mapping[int, SkuForSale]
    address: AddressSnapshot = field(repr=False)
    pay_min: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """An order of a batch, unpaid until `expires_at`."""

    id: int
    order_no: str
    expires_at: datetime


_WRITE = PreparedStatement(
    """
    WITH wanted AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:orders AS jsonb)) AS w(
            order_no text, user_id bigint, quote int, address text, region_code text,
            remark text, pay_min int
        )
    ), quotes AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:quotes AS jsonb)) AS q(
            quote int, goods_fen bigint, discount_fen bigint, freight_fen bigint,
            payable_fen bigint
        )
    ), placed AS (
        INSERT INTO orders (
            order_no, user_id, status, goods_fen, discount_fen, freight_fen, payable_fen,
            address_sealed, region_code, remark, expires_at
        )
        SELECT w.order_no, w.user_id, 'unpaid', q.goods_fen, q.discount_fen, q.freight_fen,
            q.payable_fen, decode(w.address, 'hex'), w.region_code, w.remark,
            clock_timestamp() + make_interval(mins => w.pay_min)
        FROM wanted w JOIN quotes q USING (quote)
        ON CONFLICT (order_no) DO NOTHING
        RETURNING id, order_no, expires_at
    ), priced AS MATERIALIZED (
        SELECT p.id, w.quote FROM placed p JOIN wanted w USING (order_no)
    ), lines AS (
        INSERT INTO order_lines (
            order_id, position, sku_id, spu_id, sku_code, name, spec_text, image,
            price_fen, quantity, total_fen, adjusted_fen, payable_fen, gift
        )
        SELECT p.id, l.position, l.sku_id, l.spu_id, l.sku_code, l.name, l.spec_text, l.image,
            l.price_fen, l.quantity, l.total_fen, l.adjusted_fen, l.payable_fen, l.gift
        FROM priced p JOIN jsonb_to_recordset(CAST(:lines AS jsonb)) AS l(
            quote int, position smallint, sku_id bigint, spu_id bigint, sku_code text, name text,
            spec_text text, image text, price_fen bigint, quantity bigint, total_fen bigint,
            adjusted_fen bigint, payable_fen bigint, gift jsonb
        ) USING (quote)
    ), adjustments AS (
        INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)
        SELECT p.id, a.lane, a.source, a.label, a.amount_fen, a.shares
        FROM priced p JOIN jsonb_to_recordset(CAST(:adjustments AS jsonb)) AS a(
            quote int, place int, lane text, source text, label text, amount_fen bigint,
            shares bigint[]
        ) USING (quote)
        ORDER BY p.id, a.place
    ), history AS (
        INSERT INTO order_transitions (order_id, from_status, to_status, cause)
        SELECT id, NULL, 'unpaid', 'placed' FROM placed
    )
    SELECT id, order_no, expires_at FROM placed
    """
)


def place_batch(session: Session, drafts: Sequence[Draft]) -> list[Written]:
    """Write an unpaid order for each draft, in their order; each is announced as placed.

    Stock and prices are the caller's affair, and no participant is asked. Raises
    NothingToPay for a quote that costs nothing.
    """
    if any(draft.quote.payable_fen <= 0 for draft in drafts):
        raise NothingToPay
    written: dict[int, Written] = {}
    waiting = list(range(len(drafts)))
    while waiting:  # again only for a number that somebody drew in the same second
        written |= _write(session, drafts, waiting)
        waiting = [place for place in waiting if place not in written]
    for place, draft in enumerate(drafts):
        publish(session, OrderPlaced(written[place].order_no, draft.user_id))
    return [written[place] for place in range(len(drafts))]


def _write(session: Session, drafts: Sequence[Draft], places: list[int]) -> dict[int, Written]:
    numbers = _draw(places)
    quotes: dict[int, tuple[int, Draft]] = {}
    orders = []
    seal = sealer().seal
    for order_no, place in numbers.items():
        draft = drafts[place]
        quote, _ = quotes.setdefault(id(draft.quote), (len(quotes), draft))
        orders.append(
            {
                "order_no": order_no,
                "user_id": draft.user_id,
                "quote": quote,
                "address": seal(draft.address.to_json(), ADDRESS).hex(),
                "region_code": draft.address.region_code,
                "remark": draft.remark,
                "pay_min": draft.pay_min,
            }
        )
    values = {"orders": orders, **_of_quotes([draft for _, draft in quotes.values()])}
    sent = {name: json.dumps(rows, ensure_ascii=False) for name, rows in values.items()}
    return {
        numbers[row.order_no]: Written(row.id, row.order_no, row.expires_at)
        for row in _WRITE.rows(session, **sent)
    }


def _draw(places: list[int]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for place in places:
        while (order_no := draw_order_no()) in numbers:
            pass
        numbers[order_no] = place
    return numbers


def _of_quotes(drafts: Sequence[Draft]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each different quote, told apart by its place in the list."""
    quotes: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    adjustments: list[dict[str, Any]] = []
    for number, draft in enumerate(drafts):
        quote, mark = draft.quote, {"quote": number}
        sums = ("goods_fen", "discount_fen", "freight_fen", "payable_fen")
        quotes.append(mark | {name: getattr(quote, name) for name in sums})
        lines += [mark | row for row in line_rows(quote, draft.goods)]
        adjustments += [
            mark | {"place": place} | row for place, row in enumerate(adjustment_rows(quote))
        ]
    return {"quotes": quotes, "lines": lines, "adjustments": adjustments}
