"""The one statement that writes orders, with their lines, adjustments and first step.

Everything that makes an order calls `write_orders`: placing, a batch of a flash sale, and
the order that stands for a closed one. Orders of the same contents send these once. A
prepared statement, since each purchase waits for it (row "cart → quote → order" of
`make bench`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.catalog.queries import SkuForSale
from mall.kernel.prepared import PreparedStatement
from mall.orders.addresses import KeptAddress
from mall.orders.holding import code_of
from mall.orders.kinds import OrderKind
from mall.orders.models import Order
from mall.orders.numbers import draw_order_no
from mall.orders.rows import adjustment_rows, line_rows
from mall.pricing.quote import Quote
from mall.users.errors import AccountClosed
from mall.users.models import User


class AlreadyReplaced(Exception):
    """Another order stands for the closed one already."""


@dataclass(frozen=True, slots=True)
class OrderContents:
    """What an order consists of and costs: rows for `order_lines` and `order_adjustments`."""

    goods_fen: int
    discount_fen: int
    freight_fen: int
    payable_fen: int
    lines: list[dict[str, Any]]
    adjustments: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to write. The shopper has `pay_min` minutes to pay, at most until `pay_until`;
    `cause` is of its first step."""

    user_id: int
    kind: OrderKind
    choices: Mapping[str, str]
    contents: OrderContents
    address: KeptAddress | None
    region_code: str
    remark: str
    pay_min: int
    cause: str = "placed"
    replaces_order_id: int | None = None
    pay_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WrittenOrder:
    """An order that was written, unpaid until `expires_at`."""

    id: int
    order_no: str
    expires_at: datetime


_WRITE = PreparedStatement(
    """
    WITH wanted AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:orders AS jsonb)) AS w(
            order_no text, user_id bigint, kind text, choices jsonb, may_be_free boolean, hold text,
            contents int, goods_fen bigint, discount_fen bigint,
            freight_fen bigint, payable_fen bigint, address text, receiver text, phone text,
            region_code text, remark text, pay_min int, cause text, replaces_order_id bigint,
            pay_until timestamptz
        )
    ), open_accounts AS MATERIALIZED (
        SELECT id FROM users
        WHERE id IN (SELECT user_id FROM wanted) AND closed_at IS NULL
        ORDER BY id FOR KEY SHARE
    ), placed AS (
        INSERT INTO orders (
            order_no, user_id, kind, choices, may_be_free, hold_reason, status, goods_fen,
            discount_fen, freight_fen, payable_fen, address_sealed, receiver_index, phone_index,
            region_code, remark, replaces_order_id, expires_at
        )
        SELECT order_no, user_id, kind, choices, may_be_free, hold, 'unpaid', goods_fen,
            discount_fen, freight_fen, payable_fen, decode(address, 'hex'),
            decode(receiver, 'hex'), decode(phone, 'hex'), region_code, remark, replaces_order_id,
            least(clock_timestamp() + make_interval(mins => pay_min), pay_until)
        FROM wanted JOIN open_accounts a ON a.id = user_id
        ON CONFLICT DO NOTHING
        RETURNING id, order_no, expires_at
    ), written AS MATERIALIZED (
        SELECT p.id, w.contents, w.cause FROM placed p JOIN wanted w USING (order_no)
    ), lines AS (
        INSERT INTO order_lines (
            order_id, position, sku_id, spu_id, sku_code, name, spec_text, image,
            price_fen, cost_fen, quantity, total_fen, adjusted_fen, payable_fen, gift
        )
        SELECT o.id, l.position, l.sku_id, l.spu_id, l.sku_code, l.name, l.spec_text, l.image,
            l.price_fen, l.cost_fen, l.quantity, l.total_fen, l.adjusted_fen, l.payable_fen, l.gift
        FROM written o JOIN jsonb_to_recordset(CAST(:lines AS jsonb)) AS l(
            contents int, position smallint, sku_id bigint, spu_id bigint, sku_code text,
            name text, spec_text text, image text, price_fen bigint, cost_fen bigint,
            quantity bigint, total_fen bigint, adjusted_fen bigint, payable_fen bigint, gift jsonb
        ) USING (contents)
    ), adjustments AS (
        INSERT INTO order_adjustments (order_id, lane, source, label, amount_fen, shares)
        SELECT o.id, a.lane, a.source, a.label, a.amount_fen, a.shares
        FROM written o JOIN jsonb_to_recordset(CAST(:adjustments AS jsonb)) AS a(
            contents int, place int, lane text, source text, label text, amount_fen bigint,
            shares bigint[]
        ) USING (contents)
        ORDER BY o.id, a.place
    ), history AS (
        INSERT INTO order_transitions (order_id, from_status, to_status, cause)
        SELECT id, NULL, 'unpaid', cause FROM written
    )
    SELECT id, order_no, expires_at FROM placed
    """
)


