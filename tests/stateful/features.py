"""What features do with orders of their own kinds, as commands without a route."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from mall.orders.holding import release
from mall.payments.refunds.causing import rebate, refund_in_full
from tests.stateful.books import Refund
from tests.stateful.buying import command
from tests.stateful.kinds import FIRST_IS_FREE, FREE, KINDS, SAMPLE, WAITS
from tests.stateful.life import MOST_UNPAID, PICK, Life, when
from tests.stateful.play import pick_of

CAUSE = st.sampled_from(("machine:one", "machine:two"))
"""Few, so that one comes again."""


class FeatureSteps(Life):
    """Orders of all kinds; holds, rebates, refunds with a cause, and the end of an order."""

    @rule(
        shopper=st.integers(0, 1),
        kind=st.sampled_from(KINDS[1:]),
        counts=st.lists(st.integers(0, 2), min_size=3, max_size=3).filter(any),
        picks=st.lists(PICK, max_size=1),
        free=st.sampled_from(("", FIRST_IS_FREE, FREE)),
        pays=st.booleans(),
    )
    @when(lambda self: len(self.orders("unpaid")) < MOST_UNPAID)
    def place_kind(self, shopper: int, counts: list[int], picks: list[int], **chosen: Any) -> None:
        """An order of a feature, paid at once now and then; a sample may cost nothing."""
        kind, pays = chosen["kind"], chosen["pays"]
        number = self.buy(
            shopper, counts, picks, kind, free=chosen["free"] if kind is SAMPLE else ""
        )
        if number and self.model.orders[number].is_paid:
            self.saw("free order")
        elif number and pays:
            self.pay(self.ask_to_pay(number), told=True)
            self.done(number)

    @rule(pick=PICK)
    @when(lambda self: self.model.orders)
    def end_hold(self, pick: int) -> None:
        """The team is complete."""
        held = [number for number, order in self.model.orders.items() if order.is_held]
        number = pick_of(held or self.model.orders, pick)
        answer = command(lambda session: release(session, number, WAITS))
        assert answer.value is self.model.release(number)
        self.saw("hold ended", bool(answer.value))
        self.done(number)

    @rule(pick=PICK)
    @when(lambda self: self.orders("paid"))
    def feature_delivers(self, pick: int) -> None:
        tickets = [n for n in self.orders("paid") if not self.model.orders[n].kind.ships]
        number = pick_of(tickets or self.orders("paid"), pick)
        self.hand_out(number)

    @rule(
        pick=PICK,
        percents=st.dictionaries(st.integers(0, 2), st.integers(1, 101), min_size=1, max_size=2),
        cause=CAUSE,
    )
    @when(lambda self: self.orders("paid", "shipped", "completed"))
    def rebate(self, pick: int, percents: dict[int, int], cause: str) -> None:
        """Lines become cheaper after the payment; for the same cause only once."""
        number = pick_of(self.orders("paid", "shipped", "completed"), pick)
        lines = self.model.orders[number].lines
        amounts = {i % len(lines): percent for i, percent in percents.items()}
        amounts = {i: -(-lines[i].left_fen * percent // 100) for i, percent in amounts.items()}
        known = self.model.caused(number, cause)
        expected = known is not None or self.model.may_rebate(number, amounts, cause)
        placed = {i + 1: fen for i, fen in amounts.items()}
        answer = command(lambda s: rebate(s, number, placed, cause, "差价"))
        if self.agree(answer, expected):
            units = {i: (0, fen) for i, fen in amounts.items()}
            refund = Refund(number, sum(amounts.values()), units, 0, cause=cause)
            self.saw("rebate", known is None)
            self.caused(answer.value, known, refund)
        self.done(number)

    @rule(pick=PICK, cause=CAUSE)
    @when(lambda self: self.model.orders)
    def give_all_back(self, pick: int, cause: str) -> None:
        """All that is left, such as of a team that doesn't form; for the same cause only once."""
        held = [number for number, order in self.model.orders.items() if order.is_held]
        number = pick_of(held or self.model.orders, pick)
        lines, freight_fen = self.model.rest(number)
        known = self.model.caused(number, cause)
        nothing = not lines and not freight_fen
        may = self.model.may_refund(number, lines, freight_fen, cause)
        answer = command(lambda s: refund_in_full(s, number, cause, "未成团"))
        if self.agree(answer, known is not None or nothing or may):
            if known is None and nothing:
                assert answer.value is None
            else:
                amount_fen = sum(fen for _, fen in lines.values()) + freight_fen
                self.saw("held order back", known is None and bool(held))
                refund = Refund(number, amount_fen, lines, freight_fen, cause=cause)
                self.caused(answer.value, known, refund)
        self.done(number)

    def caused(self, refund_no: str, known: str | None, refund: Refund) -> None:
        """A refund was made for a cause, or is the one that was made before."""
        self.saw("same cause", known is not None)
        if known:
            assert refund_no == known
        else:
            assert refund_no not in self.model.refunds
            self.model.write_refund(refund_no, refund)

    @rule(pick=PICK)
    @when(lambda self: self.orders("completed"))
    def returns_are_over(self, pick: int) -> None:
        """The time to return an order passes; the sweep settles what is ready."""
        number = pick_of(self.orders("completed"), pick)
        self.world.returns_are_over(number)
        self.model.orders[number].is_over = True
        self.model.settle()
        self.done(number)
