"""Taking a seat: what one statement does, and whose the units are then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from mall.groupbuy.activities.models import GroupActivitySku
from mall.groupbuy.errors import GroupSoldOut
from mall.groupbuy.orders.choice import Joining
from mall.groupbuy.orders.terms import terms_of
from mall.inventory.models import StockMovement
from mall.kernel.db import db, transaction
from mall.kernel.errors import ValidationFailed
from mall.orders.kinds import kind_named
from mall.orders.lines import stock_ref
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from tests.support.groupbuy import (
    joined,
    make_activity,
    opened,
    placed,
    seats_of,
    sku_of,
)
from tests.support.invariants import check_invariants
from tests.support.inventory import units
from tests.support.orders import make_buyer, order_of
from tests.support.promotions import make_gift


@pytest.fixture(autouse=True)
def _app(app: Flask) -> Iterator[None]:
    """Each test has an app and a database of its own; at its end everything must hold."""
    yield
    check_invariants()


def moved(order_no: str) -> list[tuple[str, str, int]]:
    """(whose, kind, reserved units) of the movements of an order, and of its activity for it."""
    refs = {stock_ref(order_no): "order", f"groupbuy:{order_no}": "activity"}
    with transaction() as session:
        rows = session.execute(
            select(StockMovement.ref, StockMovement.kind, StockMovement.reserved_delta)
            .where(StockMovement.ref.in_(refs))
            .order_by(StockMovement.id)
        )
        return sorted((refs[row.ref], row.kind, row.reserved_delta) for row in rows)


def sold_of(activity_id: int) -> int:
    with transaction() as session:
        of = GroupActivitySku.activity_id == activity_id
        return session.scalars(select(GroupActivitySku.sold).where(of)).one()


def test_the_units_become_the_orders_without_a_change_of_the_stock() -> None:
    activity_id = make_activity()
    team_id, sku_id = opened(activity_id), sku_of(activity_id)
    before = units(sku_id)
    order_no = joined(team_id, units=2, paid=False)
    assert units(sku_id) == before
    assert moved(order_no) == [("activity", "release", -2), ("order", "reserve", 2)]
    assert sold_of(activity_id) == 3


def test_a_gift_of_the_same_sku_is_reserved_with_the_bought_units() -> None:
    activity_id = make_activity(stacks=["promotions"])
    team_id, sku_id = opened(activity_id), sku_of(activity_id)
    make_gift(sku_id, sku_id)
    before = units(sku_id)
    order_no = joined(team_id, paid=False)
    after = units(sku_id)
    assert moved(order_no) == [("activity", "release", -1), ("order", "reserve", 2)]
    assert (after.sellable, after.reserved) == (before.sellable - 1, before.reserved + 1)


def test_nothing_is_taken_when_the_units_are_too_few() -> None:
    activity_id = make_activity(stock_units=9)
    team_id = opened(activity_id, units=5)
    with pytest.raises(GroupSoldOut):
        joined(team_id, units=5)
    db.session.rollback()
    assert seats_of(team_id) == ("forming", 0, 1, 0)
    assert sold_of(activity_id) == 5


def test_a_seat_waits_for_its_team_unless_it_stands_already() -> None:
    """Also when the team was formed after the terms had been read."""
    team_id = opened(make_activity())
    sku_id, late = sku_of_team(team_id), make_buyer()
    terms = terms_of(db.session(), Joining(team_id))
    choices = terms.choice.as_choices()
    shown = preview(late.user_id, {sku_id: 1}, late.address_id, choices, terms.kind)
    first = placed(make_buyer(), Joining(team_id), sku_id=sku_id).order_no
    assert order_of(first).hold_reason == "groupbuy.forming"
    joined(team_id)
    assert seats_of(team_id)[0] == "formed"
    order = place_order(
        late.user_id,
        {sku_id: 1},
        late.address_id,
        shown.quote.payable_fen,
        choices=choices,
        kind=terms.kind,
    )
    assert terms.kind.hold is not None
    assert order_of(order.order_no).hold_reason is None
    assert order_of(joined(team_id, paid=False)).hold_reason is None


def test_a_seat_is_placed_with_the_kind_of_its_terms_alone() -> None:
    team_id, buyer = opened(make_activity()), make_buyer()
    kind = kind_named("groupbuy")
    choices = Joining(team_id).as_choices()
    with pytest.raises(TypeError):
        preview(buyer.user_id, {sku_of_team(team_id): 1}, buyer.address_id, choices, kind)


def test_an_order_of_the_shop_names_no_team() -> None:
    team_id, buyer = opened(make_activity()), make_buyer()
    choices = Joining(team_id).as_choices()
    with pytest.raises(ValidationFailed):
        preview(buyer.user_id, {sku_of_team(team_id): 1}, buyer.address_id, choices)


def sku_of_team(team_id: int) -> int:
    with transaction() as session:
        return session.scalars(
            select(GroupActivitySku.sku_id).where(
                GroupActivitySku.activity_id == terms_of(session, Joining(team_id)).activity_id
            )
        ).one()
