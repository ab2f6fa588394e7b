"""Reads of after-sales for shoppers and staff."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.aftersales.addresses import opened
from mall.aftersales.amounts import discounts, split_offer
from mall.aftersales.errors import AfterSaleNotFound
from mall.aftersales.locking import line_states, lines_of
from mall.aftersales.models import AfterSale, AfterSaleLine, AfterSaleStep
from mall.aftersales.reasons import REASONS
from mall.aftersales.states import OPEN
from mall.kernel.http.paging import Page, decode_cursor, page
from mall.orders.errors import OrderNotFound
from mall.orders.extras import Extra
from mall.orders.models import Order, OrderAdjustment, OrderLine
from mall.orders.refund_extras import extras_of_refund
from mall.payments.models import Refund
from mall.pricing.quote import line_shares
from mall.uploads.schemas import attached


@dataclass(frozen=True)
class AfterSaleFilter:
    """What to look for; each part narrows. `open`: somebody is still to act."""

    user_id: int | None = None
    order_no: str | None = None
    status: str | None = None
    kind: str | None = None
    reason: str | None = None
    open: bool | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


def after_sales(
    session: Session, wanted: AfterSaleFilter, cursor: str | None, limit: int
) -> Page[dict[str, Any]]:
    """After-sales that fit, newest first."""
    statement = _heads()
    for column, value in (
        (AfterSale.user_id, wanted.user_id),
        (Order.order_no, wanted.order_no),
        (AfterSale.status, wanted.status),
        (AfterSale.kind, wanted.kind),
        (AfterSale.reason, wanted.reason),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if wanted.open is not None:
        is_open = AfterSale.status.in_(OPEN)
        statement = statement.where(is_open if wanted.open else ~is_open)
    if wanted.created_from is not None:
        statement = statement.where(AfterSale.created_at >= wanted.created_from)
    if wanted.created_to is not None:
        statement = statement.where(AfterSale.created_at < wanted.created_to)
    after = decode_cursor(cursor, (int,))
    if after:
        statement = statement.where(AfterSale.id < after[0])
    rows = session.execute(statement.order_by(AfterSale.id.desc()).limit(limit + 1)).all()
    lines = _lines(session, [sale.id for sale, _ in rows])
    views = [_view(sale, order_no, lines[sale.id]) for sale, order_no in rows]
    return page(views, limit, lambda view: (view["id"],))


def detail(session: Session, after_sale_no: str, user_id: int | None = None) -> dict[str, Any]:
    """One after-sale with its steps and money; with `user_id` only this shopper's.

    The return address is in it. Raises AfterSaleNotFound.
    """
    statement = _heads().where(AfterSale.after_sale_no == after_sale_no)
    if user_id is not None:
        statement = statement.where(AfterSale.user_id == user_id)
    row = session.execute(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise AfterSaleNotFound
    sale, order_no = row
    view = _view(sale, order_no, _lines(session, [sale.id])[sale.id])
    steps = select(AfterSaleStep).where(AfterSaleStep.after_sale_id == sale.id)
    refund_status = select(Refund.status).where(Refund.refund_no == sale.refund_no)
    return {
        **view,
        "discounts": _discounts(session, sale),
        "extras": _extras(session, sale, order_no),
        "steps": session.scalars(steps.order_by(AfterSaleStep.id)).all(),
        "return_address": opened(sale.return_address_sealed),
        "refund_status": session.scalar(refund_status) if sale.refund_no else None,
    }


def _extras(session: Session, sale: AfterSale, order_no: str) -> list[Extra]:
    """What goes back beside the money, by the amounts as they stand; the offer counts once made."""
    if sale.status not in OPEN:
        return []
    lines = lines_of(session, sale.id)
    amounts = [line.amount_fen for line in lines]
    if sale.offer_fen is not None:
        amounts = split_offer(sale.offer_fen, [line.share_fen for line in lines])
    asked = [
        (line.order_line_id, line.quantity, fen) for line, fen in zip(lines, amounts, strict=True)
    ]
    return extras_of_refund(session, order_no, asked)


def options(session: Session, order_no: str, user_id: int) -> dict[str, Any]:
    """What of an order may still be asked back, and what was paid for it.

    Raises OrderNotFound.
    """
    order_id = session.scalar(
        select(Order.id).where(Order.order_no == order_no, Order.user_id == user_id)
    )
    if order_id is None:
        raise OrderNotFound
    return {
        "lines": [
            {
                "line_id": line.line_id,
                "left": line.left,
                "left_fen": line.share(line.left) if line.left else 0,
                "unsent": max(0, min(line.unsent, line.left)),
            }
            for line in line_states(session, order_id).values()
        ],
        "reasons": [{"code": code, "label": label} for code, label in REASONS.items()],
    }


def _heads() -> Any:
    return select(AfterSale, Order.order_no).join(Order, Order.id == AfterSale.order_id)


def _view(sale: AfterSale, order_no: str, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    columns = {column.name: getattr(sale, column.name) for column in sale.__table__.columns}
    return {
        **columns,
        "order_no": order_no,
        "reason_label": REASONS[sale.reason],
        **attached(sale.pictures),
        "lines": lines,
    }


def _lines(session: Session, sale_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = session.execute(
        select(
            AfterSaleLine.after_sale_id,
            AfterSaleLine.order_line_id.label("line_id"),
            OrderLine.sku_id,
            OrderLine.name,
            OrderLine.spec_text,
            OrderLine.image,
            OrderLine.price_fen,
            AfterSaleLine.quantity,
            AfterSaleLine.share_fen,
            AfterSaleLine.amount_fen,
        )
        .join(OrderLine, OrderLine.id == AfterSaleLine.order_line_id)
        .where(AfterSaleLine.after_sale_id.in_(sale_ids))
        .order_by(OrderLine.position)
    )
    for row in rows.mappings():
        found[row["after_sale_id"]].append(dict(row))
    return found


def _discounts(session: Session, sale: AfterSale) -> list[dict[str, Any]]:
    """Why the units were paid with less than their price: coupon, points and so on."""
    given = session.execute(
        select(OrderAdjustment.lane, OrderAdjustment.label, OrderAdjustment.shares)
        .where(OrderAdjustment.order_id == sale.order_id)
        .order_by(OrderAdjustment.id)
    ).all()
    states = line_states(session, sale.order_id)
    sums: Counter[tuple[str, str]] = Counter()
    lines = session.execute(
        select(AfterSaleLine.order_line_id, AfterSaleLine.quantity, AfterSaleLine.share_fen).where(
            AfterSaleLine.after_sale_id == sale.id
        )
    )
    for line_id, units, share_fen in lines:
        line = states[line_id]
        own = [(a.lane, a.label, fen) for a, fen in line_shares(given, line.position)]
        for part in discounts(line, units, share_fen, own):
            sums[part.lane, part.label] += part.amount_fen
    return [
        {"lane": lane, "label": label, "amount_fen": fen} for (lane, label), fen in sums.items()
    ]
