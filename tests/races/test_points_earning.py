"""What an order earns when its facts are heard at the same moment: paid, refunded, settled."""

from __future__ import annotations

from functools import partial

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.orders.locking import lock_order
from mall.points.earning.keeping import keep
from tests.support.invariants import rows_of
from tests.support.points import figures
from tests.support.points_shop import make_earning_plan
from tests.support.races import slow_writes, together, without_row_locks
from tests.support.shipping import TestOrder, make_paid_order

KEPT = 1_980
"""What two of three units at 99.00 earn."""
REFUND = """
WITH r AS (
    INSERT INTO refunds (refund_no, out_refund_no, order_id, kind, cause, amount_fen, reason,
        request, status, succeeded_at)
    VALUES ('R1', 'R1', :order, 'order', 'staff', 0, 'test', '{}', 'succeeded', now())
    RETURNING id
)
INSERT INTO refund_lines (refund_id, order_line_id, quantity, amount_fen)
SELECT id, :line, 1, 9900 FROM r
"""
SETTLE = "UPDATE orders SET status = 'completed', settled_at = now() WHERE id = :order"


def told(order: TestOrder, fact: str) -> None:
    """A fact becomes true, and is heard."""
    with transaction() as session:
        lock_order(session, order.order_no)
        session.execute(text(fact), {"order": order.id, "line": order.line_ids[0]})
        keep(session, order.order_no)


def heard(order: TestOrder) -> None:
    with transaction() as session:
        keep(session, order.order_no)


def race(app: Flask) -> tuple[list[object], tuple[int, int, int, int]]:
    """A payment is heard twice, a refund and the end of the order at the same moment."""
    make_earning_plan(default_rate=1_000)
    order = make_paid_order(3)
    calls = [partial(heard, order), partial(heard, order)]
    calls += [partial(told, order, REFUND), partial(told, order, SETTLE)]
    with slow_writes("points_earned", of="INSERT", seconds=0.2):
        faults = [one for one in together(app, calls) if one is not None]
    return list(faults), figures(order.user_id)


def test_whatever_comes_first_the_outcome_is_one(app: Flask) -> None:
    assert race(app) == ([], (KEPT, 0, 0, 0))
    assert not rows_of("I1a")
    assert not rows_of("I1d")


def test_control_without_the_lock_on_the_order(app: Flask) -> None:
    with without_row_locks("orders"):
        faults, _ = race(app)
    assert faults, "two grants for one order meet"


def test_one_after_the_other_it_is_the_same(app: Flask) -> None:
    make_earning_plan(default_rate=1_000)
    for facts in ([REFUND, SETTLE], [SETTLE, REFUND]):
        order = make_paid_order(3)
        for fact in facts:
            told(order, fact.replace("'R1'", f"'R{order.id}'"))
            heard(order)
        assert figures(order.user_id) == (KEPT, 0, 0, 0)
