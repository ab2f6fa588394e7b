"""Kinds, holds, rebates and the end of an order under concurrency; each with a control that
fails with its guard off."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.aftersales.errors import AfterSaleTooLate
from mall.aftersales.settings import WINDOW_DAYS
from mall.aftersales.settling import settle_due
from mall.kernel.db import db, transaction
from mall.orders import fulfilling, refunding
from mall.orders.errors import OrderOnHold, RefundNotPossible
from mall.orders.fulfilling import confirm_receipt
from mall.orders.holding import hold, release
from mall.orders.locking import LockedOrder, lock_order
from mall.payments.refunds.causing import rebate, refund_in_full
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.shipping.commands import ship
from tests.support.aftersales import ask_back
from tests.support.invariants import check_invariants, rows_of
from tests.support.kinds import TEAM, WAITS, Toy, open_team, place, toys
from tests.support.orders import lines_of, make_buyer, make_goods, order_of, pay
from tests.support.races import (
    WAITS_AT_GATE,
    execute,
    held_inserts,
    slow_writes,
    together,
    without,
    without_row_locks,
)
from tests.support.settings import set_setting
from tests.support.shipping import TestOrder, make_paid_order
from tests.support.waiting import eventually

Call = Callable[[], object]


@pytest.fixture(autouse=True)
def toy(app: Flask) -> Iterator[Toy]:
    with toys() as toy:
        yield toy


# -- a payment against its team's deadline -----------------------------------------------


def close_team(team: int, between: Call = lambda: None) -> None:
    """The deadline: a team without a member has failed, another is done."""
    with transaction() as session:
        find = text("SELECT members FROM toy_teams WHERE id = :id FOR UPDATE")
        members = session.scalar(find, {"id": team})
        between()
        change = text("UPDATE toy_teams SET state = :state WHERE id = :id AND state = 'open'")
        session.execute(change, {"id": team, "state": "done" if members else "late"})


def team_row(team: int) -> tuple[object, ...]:
    db.session.rollback()
    find = text("SELECT state, members FROM toy_teams WHERE id = :id")
    return tuple(db.session.execute(find, {"id": team}).one())


def member_of(team: int) -> str:
    """An unpaid order in a team."""
    return place(make_buyer(), {make_goods(): 1}, TEAM, f"team:{team}").order_no


def test_a_payment_counts_at_once_or_the_deadline_was_first(app: Flask) -> None:
    """Decided in the payment's own transaction: no job runs here."""
    outcomes = set()
    for team in range(1, 5):
        open_team(team)
        order_no = member_of(team)
        first, second = partial(pay, order_no), partial(close_team, team)
        with slow_writes("toy_teams", of="UPDATE", seconds=0.1):
            calls: list[Call] = [first, second] if team % 2 else [second, first]
            assert together(app, calls) == [None, None]
        outcomes.add(team_row(team))
        assert order_of(order_no).status == "paid", "whoever was first, the money has arrived"
    assert outcomes <= {("done", 1), ("late", 0)}, outcomes


def test_control_without_the_lock_a_payment_counts_in_a_team_that_failed(app: Flask) -> None:
    team = open_team()
    order_no = member_of(team)
    decided = threading.Event()

    def wait_for_the_payment() -> None:
        decided.set()
        eventually(lambda: order_of_other(order_no) == "paid", 30)

    def pay_then() -> None:
        assert decided.wait(30)
        pay(order_no)

    with without_row_locks("toy_teams"):
        calls: list[Call] = [partial(close_team, team, wait_for_the_payment), pay_then]
        together(app, calls)
    assert team_row(team) == ("late", 1)


def order_of_other(order_no: str) -> str:
    """An order's status, read on a connection of its own."""
    with db.engine.connect() as other:
        find = text("SELECT status FROM orders WHERE order_no = :no")
        return str(other.scalar(find, {"no": order_no}))


# -- a hold against shipping -------------------------------------------------------------


def hold_it(order: TestOrder) -> bool:
    with transaction() as session:
        return hold(session, lock_order(session, order.order_no).id, WAITS)


def release_it(order: TestOrder) -> bool:
    with transaction() as session:
        return release(session, order.order_no, WAITS)


def ship_one(order: TestOrder) -> int:
    """One unit of two, so that the order stays paid."""
    return ship(order.order_no, "ZTO", "ZT0001", {order.line_ids[0]: 1})


def sent(order: TestOrder) -> int:
    return lines_of(order.order_no)[0].shipped_quantity


