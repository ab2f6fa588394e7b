"""Commission that races: a refund against the settlement, facts told twice, two sweeps, and eight
withdrawals of the whole balance. Each with a control that fails without its guard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask

from mall.kernel.db import db, transaction
from mall.orders.locking import lock_order
from mall.referral.commission.accruing import Payee, accrue
from mall.referral.commission.holding import hold
from mall.referral.commission.keeping import keep, keep_locked
from mall.referral.commission.settings import SETTLE_DAYS
from mall.referral.commission.settling import settle_batch
from tests.support.commission import (
    bought,
    brought,
    commission_lines,
    figures,
    hear,
    make_payee,
    make_rates,
    refund,
    settle_all,
    settle_order,
    settled,
)
from tests.support.invariants import rows_of
from tests.support.orders import make_goods
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.settings import set_setting
from tests.support.unguarded_commission import careless

BOOKS = ("I1f", "I1g", "I1h", "I1j", "I2b")
AMOUNT = 300
ONCE = (
    "ALTER TABLE commission_entries DROP CONSTRAINT uq_commission_entries_kind_source",
    "ALTER TABLE commission_entries ADD CONSTRAINT uq_commission_entries_kind_source"
    " UNIQUE (kind, source)",
)
ENTRIES = "commission_entries, commission_accounts, commission_lines, commission_holds"


def broken() -> list[str]:
    """The promises about money that don't hold now."""
    db.session.remove()
    return [code for code in BOOKS if rows_of(code)]


def an_order(payee: Payee) -> str:
    """A paid order of three units, that pays AMOUNT to the promoter."""
    order_no = bought({make_goods(price_fen=1_000): 3})
    brought(order_no, payee)
    return order_no


def a_due_order(payee: Payee) -> str:
    """One that the next sweep settles."""
    order_no = an_order(payee)
    set_setting(SETTLE_DAYS, 0)
    settle_order(order_no)
    hear(order_no)
    return order_no


def told(order_no: str) -> None:
    with transaction() as session:
        keep(session, order_no)


def race(app: Flask, calls: list[Callable[[], Any]]) -> list[Exception]:
    """All at once, each slowed down; the faults."""
    with slow_writes("commission_entries", of="INSERT", seconds=0.05):
        outcomes = together(app, calls)
    return [one for one in outcomes if isinstance(one, Exception)]


def test_a_refund_against_the_settlement(app: Flask) -> None:
    make_rates()
    payee = make_payee()
    order_no = a_due_order(payee)
    refund(order_no, 1)
    assert race(app, [settle_batch, partial(told, order_no), settle_batch]) == []
    settle_all()
    assert broken() == []
    assert figures(payee.promoter_id) == (0, 200, 0, 0)


def test_control_a_refund_that_only_looks_at_the_order(app: Flask) -> None:
    make_rates()
    payee = make_payee()
    order_no = a_due_order(payee)
    refund(order_no, 1)
    with without(*ONCE, table=ENTRIES):
        with (
            without_row_locks("orders"),
            without_row_locks("commission_lines"),
            without_row_locks("commission_accounts"),
        ):
            faults = race(app, [settle_batch, partial(told, order_no), settle_batch])
        assert faults or broken()


def test_a_fact_told_by_many_at_once_counts_once(app: Flask) -> None:
    make_rates()
    payee = make_payee()
    order_no = an_order(payee)
    settled(order_no)
    refund(order_no, 1)
    assert race(app, [partial(told, order_no)] * 6) == []
    assert broken() == []
    assert figures(payee.promoter_id) == (0, 200, 0, 0)


def test_an_attribution_told_by_many_at_once_pays_once(app: Flask) -> None:
    make_rates()
    payee, upper = make_payee(), make_payee(2)
    order_no = bought({make_goods(price_fen=1_000): 3})

    def pay_them() -> bool:
        with transaction() as session:
            order = lock_order(session, order_no)
            first = accrue(session, order, [payee, upper])
            keep_locked(session, order)
            return first

    with slow_writes("commission_entries", of="INSERT", seconds=0.05):
        assert sorted(together(app, [pay_them] * 6)) == [False] * 5 + [True]  # type: ignore[type-var]
    assert broken() == []
    assert len(commission_lines(order_no)) == 2


def test_two_sweeps_share_the_lines(app: Flask) -> None:
    make_rates()
    payees = [make_payee() for _ in range(3)]
    for n in range(9):
        a_due_order(payees[n % 3])
    assert race(app, [partial(settle_batch, 4)] * 4) == []
    settle_all()
    assert broken() == []
    assert [figures(one.promoter_id) for one in payees] == [(0, 3 * AMOUNT, 0, 0)] * 3


def test_control_sweeps_that_lock_no_lines(app: Flask) -> None:
    make_rates()
    payees = [make_payee() for _ in range(3)]
    for n in range(9):
        a_due_order(payees[n % 3])
    with without(*ONCE, table=ENTRIES):
        with without_row_locks("commission_lines"), without_row_locks("commission_accounts"):
            faults = race(app, [settle_batch] * 4)
        assert faults or broken()


@pytest.mark.parametrize("share", [1, 2])
def test_eight_withdrawals_of_the_balance(app: Flask, share: int) -> None:
    make_rates()
    payee = make_payee()
    settled(an_order(payee))
    me = payee.promoter_id

    def withdraw(number: str) -> None:
        with transaction() as session:
            hold(session, me, number, AMOUNT // share)

    faults = race(app, [partial(withdraw, f"W{n}") for n in range(8)])
    assert [getattr(one, "code", one) for one in faults] == ["commission_short"] * (8 - share)
    assert broken() == []
    assert figures(me) == (0, 0, AMOUNT, 0)


def test_control_withdrawals_without_a_condition(app: Flask) -> None:
    make_rates()
    payee = make_payee()
    settled(an_order(payee))
    me = payee.promoter_id
    never = (
        "ALTER TABLE commission_accounts DROP CONSTRAINT ck_commission_accounts_not_negative",
        "ALTER TABLE commission_accounts ADD CONSTRAINT ck_commission_accounts_not_negative CHECK"
        " (pending_fen >= 0 AND available_fen >= 0 AND held_fen >= 0 AND debt_fen >= 0)",
    )

    def withdraw(number: str) -> None:
        with transaction() as session:
            hold(session, me, number, AMOUNT)

    with without(*never, table=ENTRIES):
        with careless():
            assert race(app, [partial(withdraw, f"W{n}") for n in range(8)]) == []
        assert broken() == ["I2b"]
