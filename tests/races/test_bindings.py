"""Bindings and attributions that race, each with a control without the guard."""

from __future__ import annotations

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.referral.attribution.attributing import attribute
from mall.referral.attribution.events import OrderAttributed
from mall.referral.bindings import binding
from mall.referral.bindings.events import ShopperBound
from tests.support.bindings import bound, history_of, sharing_holds
from tests.support.heard import heard
from tests.support.http import Http
from tests.support.invariants import rows_of
from tests.support.orders import buy, make_buyer, make_goods, pay
from tests.support.races import slow_writes, together, without
from tests.support.sharing import day_of, make_share, opened
from tests.support.staff import make_staff
from tests.support.users import make_shopper

MANY = 6
OPEN = "uq_referral_bindings_open"
DROP_OPEN = f"DROP INDEX {OPEN}"
RESTORE_OPEN = (
    f"CREATE UNIQUE INDEX {OPEN} ON referral_bindings (invitee_id) WHERE ended_at IS NULL"
)
PK = "pk_order_attributions"
DROP_PK = f"ALTER TABLE order_attributions DROP CONSTRAINT {PK} CASCADE"
RESTORE_PK = f"ALTER TABLE order_attributions ADD CONSTRAINT {PK} PRIMARY KEY (order_id)"


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a control: nobody waits for who else makes a binding."""
    monkeypatch.setattr(binding, "LOCK", text("SELECT 1"))


def bind_by_many(app: Flask) -> int:
    """Many inviters bind one shopper at once, each told twice: how many bindings are open."""
    invitee, _ = make_shopper()
    inviters = [make_shopper()[0] for _ in range(MANY)]
    with slow_writes("referral_bindings", of="INSERT", seconds=0.1):
        outcomes = together(app, [partial(bound, one, invitee) for one in inviters * 2])
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    return len(history_of(invitee))


def test_of_many_inviters_one_has_the_shopper(app: Flask) -> None:
    with heard(ShopperBound) as events:
        assert bind_by_many(app) == 1
        run_pending(app)
    assert len(events) == 1
    sharing_holds()


def test_control_without_lock_and_index_the_shopper_has_many(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    with without(DROP_OPEN, RESTORE_OPEN, table="referral_bindings"):
        assert bind_by_many(app) > 1
        assert rows_of("I21b")


def close_ring(app: Flask, people: int) -> int:
    """Each of a ring is bound to the next at once: how many bindings there are."""
    ring = [make_shopper()[0] for _ in range(people)]
    pairs = [(one, ring[(n + 1) % people]) for n, one in enumerate(ring)]
    with slow_writes("referral_bindings", of="INSERT", seconds=0.1):
        outcomes = together(app, [partial(bound, *pair) for pair in pairs])
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    return sum(len(history_of(one)) for one in ring)


@pytest.mark.parametrize("people", [2, 3, 5])
def test_bindings_at_once_close_no_ring(app: Flask, people: int) -> None:
    assert close_ring(app, people) == people - 1
    sharing_holds()


@pytest.mark.parametrize("people", [2, 3])
def test_control_without_the_lock_they_close_one(
    app: Flask, monkeypatch: pytest.MonkeyPatch, people: int
) -> None:
    unlocked(monkeypatch)
    assert close_ring(app, people) == people
    assert rows_of("I21a")


def test_an_opening_and_staff_close_no_ring(app: Flask) -> None:
    one, two = make_shopper()[0], make_shopper()[0]
    staff = Http(app).as_(make_staff("referral:write"))
    wanted = {"inviter_id": str(two), "invitee_id": str(one), "reason": "补录"}

    def by_staff() -> int:
        return staff.post("/admin/api/v1/referral-bindings", wanted).status_code

    with slow_writes("referral_bindings", of="INSERT", seconds=0.1):
        found = together(app, [partial(bound, one, two), by_staff])
    assert found[1] in (201, 409)
    assert (found[0] is None) == (found[1] == 201)
    assert len(history_of(one)) + len(history_of(two)) == 1
    sharing_holds()


def attribute_many_times(app: Flask) -> tuple[int, int]:
    """One paid order is told of many times at once: its rows, and what its sharer's day counts."""
    sharer, _ = make_shopper()
    buyer = make_buyer()
    opened(buyer.user_id, make_share(sharer))
    run_pending(app)  # bound by now: the order's events don't wait for each other's binding
    order_no = buy(buyer, {make_goods(): 1})
    pay(order_no)

    def hear() -> bool:
        with transaction() as session:
            return attribute(session, order_no)

    with slow_writes("order_attributions", of="INSERT", seconds=0.1):
        outcomes = together(app, [hear] * MANY)
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    with transaction() as session:
        rows = session.scalar(
            text("SELECT count(*) FROM order_attributions WHERE user_id = :id"),
            {"id": buyer.user_id},
        )
    return rows or 0, day_of(sharer).get("orders", 0)


def test_an_order_told_of_many_times_is_attributed_once(app: Flask) -> None:
    with heard(OrderAttributed) as events:
        assert attribute_many_times(app) == (1, 1)
        run_pending(app)
    assert len(events) == 1
    sharing_holds()


def test_control_without_the_key_it_is_attributed_each_time(app: Flask) -> None:
    with without(DROP_PK, RESTORE_PK, table="order_attributions"):
        rows, counted = attribute_many_times(app)
        assert rows == counted == MANY