@pytest.mark.parametrize("turn", range(3))
@pytest.mark.parametrize("slow", ["orders", "order_lines"])
def test_held_or_sent_but_not_both(app: Flask, slow: str, turn: int) -> None:
    order = make_paid_order(2)
    calls: list[Call] = [partial(hold_it, order), partial(ship_one, order)]
    with slow_writes(slow, of="UPDATE", seconds=0.1):
        outcomes = together(app, calls if turn % 2 else calls[::-1])
    held, shipped = outcomes if turn % 2 else outcomes[::-1]
    if held is True:
        assert isinstance(shipped, OrderOnHold)
        assert sent(order) == 0
    else:
        assert (held, shipped, sent(order)) == (False, 1, 1)
    check_invariants()


def test_control_without_the_lock_a_held_order_is_sent(app: Flask) -> None:
    order = make_paid_order(2)
    with slow_writes("orders", of="UPDATE", seconds=0.5), without_row_locks("orders"):
        calls: list[Call] = [partial(hold_it, order), partial(ship_one, order)]
        together(app, calls)
    assert (order_of(order.order_no).hold_reason, sent(order)) == ("toy.waits", 1)
    assert rows_of("I14")


@pytest.mark.parametrize("turn", range(3))
def test_sent_only_once_the_hold_is_cleared(app: Flask, turn: int) -> None:
    order = make_paid_order(2)
    assert hold_it(order)
    calls: list[Call] = [partial(release_it, order), partial(ship_one, order)]
    with slow_writes("orders", of="UPDATE", seconds=0.1):
        outcomes = together(app, calls if turn % 2 else calls[::-1])
    released, shipped = outcomes if turn % 2 else outcomes[::-1]
    assert released is True
    assert shipped == 1 or isinstance(shipped, OrderOnHold)
    assert sent(order) == int(shipped == 1)
    check_invariants()


