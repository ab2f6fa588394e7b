"""`python -m tests.payments.dying`: commands about orders that die at a failpoint."""

from __future__ import annotations

from sqlalchemy import select

from mall.aftersales.jobs import settle_orders
from mall.kernel.db import transaction
from mall.orders.holding import release
from mall.orders.placing import place_order
from mall.orders.prices import PriceChange
from mall.payments.refunds.booking import Booking, book_refund
from mall.payments.refunds.cancelling import cancel_refund
from mall.payments.refunds.causing import rebate, refund_in_full
from mall.payments.repricing import change_price
from mall.staff.models import StaffMember
from mall.wiring import FEATURES
from tests.stateful.kinds import FREE, NAME, SAMPLE, WAITS, Toy
from tests.support.dying import Commands, answer
from tests.support.features import feature

REBATE_FEN, NEW_PRICE_FEN = 500, 2000


def give_rebate(order_no: str) -> str:
    with transaction() as session:
        return rebate(session, order_no, {1: REBATE_FEN}, "machine:price", "差价")


def give_all_back(order_no: str) -> str | None:
    with transaction() as session:
        return refund_in_full(session, order_no, "machine:team", "未成团")


def end_hold(order_no: str) -> bool:
    with transaction() as session:
        return release(session, order_no, WAITS)


def settle(_order_no: str) -> None:
    settle_orders()


def lower_price(order_no: str) -> None:
    change = PriceChange(goods_payable_fen=NEW_PRICE_FEN)
    change_price(order_no, change, by="staff", reason="优惠")


def call_off(refund_no: str) -> None:
    cancel_refund(refund_no)


def book(discrepancy_id: str) -> str:
    """As it was called off, by somebody."""
    with transaction() as session:
        staff_id = session.scalars(select(StaffMember.id)).first() or 0
    return book_refund(int(discrepancy_id), Booking([], 0, "微信已退"), staff_id)


def place_free(wanted: str) -> str:
    """`wanted` is the shopper, the SKU and the address."""
    user_id, sku_id, address_id = map(int, wanted.split())
    choices = {NAME: FREE}
    return place_order(user_id, {sku_id: 2}, address_id, 0, choices=choices, kind=SAMPLE).order_no


COMMANDS: Commands = {
    one.__name__: one
    for one in (
        *(give_rebate, give_all_back, end_hold, settle, lower_price, place_free),
        *(call_off, book),
    )
}


if __name__ == "__main__":
    answer(COMMANDS, [*FEATURES, feature(Toy().install)])
