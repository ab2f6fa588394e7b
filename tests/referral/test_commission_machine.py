"""Random stories of orders that pay commission, against a plain model: no fen is made or lost
between lines, entries and accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.referral.commission.accruing import Payee
from mall.referral.commission.errors import CommissionShort
from mall.referral.commission.holding import hold, release_hold, settle_hold
from mall.referral.commission.settings import SETTLE_DAYS
from tests.support.commission import (
    bought,
    brought,
    figures,
    give_rebate,
    hear,
    make_payee,
    make_rates,
    rate,
    refund,
    settle_all,
    settle_order,
)
from tests.support.invariants import rows_of
from tests.support.orders import lines_of, make_goods
from tests.support.settings import set_setting

BOOKS = ("I1f", "I1g", "I1h", "I1i", "I1j", "I2b")
RATES = (1_111, 337)


@dataclass
class Account:
    """What a promoter has, told plainly."""

    available: int = 0
    held: int = 0
    debt: int = 0

    def get(self, fen: int) -> None:
        paid = min(self.debt, fen)
        self.debt -= paid
        self.available += fen - paid

    def lose(self, fen: int) -> None:
        own = min(self.available, fen)
        self.available -= own
        self.debt += fen - own


@dataclass
class Story:
    """Orders by number: what was paid for their line, what went back, and how they stand."""

    promoters: list[Payee]
    accounts: list[Account] = field(default_factory=lambda: [Account(), Account()])
    orders: dict[str, list[int]] = field(default_factory=dict)  # paid, back, units left, settled
    holds: dict[str, tuple[int, int]] = field(default_factory=dict)

    def kept(self, order_no: str, level: int) -> int:
        paid, back, _, _ = self.orders[order_no]
        return (paid - back) * RATES[level] // 10_000

    def pending(self, level: int) -> int:
        return sum(self.kept(one, level) for one, it in self.orders.items() if not it[3])

    def buy(self, units: int, price_fen: int) -> None:
        order_no = bought({make_goods(price_fen=price_fen): units})
        brought(order_no, *self.promoters)
        self.orders[order_no] = [units * price_fen, 0, units, 0]

    def goes_back(self, order_no: str, fen: int) -> None:
        before = [self.kept(order_no, level) for level in (0, 1)]
        self.orders[order_no][1] += fen
        if self.orders[order_no][3]:
            for level, account in enumerate(self.accounts):
                account.lose(before[level] - self.kept(order_no, level))

    def refund(self, order_no: str, units: int) -> None:
        left = self.orders[order_no][2]
        if not left:
            return
        units = min(units, left)
        refund(order_no, units)
        line = lines_of(order_no)[0]
        back = line.refunded_fen + line.rebated_fen
        self.orders[order_no][2] -= units
        self.goes_back(order_no, back - self.orders[order_no][1])
        hear(order_no)

    def rebate(self, order_no: str, fen: int) -> None:
        paid, back, left, _ = self.orders[order_no]
        if not left or paid - back < fen:
            return
        give_rebate(order_no, {1: fen}, f"{back}")
        self.goes_back(order_no, fen)
        hear(order_no)

    def settle(self, order_no: str) -> None:
        if self.orders[order_no][3]:
            return
        if self.orders[order_no][2]:
            settle_order(order_no)
        hear(order_no)
        settle_all()
        if not self.orders[order_no][2]:
            return
        for level, account in enumerate(self.accounts):
            account.get(self.kept(order_no, level))
        self.orders[order_no][3] = 1

    def withdraw(self, who: int, share: int) -> None:
        account = self.accounts[who]
        fen = max(1, account.available * share // 4)
        number = f"W{len(self.holds)}-{self.promoters[who].promoter_id}"
        try:
            with transaction() as session:
                hold(session, self.promoters[who].promoter_id, number, fen)
        except CommissionShort:
            assert fen > account.available
            return
        account.available -= fen
        account.held += fen
        self.holds[number] = (who, fen)

    def end_withdrawals(self, *, paid: bool) -> None:
        for number, (who, fen) in self.holds.items():
            with transaction() as session:
                ended = settle_hold(session, number) if paid else release_hold(session, number)
            if ended:
                assert ended == fen
                self.accounts[who].held -= fen
                if not paid:
                    self.accounts[who].get(fen)

    def check(self) -> None:
        for who, account in enumerate(self.accounts):
            expected = (self.pending(who), account.available, account.held, account.debt)
            assert figures(self.promoters[who].promoter_id) == expected
        assert not [code for code in BOOKS if rows_of(code)]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(1, 4), st.integers(10, 3_000)),
        st.tuples(st.just("refund"), st.integers(0, 3), st.integers(1, 4)),
        st.tuples(st.just("rebate"), st.integers(0, 3), st.integers(1, 300)),
        st.tuples(st.just("settle"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("settle"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("withdraw"), st.integers(0, 1), st.integers(1, 5)),
        st.tuples(st.just("end"), st.integers(0, 1), st.just(0)),
    ),
    min_size=4,
    max_size=12,
)


def play(story: Story, name: str, one: int, two: int) -> None:
    orders = list(story.orders)
    if name == "buy":
        story.buy(one, two)
    elif name == "withdraw":
        story.withdraw(one, two)
    elif name == "end":
        story.end_withdrawals(paid=bool(one))
    elif orders:
        order_no = orders[one % len(orders)]
        act: dict[str, Any] = {"refund": story.refund, "rebate": story.rebate}
        act.get(name, lambda order_no, _: story.settle(order_no))(order_no, two)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS)
def test_no_fen_is_made_or_lost(app: Flask, steps: list[tuple[str, int, int]]) -> None:
    set_setting(SETTLE_DAYS, 0)
    with transaction() as session:
        newest = session.scalar(text("SELECT coalesce(max(version), 0) FROM commission_plans"))
    if not newest:
        make_rates(rate(*RATES))
    story = Story([make_payee(1), make_payee(2)])
    story.buy(3, 997)
    for name, one, two in steps:
        play(story, name, one, two)
        db.session.remove()
        story.check()