def test_control_without_asking_it_is_sent_while_held(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(_order: LockedOrder) -> None:
        return None

    monkeypatch.setattr(fulfilling, "_refuse_held", never)
    order = make_paid_order(2)
    assert hold_it(order)
    shipped = threading.Event()

    def ship_first() -> None:
        ship_one(order)
        shipped.set()

    def find_then_release() -> int:
        assert shipped.wait(30)
        broken = len(rows_of("I14"))
        release_it(order)
        return broken

    calls: list[Call] = [ship_first, find_then_release]
    assert together(app, calls)[1] == 1


# -- a rebate against returns ------------------------------------------------------------

PRICE_FEN, REBATE_FEN = 9_900, 15_000


def cheaper(order: TestOrder) -> str:
    with transaction() as session:
        return rebate(session, order.order_no, {1: REBATE_FEN}, "toy:tier:1", "补差")


def both_units_back(order: TestOrder) -> str:
    asked = RequestedLine(order.line_ids[0], 2)
    return request_refund(order.order_no, [asked], 0, "不要了")


def money_of(order: TestOrder) -> tuple[int, int]:
    line = lines_of(order.order_no)[0]
    return line.refunded_fen, line.rebated_fen


def test_a_rebate_and_a_return_share_what_was_paid(app: Flask) -> None:
    """Whoever is first: the return gives what the rebate left, or leaves nothing to rebate."""
    for turn in range(4):
        order = make_paid_order(2, 1, price_fen=PRICE_FEN)
        calls: list[Call] = [partial(cheaper, order), partial(both_units_back, order)]
        with slow_writes("orders", of="UPDATE", seconds=0.1):
            outcomes = together(app, calls if turn % 2 else calls[::-1])
        rebated, returned = outcomes if turn % 2 else outcomes[::-1]
        assert isinstance(returned, str)
        if isinstance(rebated, str):
            assert money_of(order) == (2 * PRICE_FEN - REBATE_FEN, REBATE_FEN)
        else:
            assert isinstance(rebated, RefundNotPossible)
            assert money_of(order) == (2 * PRICE_FEN, 0)
    check_invariants()


UNBOUND = """
    UPDATE order_lines l
    SET refunded_quantity = refunded_quantity + r.units,
        refunded_fen = refunded_fen + CASE WHEN r.units > 0 THEN r.fen ELSE 0 END,
        rebated_fen = rebated_fen + CASE WHEN r.units > 0 THEN 0 ELSE r.fen END
    FROM unnest(CAST(:line_ids AS bigint[]), CAST(:units AS bigint[]),
        CAST(:amounts AS bigint[])) AS r(line_id, units, fen)
    WHERE l.id = r.line_id AND l.order_id = :order_id RETURNING l.id
"""


def test_control_without_lock_and_condition_more_goes_back_than_was_paid(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The price of the units is read before the rebate is written, and nothing bounds both."""
    monkeypatch.setattr(refunding, "_RESERVE_LINES", text(UNBOUND))
    order = make_paid_order(2, 2, price_fen=PRICE_FEN)
    guard = "ck_order_lines_refunded"
    (rule,) = db.session.scalars(
        text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": guard},
    )
    restore = f"ALTER TABLE order_lines ADD CONSTRAINT {guard} {rule}"
    with (
        without(f"ALTER TABLE order_lines DROP CONSTRAINT {guard}", restore, table="orders"),
        without_row_locks("orders"),
    ):
        with slow_writes("orders", of="UPDATE", seconds=0.5):
            calls: list[Call] = [partial(cheaper, order), partial(both_units_back, order)]
            together(app, calls)
        assert sum(money_of(order)) == 2 * PRICE_FEN + REBATE_FEN
        assert rows_of("I15a")


AT_ONCE = 6


def all_back(order: TestOrder, cause: str) -> str | None:
    with transaction() as session:
        return refund_in_full(session, order.order_no, cause, "拼团失败")


def test_one_cause_is_one_refund_however_many_ask(app: Flask) -> None:
    """Two causes at once: the first gives all, the other finds nothing left."""
    order = make_paid_order(2)
    calls: list[Call] = [
        partial(all_back, order, f"toy:team:{turn % 2}") for turn in range(AT_ONCE)
    ]
    with slow_writes("refunds", of="INSERT", seconds=0.1):
        outcomes = together(app, calls)
    assert not [one for one in outcomes if isinstance(one, Exception)], outcomes
    of_cause = [set(outcomes[turn::2]) for turn in range(2)]
    assert sorted(map(len, of_cause)) == [1, 1]
    assert {None} in of_cause
    db.session.rollback()
    assert db.session.scalar(text("SELECT count(*) FROM refunds")) == 1
    check_invariants()


def test_control_without_the_lock_a_cause_is_asked_for_again(app: Flask) -> None:
    """The unique index then refuses the second, or there is nothing left: never twice."""
    order = make_paid_order(2)
    with slow_writes("orders", of="UPDATE", seconds=0.2), without_row_locks("orders"):
        outcomes = together(app, [partial(all_back, order, "toy:team:1")] * 2)
    assert [one for one in outcomes if isinstance(one, Exception)]


# -- an after-sale against the end -------------------------------------------------------


def almost_over() -> TestOrder:
    """A completed order that may be returned for half a day more."""
    order = make_paid_order(1)
    ship(order.order_no, "ZTO", "ZT0001")
    confirm_receipt(order.user_id, order.order_no)
    execute("UPDATE orders SET completed_at = clock_timestamp() - interval '156 hours'")
    return order


def end_the_time() -> None:
    """The shop gives a day less for returns: the half day is over."""
    set_setting(WINDOW_DAYS, WINDOW_DAYS.get() - 1)


def settle_while_it_waits(let_go: Callable[[], None]) -> int:
    """The application is being written when the time for returns ends; how many orders two
    sweeps settle then."""
    eventually(lambda: bool(db.session.scalar(WAITS_AT_GATE)), pause_s=0.01)
    end_the_time()
    settled = settle_due() + settle_due()
    let_go()
    return settled


def test_applied_for_in_time_it_isnt_settled(app: Flask) -> None:
    """The application is written while the time runs out: the sweep waits for its commit."""
    order = almost_over()
    with held_inserts("after_sales") as let_go:
        calls: list[Call] = [partial(ask_back, order), partial(settle_while_it_waits, let_go)]
        asked, settled = together(app, calls)
    assert isinstance(asked, str)
    assert (settled, settle_due(), order_of(order.order_no).settled_at) == (0, 0, None)
    check_invariants()


def test_settled_it_is_too_late_to_apply(app: Flask) -> None:
    order = almost_over()
    end_the_time()
    with slow_writes("orders", of="UPDATE", seconds=0.3):
        calls: list[Call] = [settle_due, partial(ask_back, order), settle_due]
        first, asked, second = together(app, calls)
    assert isinstance(asked, AfterSaleTooLate)
    later = settle_due()  # each sweep leaves an order alone that somebody holds
    assert sorted([first, second, later], key=str) == [0, 0, 1], "published once"
    check_invariants()


def test_control_without_the_lock_an_order_is_settled_under_an_after_sale(app: Flask) -> None:
    order = almost_over()
    with held_inserts("after_sales") as let_go, without_row_locks("orders"):
        calls: list[Call] = [partial(ask_back, order), partial(settle_while_it_waits, let_go)]
        asked, settled = together(app, calls)
    assert (isinstance(asked, str), settled) == (True, 1)
    assert rows_of("I16a")
