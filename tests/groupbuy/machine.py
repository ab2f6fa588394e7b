"""Group-buy beside the model, any order of steps: compared after each.

A move to which there is nothing to be done now says False, and another one is drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from random import Random
from typing import ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.groupbuy.books import COUPON_FEN, OPEN, Seat, Stock
from tests.groupbuy.comparing import check_books, compare
from tests.groupbuy.hands import Hands, Place
from tests.groupbuy.model import Group
from tests.groupbuy.money_moves import MoneyMoves
from tests.groupbuy.moves import MOVES, SHOPPERS, terms

NAMES, WEIGHTS, DRAWS = zip(*MOVES, strict=True)
ON_SHELF, SET_ASIDE = 2, 60
TRIES, TEAMS = 10, 4
CHECK_EVERY = 20
"""Steps until the invariants are asked."""


class GroupMachine(MoneyMoves):
    """One activity with a few shoppers. Those of earlier examples stay; nobody looks at them."""

    steps: ClassVar[int] = 0
    place: ClassVar[Place]
    _examples: ClassVar[itertools.count[int]] = itertools.count()

    @initialize(number=st.integers(0, 2**63))
    def start(self, number: int) -> None:
        said = terms(Random(number))
        note(f"{said}")
        self.group = Group(said, Stock(ON_SHELF, SET_ASIDE, of_activity=SET_ASIDE))
        self.played = 0
        self.hands = Hands(self.place, said, (ON_SHELF, SET_ASIDE), next(self._examples))

    @rule(number=st.integers(0, 2**63))
    def step(self, number: int) -> None:
        """Thrown with dice of our own: hypothesis repeats values that it has drawn, so that what
        takes several kinds of steps is hardly ever met."""
        dice = Random(number)
        for _ in range(TRIES):
            (which,) = dice.choices(range(len(NAMES)), WEIGHTS)
            values = [draw(dice) for draw in DRAWS[which]]
            if getattr(self, NAMES[which])(*values):
                note(f"{NAMES[which]}{tuple(values)}")
                return

    # -- seats -------------------------------------------------------------------------

    def open_team(self, who: int, which: int, units: int, coupon: bool, anyhow: bool) -> bool:
        """Mostly somebody who may, while few teams are open."""
        said, shopper = self.group.terms, who % SHOPPERS
        tier_set = which % len(said.sets)
        sizes = said.sets[tier_set][0]
        wanted = sizes[who % len(sizes)] if said.is_chosen else None
        price_fen = said.price_fen(said.tiers(tier_set, wanted)[1], opens=True)
        seat = self._seat(shopper, units, price_fen, coupon=coupon, opens=True)
        seat.tier_set, seat.size = tier_set, wanted
        may = self.group.opens(shopper, tier_set, wanted, units)
        is_open = [team for team in self.group.teams if team.status in OPEN]
        if not anyhow and (not may or len(is_open) >= TEAMS):
            return False
        if self.agree(may, lambda: self.hands.open(seat), "open"):
            self.group.take(seat)
        return True

    def join(self, who: int, which: int, units: int, coupon: bool, anyhow: bool) -> bool:
        """Mostly who can, where one can; now and then anybody anywhere."""
        number = self.pick([n for n in self._teams if anyhow or self._takes(n)], which)
        if number is None:
            return False
        seated = self.group.seat_of
        shopper = self.pick(
            [one for one in range(SHOPPERS) if anyhow or not seated(one, number)], who
        )
        if shopper is None:
            return False
        team = self.group.teams[number]
        seat = self._seat(shopper, units, team.prices[0], coupon=coupon, opens=False)
        seat.team = number
        may = self.group.joins(shopper, number, units)
        if not may and not anyhow:
            return False
        if self.agree(may, lambda: self.hands.join(seat), "join"):
            self.saw("join a formed team", team.status == "formed")
            self.group.take(seat)
        return True

    def pay(self, which: int, twice: bool) -> bool:
        return self._pay(self.unpaid(), which, 1 + twice)

    def pay_late(self, which: int, twice: bool) -> bool:
        closed = [s for s in self.group.seats if s.status == "closed" and not s.is_paid]
        return self._pay(closed, which, 1 + twice)

    def leave(self, which: int, elsewhere: bool) -> bool:
        """Mostly a seat of a team that may be left, often of one with others in it, or the
        leader's of such a one."""
        seated = [(s, self.group.teams[s.team]) for s in self.group.seats if s.has_seat]
        forming = [(s, team) for s, team in seated if elsewhere or team.status == "forming"]
        shared = [s for s, team in forming if team.paid > 1]
        leading = [s for s in shared if self.group.teams[s.team].leader == s.shopper]
        seat = self.pick((leading, shared, [])[which % 3] or [s for s, _ in forming], which)
        if seat is None:
            return False
        number = which % len(self.group.teams) if elsewhere else seat.team
        team = self.group.teams[number]
        leader, verdict = team.leader, team.verdict
        left = self.group.leave(seat.shopper, number)
        self.agree(left, lambda: self.hands.leave(seat.shopper, number), "leave")
        self.saw("hand over", team.leader != leader)
        self.saw("leader's end", verdict is None and team.verdict == "fail")
        return True

    # -- teams -------------------------------------------------------------------------

    def form(self, which: int) -> bool:
        return self._by_hand("form", which)

    def fail(self, which: int) -> bool:
        return self._by_hand("fail", which)

    def _by_hand(self, what: str, which: int) -> bool:
        """Staff decide how a team ends; mostly one that isn't over."""
        number = self.pick(self._teams, which)
        if number is None or (
            self.group.teams[number].status in ("settled", "failed") and which % 4
        ):
            return False
        act = {"form": self.group.form_by_hand, "fail": self.group.fail_by_hand}[what]
        self.agree(act(number), lambda: self.hands.by_hand(number, what), f"{what} by hand")
        return True

    def remove(self, which: int) -> bool:
        seat = self.pick(self.group.seats, which)
        if seat is None:
            return False
        self.agree(self.group.remove(seat), lambda: self.hands.remove(seat), "remove")
        return True

    def close_decided(self, which: int) -> bool:
        decided = [n for n in self._teams if self.group.teams[n].verdict]
        number = self.pick([n for n in decided if self.group.teams[n].status in OPEN], which)
        if number is None:
            return False
        self.group.close_decided(number)
        self.group.close_due()
        self.hands.close_decided(number)
        return True

    def close_teams(self, anyhow: bool) -> bool:
        before = [team.status for team in self.group.teams]
        ended = self.group.close_teams()
        if not ended and not anyhow:
            return False
        assert self.hands.close_teams() == ended
        for team, was in zip(self.group.teams, before, strict=True):
            if team.status == was:
                continue
            self.saw(f"{was} to {team.status}", True)
            self.saw("filled", bool(team.filled))
            self.saw("last tier", team.tier_size == team.sizes[-1] > team.min_size)
        return ended > 0

    def close_full(self, which: int, anyhow: bool) -> bool:
        number = self.pick(self._teams, which)
        if number is None:
            return False
        closed = self.group.close_full(number)
        if closed or anyhow:
            self.hands.close_full(number)
        self.saw("full team closed", closed)
        return closed

    # -- time --------------------------------------------------------------------------

    def time_passes(self, minutes: int) -> bool:
        self.group.now += minutes
        self.hands.set_minute(self.group.now)
        return True

    def close_orders(self, anyhow: bool) -> bool:
        closed = self.group.close_due()
        if not closed and not anyhow:
            return False
        self.hands.close_orders()
        self.saw("unpaid close", closed > 0)
        return closed > 0

    def end_early(self, decision: str) -> bool:
        if self.group.is_ended or len(self.group.teams) < TEAMS:
            return False
        self.group.end_early(decision)
        self.hands.end_early(decision)
        self.saw(f"end early: {decision}", True)
        return True

    def end_activity(self, anyhow: bool) -> bool:
        was_back = self.group.is_returned
        was_ended = self.group.is_ended
        self.group.end()
        now = (self.group.is_ended, self.group.is_returned)
        if now == (was_ended, was_back) and not anyhow:
            return False
        self.hands.end_activity()
        self.saw("stock back", self.group.is_returned and not was_back)
        return now != (was_ended, was_back)

    # -- what must hold after each ---------------------------------------------------------

    @invariant()
    def mall_and_model_agree(self) -> None:
        if hasattr(self, "hands"):
            GroupMachine.steps += 1
            compare(self.group, self.hands)
            self.played += 1
            if self.played % CHECK_EVERY == 0:
                check_books()

    @property
    def _teams(self) -> range:
        return range(len(self.group.teams))

    def _takes(self, number: int) -> bool:
        team = self.group.teams[number]
        return team.status in ("forming", "formed") and team.seats_left > 0 and not team.verdict

    def _seat(self, shopper: int, units: int, price_fen: int, *, coupon: bool, opens: bool) -> Seat:
        """A seat that is to be, with what its order costs."""
        said = self.group.terms
        off_fen = COUPON_FEN if coupon and said.stacks else 0
        freight_fen = said.freight_fen(units, opens=opens)
        goods_fen = price_fen * units - off_fen
        return Seat(shopper, units, price_fen, goods_fen, freight_fen, opens=opens)

    def _pay(self, seats: Sequence[Seat], which: int, times: int) -> bool:
        """WeChat tells of a payment, maybe twice."""
        seat = self.pick(seats, which)
        for _ in range(times if seat else 0):
            assert seat is not None
            said = self.hands.pay(seat)
            assert said == self.group.pay(seat)
            self.saw(f"payment {said}", True)
        return seat is not None
