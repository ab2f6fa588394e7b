"""Referral beside the model, any order of steps: compared after each."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import ClassVar

from flask import Flask
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.referral.life.hands import RUNGS, Asked, Hands
from tests.referral.life.model import Bond, Model, Order
from tests.support.invariants import rows_of

PROMOTERS, BUYERS = 3, 5
PRICES = (333, 999, 10_001)
TRIES = 8
ASKED_OF = ("I1f", "I1g", "I2b", "I21a", "I21b", "I21c", "I21d", "I56a", "I56b")
MOVES = {
    "touch": 7,
    "order": 9,
    "refund": 5,
    "rebate": 2,
    "settle": 8,
    "sweep": 9,
    "bind": 1,
    "decide": 3,
    "withdraw": 8,
    "end_withdrawal": 6,
}
ENDS = (
    ("SUCCESS", None),
    ("FAIL", "OVERDUE_CLOSE"),
    ("FAIL", "ACCOUNT_FROZEN"),
    ("CANCELLED", None),
)
"""How WeChat ends a transfer; the end that was seen least comes next."""


class LifeMachine(RuleBasedStateMachine):
    """Three promoters, the first of whom brought the second, and five who buy."""

    app: ClassVar[Flask]
    seen: ClassVar[Counter[str]] = Counter()
    steps: ClassVar[int] = 0

    @initialize()
    def start(self) -> None:
        self.hands = Hands(self.app, PROMOTERS, BUYERS)
        second = self.hands.promoters[1]
        assert not self.hands.bind(second, 0)
        self.model = Model({1: Bond(-1, 0)})
        self.asked: list[Asked] = []
        self.bindings: dict[int, int] = {}
        self.played = 0

    @rule(number=st.integers(0, 2**63))
    def step(self, number: int) -> None:
        """Thrown with dice of our own: hypothesis repeats values that it has drawn."""
        dice = Random(number)
        for _ in range(TRIES):
            (name,) = dice.choices(list(MOVES), list(MOVES.values()))
            if getattr(self, name)(dice):
                note(name)
                LifeMachine.steps += 1
                self.played += 1
                return

    # -- moves; False when there is nothing to be done

    def touch(self, dice: Random) -> bool:
        new = [one for one in range(BUYERS) if one not in self.model.touched]
        buyer, promoter = _mostly(dice, new), _promoter(dice)
        self.hands.touch(buyer, promoter)
        self.model.touch(buyer, promoter)
        return True

    def bind(self, dice: Random) -> bool:
        buyer, promoter = dice.randrange(BUYERS), _promoter(dice)
        bond = self.model.bond.get(buyer)
        refusal = self.hands.bind(self.hands.buyers[buyer], promoter)
        if bond is not None and bond.promoter == promoter:
            assert refusal == "binding_unchanged"
            return True
        assert not refusal
        self.model.bind(buyer, promoter)
        self.seen["bound anew" if bond else "bound by staff"] += 1
        return True

    def decide(self, dice: Random) -> bool:
        if not self.model.bond:
            return False
        buyer = dice.choice(sorted(self.model.bond))
        decision = dice.choice(("hold", "release", "void", "hold"))
        bond = self.model.bond[buyer]
        was_void = bond.void
        self.hands.decide(self.hands.binding_of(self.hands.buyers[buyer].user_id), decision)
        self.model.decide(bond, decision)
        self.seen[decision if not was_void else f"{decision} after void"] += 1
        return True

    def order(self, dice: Random) -> bool:
        new = [one for one in self.model.bond if not self.model.bought(one)]
        buyer, units, price = _mostly(dice, new), dice.randint(1, 3), dice.choice(PRICES)
        order = Order(self.hands.order(buyer, units, price), buyer, units, price)
        self.model.pay(order)
        self.seen["two levels" if len(order.shares) == 2 else "order"] += 1
        return True

    def refund(self, dice: Random) -> bool:
        order = self._one(dice, lambda one: one.stands)
        if order is None:
            return False
        units = dice.randint(1, order.units - order.refunded_units)
        order.back += self.hands.refund(order.number, units)
        order.refunded_units += units
        self.model.give_back(order)
        whole = "part" if order.stands else "whole"
        self.seen[f"{whole} back {'after settling' if order.settled else 'before'}"] += 1
        return True

    def rebate(self, dice: Random) -> bool:
        order = self._one(dice, lambda one: one.stands and one.refunded_units == 0)
        if order is None or order.base - order.back < 200:
            return False
        fen = dice.randint(1, (order.base - order.back) // 3)
        self.hands.rebate(order.number, fen)
        order.back += fen
        self.model.give_back(order)
        self.seen["rebate"] += 1
        return True

    def settle(self, dice: Random) -> bool:
        order = self._one(dice, lambda one: one.stands and not one.settled)
        if order is None:
            return False
        self.hands.settle(order.number)
        order.settled = True
        return True

    def sweep(self, _dice: Random) -> bool:
        self.hands.sweep()
        self.model.settle_shares()
        return True

    def withdraw(self, dice: Random) -> bool:
        promoter = dice.randrange(PROMOTERS)
        account = self.model.account(promoter)
        if account.debt or account.available < 10:
            return False
        fen = account.available if dice.random() < 0.6 else dice.randint(10, account.available)
        self.asked.append(self.hands.ask(promoter, fen))
        self.model.withdraw(promoter, fen)
        self.seen["withdrawn"] += 1
        return True

    def end_withdrawal(self, dice: Random) -> bool:
        if not self.asked:
            return False
        asked = self.asked.pop(dice.randrange(len(self.asked)))
        state, reason = min(dice.sample(ENDS, len(ENDS)), key=self._times_seen)
        had_debt = self.model.account(asked.promoter).debt
        self.hands.wechat_says(asked, state, reason)
        self.model.end_withdrawal(asked.promoter, asked.fen, paid=state == "SUCCESS")
        self.seen[reason or state] += 1
        if had_debt:
            self.seen["ended in debt"] += 1
        return True

    def _times_seen(self, end: tuple[str, str | None]) -> int:
        return self.seen[end[1] or end[0]]

    def _one(self, dice: Random, fits: object) -> Order | None:
        found = [one for one in self.model.orders if fits(one)]  # type: ignore[operator]
        return dice.choice(found) if found else None

    # -- comparing

    @invariant()
    def the_mall_and_the_model_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        for promoter in range(PROMOTERS):
            account = self.model.account(promoter)
            ours = (
                *(account.pending, account.available, account.held, account.debt),
                account.paid,
            )
            assert self.hands.money(promoter) == ours, f"promoter {promoter}"
            counted, firm = self.model.invitees(promoter)
            wanted = {
                needed: "granted" if firm >= needed else "pending"
                for needed in RUNGS
                if counted >= needed
            }
            assert self.hands.rewards(promoter) == wanted, f"promoter {promoter}"
            if account.debt:
                self.seen["debt"] += 1
            self.seen.update(f"rung {needed} {state}" for needed, state in wanted.items())
        in_all = sum(one.in_all for one in self.model.accounts.values())
        assert in_all == self.model.kept_in_all(), "a fen was made or lost"

    def teardown(self) -> None:
        for code in ASKED_OF:
            assert not rows_of(code), code


def _promoter(dice: Random) -> int:
    """Not each as often: of five buyers three must belong to one promoter for the third rung."""
    return dice.choices(range(PROMOTERS), (6, 3, 1))[0]


def _mostly(dice: Random, buyers: list[int]) -> int:
    """One of these buyers as a rule, else any one."""
    return dice.choice(buyers if buyers and dice.random() < 0.8 else range(BUYERS))
