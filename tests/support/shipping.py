"""Paid orders for tests that ship, by our books alone or with a real payment in WeChat."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import insert, select

from mall.kernel.db import db_now, transaction
from mall.orders import placing
from mall.orders.models import Order, OrderLine
from mall.orders.paying import mark_paid
from mall.orders.quoting import preview
from mall.payments.models import PaymentAttempt
from mall.payments.payment_queries import query_now
from mall.payments.prepaying import start_payment
from mall.users.queries import openid_of
from tests.support.catalog import make_sku
from tests.support.inventory import stock
from tests.support.servers import LiveServer
from tests.support.users import make_address, make_shopper
from tests.support.wechat import control


@dataclass(frozen=True)
class TestOrder:
    """An order with its shopper; `line_ids` in the order of the quantities asked for."""

    __test__ = False
    id: int
    order_no: str
    user_id: int
    token: str
    openid: str
    payable_fen: int
    line_ids: list[int]


def place_test_order(*quantities: int, price_fen: int = 9900) -> TestOrder:
    """A shopper's unpaid order of so many units of a SKU each."""
    user_id, token = make_shopper()
    address_id = make_address(user_id)
    skus = [stock(make_sku(price_fen=price_fen, name=f"枕头{n}"), 1000) for n in quantities]
    lines = dict(zip(skus, quantities, strict=True))
    payable_fen = preview(user_id, lines, address_id).quote.payable_fen
    placed = placing.place_order(user_id, lines, address_id, payable_fen)
    with transaction() as session:
        order = session.execute(
            select(Order.id, Order.payable_fen).where(Order.order_no == placed.order_no)
        ).one()
        by_sku = dict(
            session.execute(
                select(OrderLine.sku_id, OrderLine.id).where(OrderLine.order_id == order.id)
            ).all()
        )
        openid = openid_of(session, user_id)
    line_ids = [by_sku[sku] for sku in skus]
    return TestOrder(order.id, placed.order_no, user_id, token, openid, order.payable_fen, line_ids)


def make_paid_order(*quantities: int, price_fen: int = 9900) -> TestOrder:
    """A paid order; WeChat has never heard of its payment."""
    order = place_test_order(*quantities, price_fen=price_fen)
    with transaction() as session:
        now = db_now(session)
        assert mark_paid(session, order.order_no, order.payable_fen, now)
        session.execute(
            insert(PaymentAttempt).values(
                order_id=order.id,
                out_trade_no=secrets.token_hex(12),
                amount_fen=order.payable_fen,
                openid=order.openid,
                status="succeeded",
                request={},
                expires_at=now,
                transaction_id="42" + secrets.token_hex(13),
                success_at=now,
                payer_total_fen=order.payable_fen,
            )
        )
    return order


def make_order_paid_in_wechat(
    simulator: LiveServer, *quantities: int, price_fen: int = 9900
) -> TestOrder:
    """A paid order whose payment stands in WeChat's books too. Needs a fresh simulator."""
    order = place_test_order(*quantities, price_fen=price_fen)
    started = start_payment(order.user_id, order.order_no)
    control(simulator, "/request-payment", **started.parameters)
    query_now(order.id)
    return order


def shipment_in_wechat(simulator: LiveServer, openid: str) -> dict[str, Any] | None:
    """What WeChat knows of a shopper's one shipment."""
    reply = requests.get(
        f"{simulator.url}/_control/shipments", params={"openid": openid}, timeout=10
    )
    found: list[dict[str, Any]] = reply.json()["shipments"]
    return found[0] if found else None
