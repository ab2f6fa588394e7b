"""Orders that are collected: chosen in the quote, redeemed once, voided by a refund."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import delete, select

from mall.kernel.db import transaction
from mall.kernel.errors import MallError, ValidationFailed
from mall.orders import closing, paying
from mall.orders.models import Order
from mall.orders.quoting import preview
from mall.orders.refunding import cancel_refund, reserve_refund, settle_refund
from mall.shipping import collecting, commands, points
from mall.shipping.errors import (
    NotAClerkHere,
    OrderIsCollected,
    PickupCodeUnknown,
    PickupCodeUsed,
    PickupCodeVoid,
    PickupElsewhere,
    PickupPointUnavailable,
    RefundUnderWay,
)
from mall.shipping.models import Pickup, Shipment, ShippingReport
from mall.staff.models import StaffMember
from tests.support.freight import code_of, make_point, order_to_collect, pickup_status
from tests.support.http import Http
from tests.support.orders import (
    Buyer,
    check_orders,
    history_of,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
)
from tests.support.staff import make_staff


@pytest.fixture
def buyer(app: Flask) -> Buyer:
    return make_buyer()


@pytest.fixture
def clerk(app: Flask) -> int:
    make_staff("pickup:write", username="clerk")
    with transaction() as session:
        return session.scalars(select(StaffMember.id).where(StaffMember.username == "clerk")).one()


def test_a_code_hands_the_goods_out_once(buyer: Buyer, clerk: int) -> None:
    point = make_point()
    order_no, code = order_to_collect(buyer, point, quantity=2)
    assert len(code) == 12
    assert code.isdigit()
    assert collecting.redeem(code, point, clerk) == order_no
    assert history_of(order_no)[-2:] == [("paid", "shipped"), ("shipped", "completed")]
    assert [line.shipped_quantity for line in lines_of(order_no)] == [2]
    assert order_of(order_no).freight_fen == 0
    with pytest.raises(PickupCodeUsed):
        collecting.redeem(code, point, clerk)
    check_orders()


def test_it_is_recorded_as_a_parcel_without_carrier(buyer: Buyer, clerk: int) -> None:
    point = make_point()
    order_no, code = order_to_collect(buyer, point)
    collecting.redeem(code, point, clerk)
    order = order_of(order_no)
    with transaction() as session:
        parcel = session.scalars(select(Shipment).where(Shipment.order_id == order.id)).one()
        report = session.get_one(ShippingReport, order.id)
    assert (parcel.carrier_code, parcel.carrier_name) == ("PICKUP", "到店自提")
    assert (report.split, report.complete) == (False, True)


@pytest.mark.parametrize(
    ("prepare", "refusal"),
    [
        (lambda order_no, code: ("0" * 12, None), PickupCodeUnknown),
        (lambda order_no, code: (code, make_point()), PickupElsewhere),
    ],
)
def test_wrong_code_or_point(
    buyer: Buyer,
    clerk: int,
    prepare: Callable[[str, str], tuple[str, int | None]],
    refusal: type[MallError],
) -> None:
    point = make_point()
    order_no, code = order_to_collect(buyer, point)
    shown, elsewhere = prepare(order_no, code)
    with pytest.raises(refusal):
        collecting.redeem(shown, elsewhere or point, clerk)
    assert (order_of(order_no).status, pickup_status(order_no)) == ("paid", "waiting")


def test_an_unpaid_order_isnt_handed_out(buyer: Buyer, clerk: int) -> None:
    point = make_point()
    order_no, code = order_to_collect(buyer, point, paid=False)
    with pytest.raises(MallError) as refused:
        collecting.redeem(code, point, clerk)
    assert refused.value.code == "order_state"
    assert pickup_status(order_no) == "waiting"
    with transaction() as session:
        assert closing.close_unpaid(session, order_no, "expired")
    assert pickup_status(order_no) == "void"
    with pytest.raises(PickupCodeVoid):
        collecting.redeem(code, point, clerk)


def test_a_late_payment_has_a_code_of_its_own(buyer: Buyer, clerk: int) -> None:
    point = make_point()
    order_no, code = order_to_collect(buyer, point, paid=False)
    with transaction() as session:
        closing.close_unpaid(session, order_no, "expired")
    with transaction() as session:
        again = paying.place_again(session, order_no)
        assert again is not None
        new_no = again.order_no
    assert code_of(new_no) != code
    assert collecting.redeem(code_of(new_no), point, clerk) == new_no


def test_a_refund_before_picking_up_voids_the_code(buyer: Buyer, clerk: int) -> None:
    point = make_point()
    order_no, code = order_to_collect(buyer, point)
    (line,) = lines_of(order_no)
    with transaction() as session:
        reserve_refund(session, order_no, [(line.id, 1, line.payable_fen)], 0, "staff")
    with pytest.raises(RefundUnderWay):
        collecting.redeem(code, point, clerk)
    assert pickup_status(order_no) == "waiting"
    with transaction() as session:
        settle_refund(
            session,
            order_no,
            [(line.id, 1, line.payable_fen)],
            0,
            in_all=[(line.id, 1, line.payable_fen)],
        )
    assert pickup_status(order_no) == "void"
    with pytest.raises(PickupCodeVoid):
        collecting.redeem(code, point, clerk)
    check_orders()


def test_what_was_not_refunded_is_handed_out(buyer: Buyer, clerk: int) -> None:
    point = make_point()
    order_no, code = order_to_collect(buyer, point, quantity=3)
    (line,) = lines_of(order_no)
    part = [(line.id, 1, line.price_fen)]
    with transaction() as session:
        reserve_refund(session, order_no, part, 0, "staff")
    with transaction() as session:
        cancel_refund(session, order_no, part, 0)
    with transaction() as session:
        reserve_refund(session, order_no, part, 0, "staff")
    with transaction() as session:
        settle_refund(session, order_no, part, 0, in_all=part)
    collecting.redeem(code, point, clerk)
    assert [line.shipped_quantity for line in lines_of(order_no)] == [2]
    assert order_of(order_no).status == "completed"
    check_orders()


def test_it_isnt_sent_while_it_waits(buyer: Buyer) -> None:
    order_no, _ = order_to_collect(buyer, make_point())
    with pytest.raises(OrderIsCollected):
        commands.ship(order_no, "ZTO", "ZTO12345")
    assert order_of(order_no).status == "paid"


def test_bound_staff_hand_out_at_their_points_only(buyer: Buyer, clerk: int) -> None:
    mine, other = make_point(), make_point()
    points.bind_clerks(mine, [clerk])
    order_no, code = order_to_collect(buyer, other)
    with pytest.raises(NotAClerkHere):
        collecting.redeem(code, other, clerk)
    points.bind_clerks(other, [clerk])
    assert collecting.redeem(code, other, clerk) == order_no


@pytest.mark.parametrize(
    ("choice", "refusal"),
    [
        ("pickup:999999", PickupPointUnavailable),
        ("pickup:0", ValidationFailed),
        ("pickup:1 ", ValidationFailed),
        ("express", ValidationFailed),
    ],
)
def test_a_choice_must_be_an_open_point(
    buyer: Buyer, choice: str, refusal: type[MallError]
) -> None:
    with pytest.raises(refusal):
        preview(buyer.user_id, {make_goods(): 1}, buyer.address_id, {"freight": choice})


def test_a_closed_point_takes_no_new_orders(buyer: Buyer, clerk: int) -> None:
    point = make_point(name="河坊街店")
    order_no, code = order_to_collect(buyer, point)
    draft = points.PointDraft("河坊街店", "330106", "河坊街 1 号", "", "", is_open=False)
    points.change_point(point, draft)
    with pytest.raises(PickupPointUnavailable):
        preview(buyer.user_id, {make_goods(): 1}, buyer.address_id, {"freight": f"pickup:{point}"})
    assert collecting.redeem(code, point, clerk) == order_no, "old orders are still handed out"


def test_the_order_keeps_no_freight_but_the_points_name(buyer: Buyer) -> None:
    order_no, _ = order_to_collect(buyer, make_point())
    order = order_of(order_no)
    assert isinstance(order, Order)
    assert (order.freight_fen, order.payable_fen) == (0, order.goods_fen)


def test_a_point_deleted_meanwhile_refuses_the_order(buyer: Buyer) -> None:
    order_no, _ = order_to_collect(buyer, make_point())
    with pytest.raises(PickupPointUnavailable), transaction() as session:
        session.execute(delete(Pickup))
        collecting.expect(session, order_of(order_no).id, 987654321)
    assert pickup_status(order_no) == "waiting"


def test_a_role_that_redeems_pickups_lists_them(http: Http) -> None:
    path = "/admin/api/v1/pickups"
    for held, status in (("pickup:write", 200), ("order:read", 200), ("freight:read", 403)):
        assert http.as_(make_staff(held)).get(path).status_code == status, held