def contents_of(quote: Quote, goods: Mapping[int, SkuForSale]) -> OrderContents:
    """What an order of this quote consists of. `goods` are those of its lines, by SKU id."""
    return OrderContents(
        quote.goods_fen,
        quote.discount_fen,
        quote.freight_fen,
        quote.payable_fen,
        line_rows(quote, goods),
        adjustment_rows(quote),
    )


def write_orders(session: Session, orders: Sequence[NewOrder]) -> list[WrittenOrder]:
    """Write these orders as unpaid; the result is in the order of `orders`.

    One statement, and one more for each time that an order number was taken. Stock and
    participants are the caller's part. The shoppers' accounts stay open until the commit.
    Raises AlreadyReplaced, AccountClosed.
    """
    written: dict[int, WrittenOrder] = {}
    waiting = list(range(len(orders)))
    while waiting:
        written |= _write(session, orders, waiting)
        waiting = [place for place in waiting if place not in written]
        _refuse_replaced(session, [orders[place].replaces_order_id for place in waiting])
        _refuse_closed(session, [orders[place].user_id for place in waiting])
    return [written[place] for place in range(len(orders))]


def _refuse_replaced(session: Session, order_ids: Sequence[int | None]) -> None:
    replaced = [order_id for order_id in order_ids if order_id is not None]
    if replaced and session.scalar(
        select(Order.id).where(Order.replaces_order_id.in_(replaced)).limit(1)
    ):
        raise AlreadyReplaced


def _refuse_closed(session: Session, user_ids: Sequence[int]) -> None:
    if user_ids and session.scalar(
        select(User.id).where(User.id.in_(user_ids), User.closed_at.is_not(None)).limit(1)
    ):
        raise AccountClosed


def _write(
    session: Session, orders: Sequence[NewOrder], places: Sequence[int]
) -> dict[int, WrittenOrder]:
    numbers = _draw(places)
    contents: dict[int, tuple[int, OrderContents]] = {}
    rows = []
    for order_no, place in numbers.items():
        order = orders[place]
        mark, _ = contents.setdefault(id(order.contents), (len(contents), order.contents))
        rows.append(_order_row(order, order_no, mark))
    sent = {"orders": rows, **_content_rows([one for _, one in contents.values()])}
    found = _WRITE.rows(session, **{name: _json(values) for name, values in sent.items()})
    return {
        numbers[row.order_no]: WrittenOrder(row.id, row.order_no, row.expires_at) for row in found
    }


def _draw(places: Sequence[int]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for place in places:
        while (order_no := draw_order_no()) in numbers:
            pass
        numbers[order_no] = place
    return numbers


def _order_row(order: NewOrder, order_no: str, contents: int) -> dict[str, Any]:
    return {
        "order_no": order_no,
        "user_id": order.user_id,
        "kind": order.kind.name,
        "choices": dict(order.choices),
        "may_be_free": order.kind.may_be_free,
        "hold": code_of(order.kind.hold) if order.kind.hold else None,
        "contents": contents,
        "goods_fen": order.contents.goods_fen,
        "discount_fen": order.contents.discount_fen,
        "freight_fen": order.contents.freight_fen,
        "payable_fen": order.contents.payable_fen,
        **_address_row(order.address),
        "region_code": order.region_code,
        "remark": order.remark,
        "pay_min": order.pay_min,
        "cause": order.cause,
        "replaces_order_id": order.replaces_order_id,
        "pay_until": order.pay_until.isoformat() if order.pay_until else None,
    }


def _address_row(address: KeptAddress | None) -> dict[str, str | None]:
    if address is None:
        return {}
    return {
        "address": address.sealed.hex(),
        "receiver": _hex(address.receiver_index),
        "phone": _hex(address.phone_index),
    }


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def _content_rows(contents: Sequence[OrderContents]) -> dict[str, list[dict[str, Any]]]:
    """The rows of each different contents, told apart by their place in the list."""
    lines: list[dict[str, Any]] = []
    adjustments: list[dict[str, Any]] = []
    for number, one in enumerate(contents):
        mark = {"contents": number}
        lines += [mark | row for row in one.lines]
        adjustments += [mark | {"place": i} | row for i, row in enumerate(one.adjustments)]
    return {"lines": lines, "adjustments": adjustments}


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False)
