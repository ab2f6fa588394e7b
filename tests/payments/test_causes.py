"""Refunds that features cause: once for an order and a cause, within what is left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import db, transaction
from mall.kernel.errors import Conflict
from mall.orders.errors import OrderNotFound, OrderStateConflict, RefundNotPossible
from mall.orders.participants import OrderParticipant
from mall.orders.placed import PlacedOrder
from mall.payments.models import Refund
from mall.payments.refunds.applying import arrived_lines
from mall.payments.refunds.causing import rebate, refund_in_full
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.shipping.commands import ship
from tests.support.invariants import check_invariants
from tests.support.kinds import Toy, toys
from tests.support.orders import lines_of, order_of
from tests.support.shipping import TestOrder, make_paid_order, place_test_order

TIER, TEAM = "toy:tier:1", "toy:team:1"


@pytest.fixture
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


@pytest.fixture
def order(toy: Toy) -> Iterator[TestOrder]:
    """Two units of one SKU at 99.00 and one of another, paid."""
    yield make_paid_order(2, 1)
    check_invariants()


def give(order: TestOrder, amounts: dict[int, int], cause: str = TIER) -> str:
    with transaction() as session:
        return rebate(session, order.order_no, amounts, cause, "补差")


def give_all(order: TestOrder, cause: str = TEAM) -> str | None:
    with transaction() as session:
        return refund_in_full(session, order.order_no, cause, "拼团失败")


def staff_refund(order: TestOrder, units: int, fen: int | None = None, line: int = 0) -> str:
    asked = RequestedLine(order.line_ids[line], units, fen)
    return request_refund(order.order_no, [asked], 0, "不要了")


def refunds() -> list[tuple[str, int, bool]]:
    """(cause, amount, whether staff may cancel it), the oldest first."""
    db.session.rollback()
    rows = db.session.execute(
        select(Refund.cause, Refund.amount_fen, Refund.cancellable).order_by(Refund.id)
    )
    return [tuple(row) for row in rows]  # type: ignore[misc]


def money_of(order: TestOrder) -> list[tuple[int, int, int]]:
    """(units refunded, money for them, rebates) by line."""
    return [
        (line.refunded_quantity, line.refunded_fen, line.rebated_fen)
        for line in lines_of(order.order_no)
    ]


def test_a_rebate_is_made_once_for_a_cause(order: TestOrder, toy: Toy) -> None:
    first = give(order, {1: 2_000, 2: 100})
    assert give(order, {1: 9_999}) == first, "whatever is asked for the second time"
    assert refunds() == [(TIER, 2_100, False)]
    assert money_of(order) == [(0, 0, 2_000), (0, 0, 100)]
    assert give(order, {1: 1}, "toy:tier:2") != first
    assert toy.causes == [TIER, "toy:tier:2"]


def test_all_of_an_order_goes_back_once_for_a_cause(order: TestOrder) -> None:
    give(order, {1: 2_000})
    staff_refund(order, 1)
    assert money_of(order) == [(1, 8_900, 2_000), (0, 0, 0)]
    first = give_all(order)
    assert give_all(order) == first
    assert money_of(order) == [(2, 17_800, 2_000), (1, 9_900, 0)]
    paid_fen = order_of(order.order_no).paid_fen
    assert sum(fen for _, fen, _ in refunds()) == paid_fen
    assert give_all(order, "toy:team:2") is None, "nothing is left for another cause"
    assert [cause for cause, _, _ in refunds()] == [TIER, "staff", TEAM]


def test_what_staff_kept_of_refunded_units_goes_back_too(order: TestOrder) -> None:
    staff_refund(order, 1, 5_000, line=1)
    give_all(order)
    assert money_of(order) == [(2, 19_800, 0), (1, 5_000, 4_900)]
    assert sum(fen for _, fen, _ in refunds()) == order_of(order.order_no).paid_fen
    assert give_all(order, "toy:team:2") is None


def test_staff_refund_shares_of_what_a_rebate_left(order: TestOrder) -> None:
    """19800 paid for two units, 3801 rebated: 15999 is left, the odd fen goes last."""
    give(order, {1: 3_801})
    staff_refund(order, 1)
    assert money_of(order)[0] == (1, 7_999, 3_801)
    staff_refund(order, 1)
    assert money_of(order)[0] == (2, 15_999, 3_801)


@pytest.mark.parametrize(
    "amounts",
    [{}, {1: 0}, {1: -1}, {3: 100}, {0: 100}, {1: 19_801}, {1: 100, 2: 9_901}],
)
def test_what_isnt_a_rebate(order: TestOrder, amounts: dict[int, int]) -> None:
    """No amount, no such line, or more than is left of a line: and nothing is kept of it."""
    with pytest.raises(RefundNotPossible):
        give(order, amounts)
    assert (refunds(), money_of(order)) == ([], [(0, 0, 0)] * 2)


def test_more_than_is_left_is_refused(order: TestOrder) -> None:
    give(order, {1: 15_000})
    with pytest.raises(RefundNotPossible):
        give(order, {1: 4_801}, "toy:tier:2")
    with pytest.raises(RefundNotPossible):
        staff_refund(order, 2, 4_801)
    give(order, {1: 4_800}, "toy:tier:3")
    assert money_of(order)[0] == (0, 0, 19_800)


def test_a_line_that_went_back_gets_no_cheaper(order: TestOrder) -> None:
    """Money may be left of it, where staff gave back less than its share."""
    staff_refund(order, 2, 10_000)
    with pytest.raises(RefundNotPossible):
        give(order, {1: 100})
    assert money_of(order)[0] == (2, 10_000, 0)
    give(order, {2: 100})


def test_a_rebate_of_units_that_were_sent(order: TestOrder) -> None:
    ship(order.order_no, "ZTO", "ZT0001")
    give(order, {1: 2_000})
    assert order_of(order.order_no).status == "shipped"


def test_units_of_which_all_was_rebated_go_back_for_nothing(order: TestOrder) -> None:
    """The last unit of a wholly rebated order: no money, so no WeChat, and it is over."""
    give(order, {1: 19_800, 2: 9_900})
    assert order_of(order.order_no).freight_fen == 0
    number = give_all(order)
    assert number is not None
    assert refunds() == [(TIER, 29_700, False), (TEAM, 0, False)]
    assert order_of(order.order_no).refunding_fen == 29_700
    assert [units for units, _, _ in money_of(order)] == [2, 1]


@pytest.mark.parametrize("cause", ["staff", "groupbuy", ""])
def test_a_cause_names_feature_and_ground(order: TestOrder, cause: str) -> None:
    with pytest.raises(ValueError, match="a cause names"):
        give(order, {1: 1}, cause)


def test_only_what_was_paid(app: Flask) -> None:
    unpaid = place_test_order(1)
    with pytest.raises(OrderStateConflict):
        give(unpaid, {1: 1})
    with pytest.raises(OrderStateConflict):
        give_all(unpaid)
    with pytest.raises(OrderNotFound), transaction() as session:
        rebate(session, "2601010000000000", {1: 1}, TIER, "补差")


class NotNow(Conflict):
    code = "toy_not_now"
    message = "暂时不能退款"


def test_a_participant_refuses(order: TestOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: OrderParticipant, session: Any, placed: PlacedOrder, cause: str) -> None:
        if cause in ("staff", TIER):
            raise NotNow

    monkeypatch.setattr(Toy, "before_refund", refuse)
    with pytest.raises(NotNow):
        give(order, {1: 1})
    with pytest.raises(NotNow):
        staff_refund(order, 1)
    assert (refunds(), money_of(order)) == ([], [(0, 0, 0)] * 2)
    assert give_all(order) is not None, "it knows the causes apart"


def test_nothing_has_arrived_yet(order: TestOrder) -> None:
    give(order, {1: 2_000})
    with transaction() as session:
        assert arrived_lines(session, order.id) == []
