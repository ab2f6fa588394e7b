"""Payments as WeChat tells of them, without WeChat: for tests with thousands, or with threads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from mall.kernel.db import db_now, transaction
from mall.orders.models import Order
from mall.payments.confirming import confirm_payment
from mall.payments.models import PaymentAttempt
from mall.users.models import User
from mall.wechat.gateway import Payment, gateway


def start_payment(order_no: str) -> None:
    """A payment of the order was started, and closed at WeChat as far as the mall knows: nobody
    asks WeChat about it any more, and yet it may come. Again changes nothing."""
    pay = gateway().pay
    with transaction() as session:
        order, openid = _order(order_no)
        session.execute(
            insert(PaymentAttempt)
            .values(
                order_id=order.id,
                out_trade_no=f"P{order_no}",
                amount_fen=order.payable_fen,
                openid=openid,
                status="closed",
                request={"appid": pay.appid, "mchid": pay.mchid},
                expires_at=order.expires_at,
            )
            .on_conflict_do_nothing()
        )


def tell_payment(order_no: str, **otherwise: Any) -> str:
    """WeChat tells that the started payment of an order came in, or what it says `otherwise`: what
    becomes of it."""
    pay = gateway().pay
    order, openid = _order(order_no)
    with transaction() as session:
        told = Payment(
            appid=pay.appid,
            mchid=pay.mchid,
            out_trade_no=f"P{order_no}",
            transaction_id=f"T{order_no}",
            trade_state="SUCCESS",
            total_fen=order.payable_fen,
            payer_total_fen=order.payable_fen,
            currency="CNY",
            openid=openid,
            success_time=db_now(session),
            raw={},
        )
        return confirm_payment(session, replace(told, **otherwise), source="callback")


def _order(order_no: str) -> tuple[Order, str]:
    with transaction() as session:
        session.expire_all()
        found = session.execute(
            select(Order, User.openid)
            .join(User, User.id == Order.user_id)
            .where(Order.order_no == order_no)
        ).one()
        return found.Order, found.openid
