"""Orders for tests of every feature, placed as a shopper would place them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import insert, select

from mall.kernel.db import db_now, transaction
from mall.orders.fulfilling import ship_units
from mall.orders.locking import lock_order
from mall.orders.models import Order, OrderLine, OrderTransition
from mall.orders.paying import mark_paid
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.payments.models import PaymentAttempt
from mall.users.models import User
from tests.support.catalog import make_sku
from tests.support.invariants import rows_of
from tests.support.inventory import stock
from tests.support.users import make_address, make_shopper


@dataclass(frozen=True)
class Buyer:
    """A shopper with a login and an address."""

    user_id: int
    token: str
    address_id: int


def make_buyer(*, phone: str = "13812345678", detail: str = "文三路 1 号 2 幢 301") -> Buyer:
    """A shopper with an address; where it matters, one of their own."""
    user_id, token = make_shopper()
    return Buyer(user_id, token, make_address(user_id, phone=phone, detail=detail))


def make_goods(units: int = 10, price_fen: int = 1000) -> int:
    """A SKU with so many units on sale: its id."""
    return stock(make_sku(price_fen), units)


def buy(buyer: Buyer, lines: dict[int, int], remark: str = "") -> str:
    """An unpaid order of `lines` (SKU id → units): its number."""
    payable_fen = preview(buyer.user_id, lines, buyer.address_id).quote.payable_fen
    placed = place_order(buyer.user_id, lines, buyer.address_id, payable_fen, remark)
    return placed.order_no


def pay(order_no: str) -> None:
    """The order is paid in full, as payments would tell it."""
    with transaction() as session:
        payable_fen = session.scalars(
            select(Order.payable_fen).where(Order.order_no == order_no)
        ).one()
        assert mark_paid(session, order_no, payable_fen, db_now(session))


def write_payment(order_no: str) -> None:
    """What WeChat would have told of the payment, so that the order may be refunded."""
    order = order_of(order_no)
    with transaction() as session:
        openid = session.scalars(select(User.openid).where(User.id == order.user_id)).one()
        session.execute(
            insert(PaymentAttempt).values(
                order_id=order.id,
                out_trade_no=order_no,
                amount_fen=order.payable_fen,
                openid=openid,
                status="succeeded",
                request={"appid": "wx1", "mchid": "1"},
                expires_at=order.expires_at,
                transaction_id="42" + order_no,
                success_at=order.paid_at,
                payer_total_fen=order.payable_fen,
            )
        )


def ship(order_no: str, units: Mapping[int, int]) -> None:
    """Count units (line id → how many) as sent, without a parcel."""
    with transaction() as session:
        ship_units(session, lock_order(session, order_no), units)


def order_of(order_no: str) -> Order:
    """The order's row, read afresh."""
    with transaction() as session:
        session.expire_all()
        return session.scalars(select(Order).where(Order.order_no == order_no)).one()


def lines_of(order_no: str) -> list[OrderLine]:
    """The order's lines, read afresh."""
    with transaction() as session:
        session.expire_all()
        query = select(OrderLine).join(Order, Order.id == OrderLine.order_id)
        return list(
            session.scalars(query.where(Order.order_no == order_no).order_by(OrderLine.position))
        )


def history_of(order_no: str) -> list[tuple[str | None, str]]:
    """The order's steps, oldest first."""
    with transaction() as session:
        rows = session.execute(
            select(OrderTransition.from_status, OrderTransition.to_status)
            .join(Order, Order.id == OrderTransition.order_id)
            .where(Order.order_no == order_no)
            .order_by(OrderTransition.id)
        )
        return [(row.from_status, row.to_status) for row in rows]


WITHOUT_PAYMENTS = (
    *("I3a", "I3b", "I3c", "I3d", "I6a", "I6b", "I8a", "I13a", "I13b"),
    *("I9a", "I9b", "I9c", "I10a", "I10b", "I10c", "I10d"),
    *("I4a", "I4b", "I4c", "I4d", "I4e", "I4f"),
)


def check_orders() -> None:
    """The invariants of stock and orders alone, for tests that pay and ship by word only."""
    found = {code: rows for code in WITHOUT_PAYMENTS if (rows := rows_of(code))}
    assert not found, found
