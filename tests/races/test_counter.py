"""Counters that race: one coupon by two tills, by a till and an order, undone twice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from mall.coupons import participant
from mall.coupons.counter import redeeming, undoing
from mall.coupons.counter.models import CounterRedemption
from mall.coupons.counter.undoing import undo
from mall.kernel.db import db
from mall.orders.placed import PlacedOrder
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.users import shown_codes
from mall.users.shown_codes import ShownCode
from tests.support.counter import (
    at_counter,
    counter_code,
    counter_coupon,
    make_counter_clerks,
)
from tests.support.coupons import coupon_of
from tests.support.invariants import check_invariants, rows_of
from tests.support.orders import make_buyer, make_goods
from tests.support.races import Rendezvous, slow_writes, together, without
from tests.support.users import make_shopper

TILLS, ORDERS = 6, 5
STANDING = "uq_coupon_redemptions_standing"
DROP = f"DROP INDEX {STANDING}"
ADD = f"CREATE UNIQUE INDEX {STANDING} ON coupon_redemptions (coupon_id) WHERE undone_at IS NULL"
CARELESS = text(
    "UPDATE coupons SET status = 'redeemed', order_id = NULL, used_at = clock_timestamp()"
    " WHERE id = :coupon_id AND user_id = :user_id RETURNING id"
)


def names(outcomes: list[Any]) -> dict[str, int]:
    found = [getattr(one, "code", type(one).__name__) for one in outcomes]
    return {name: found.count(name) for name in sorted(set(found))}


def redeemed(coupon_id: int) -> int:
    db.session.rollback()
    query = select(func.count()).where(
        CounterRedemption.coupon_id == coupon_id, CounterRedemption.undone_at.is_(None)
    )
    return db.session.scalar(query) or 0


def one_code(app: Flask) -> tuple[dict[str, int], int]:
    """Tills of two points use one code at once."""
    user_id = make_shopper()[0]
    coupon_id = counter_coupon(user_id)
    code = counter_code(user_id, coupon_id)
    clerks = make_counter_clerks(TILLS // 2) + make_counter_clerks(TILLS // 2)
    with slow_writes("coupon_counter_codes", of="UPDATE", seconds=0.05):
        outcomes = together(app, [partial(at_counter, one, code) for one in clerks])
    return names(outcomes), redeemed(coupon_id)


def test_one_code_is_used_by_one_till(app: Flask) -> None:
    assert one_code(app) == ({"int": 1, "counter_code_used": TILLS - 1}, 1)
    check_invariants()


def test_control_a_code_and_a_coupon_that_are_only_looked_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(session: Any, table: type[ShownCode], hashed: bytes) -> Any:
        return session.scalars(select(table).where(table.code_hash == hashed)).one()

    monkeypatch.setattr(shown_codes, "use", look)
    monkeypatch.setattr(redeeming, "_REDEEM", CARELESS)
    code_hash = "coupon_redemptions_code_hash"
    with without(
        f"ALTER TABLE coupon_redemptions DROP CONSTRAINT uq_{code_hash}; {DROP}",
        f"ALTER TABLE coupon_redemptions ADD CONSTRAINT uq_{code_hash} UNIQUE (code_hash); {ADD}",
        table="coupon_redemptions",
    ):
        outcomes, standing = one_code(app)
        assert rows_of("I61a")
    assert (outcomes, standing) == ({"int": TILLS}, TILLS)


def till_and_orders(app: Flask) -> tuple[dict[str, int], int]:
    """A till and orders use one coupon at once: how it went, and the coupon."""
    buyer, sku_id = make_buyer(), make_goods(20, 3_000)
    coupon_id = counter_coupon(buyer.user_id)
    choice = {"coupons": str(coupon_id)}
    payable = preview(buyer.user_id, {sku_id: 1}, buyer.address_id, choice).quote.payable_fen
    code = counter_code(buyer.user_id, coupon_id)
    (clerk,) = make_counter_clerks(1)

    def order() -> str:
        args = (buyer.user_id, {sku_id: 1}, buyer.address_id, payable)
        return place_order(*args, choices=choice).order_no

    calls: list[Any] = [order] * ORDERS
    with slow_writes("coupons", of="UPDATE", seconds=0.05):
        return names(together(app, [*calls, partial(at_counter, clerk, code)])), coupon_id


def test_of_a_till_and_orders_one_has_the_coupon(app: Flask) -> None:
    outcomes, coupon_id = till_and_orders(app)
    assert outcomes.pop("coupon_not_usable") == ORDERS
    assert outcomes in ({"int": 1}, {"str": 1})
    db.session.rollback()
    assert coupon_of(coupon_id).status == ("redeemed" if "int" in outcomes else "locked")
    check_invariants()


def careless_lock(session: Session, order: PlacedOrder, coupon_ids: list[int]) -> list[int]:
    """Trusts what the quote read."""
    session.execute(
        text(
            "UPDATE coupons SET status = 'locked', order_id = :order_id, used_at = NULL"
            " WHERE id = ANY(:ids)"
        ),
        {"order_id": order.id, "ids": coupon_ids},
    )
    return coupon_ids


def test_control_a_till_and_orders_that_trust_what_they_read(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redeeming, "_REDEEM", CARELESS)
    monkeypatch.setattr(participant, "lock", careless_lock)
    outcomes, _ = till_and_orders(app)
    db.session.rollback()
    assert outcomes == {"int": 1, "str": ORDERS}
    assert rows_of("I10a")


def one_undone(app: Flask) -> dict[str, int]:
    """Clerks of a point undo one redemption."""
    user_id = make_shopper()[0]
    clerks = make_counter_clerks(TILLS)
    redemption_id = at_counter(clerks[0], counter_code(user_id, counter_coupon(user_id)))
    with slow_writes("coupon_redemptions", of="UPDATE", seconds=0.05):
        return names(
            together(app, [partial(undo, one.staff_id, redemption_id, "扫错了") for one in clerks])
        )


def test_a_redemption_is_undone_once(app: Flask) -> None:
    assert one_undone(app) == {"NoneType": 1, "redemption_undone": TILLS - 1}
    check_invariants()


def test_control_a_redemption_that_is_looked_at_before_it_is_undone(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody_has_looked = Rendezvous(TILLS)

    def careless(session: Session, redemption_id: int, staff_id: int, reason: str) -> int:
        of_it = CounterRedemption.id == redemption_id
        known = session.execute(
            select(CounterRedemption.coupon_id, CounterRedemption.undone_at).where(of_it)
        ).one()
        everybody_has_looked()
        assert known.undone_at is None
        session.execute(
            update(CounterRedemption)
            .where(of_it)
            .values(undone_at=func.clock_timestamp(), undone_by=staff_id, undone_reason=reason)
            .execution_options(synchronize_session=False)
        )
        return int(known.coupon_id)

    monkeypatch.setattr(undoing, "_mark", careless)
    assert one_undone(app) == {"NoneType": TILLS}
