"""The goods that a lottery gave, as a plain model: each claim, where the units are, what is owed.

A unit is sellable, held by a claim that waits, or sold in the free order of a claim: so three
figures of the stock follow from the states of the claims.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

import pytest
from sqlalchemy import select, text

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.draws.drawing import DrawView
from mall.lottery.draws.winning import give_all_refused
from mall.lottery.models import LotteryWin
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.prizes.claiming import claim
from mall.prizes.expiring import expire_due
from mall.prizes.managing import cancel
from mall.prizes.models import CANCELED, EXPIRED, ORDERED, TAKEN_BACK, WAITING
from mall.rewards.commands import take_back
from tests.support.inventory import Units, stock, units
from tests.support.orders import Buyer, lines_of
from tests.support.prizes import claim_of_grant, due_now, grant_of

Step = Callable[[int], None]
_CLAIMS = text(
    """
    SELECT c.id, c.user_id, c.state, r.state AS back, count(o.id) AS orders,
           count(o.id) FILTER (WHERE o.status = 'paid' AND o.payable_fen = 0) AS live
    FROM prize_claims c
    LEFT JOIN lottery_returns r ON r.claim_id = c.id
    LEFT JOIN orders o ON o.kind = 'prize' AND o.choices ->> 'prize' = CAST(c.id AS text)
    WHERE c.sku_id = :sku_id GROUP BY c.id, r.claim_id
    """
)


@dataclass
class Claim:
    """Goods that one draw won. `back` says how the lottery decided on what wasn't claimed, `orders`
    counts the orders of it, those that were called off, too."""

    user_id: int
    number: int
    prize: int
    state: str = WAITING
    is_due: bool = False
    order_no: str = ""
    back: str | None = None
    orders: int = 0


@dataclass
class Goods:
    """The units of one SKU, which prizes of one lottery give, one at a time. `count` of them came
    in all; `owed` is what draws won when the shop had none, by number."""

    lottery_id: int
    sku_id: int
    count: int
    buyers: Mapping[int, Buyer]
    dice: Random
    seen: Counter[str]
    claims: dict[int, Claim] = field(default_factory=dict)
    owed: dict[int, Claim] = field(default_factory=dict)

    # -- what may happen ----------------------------------------------------------------

    def steps(self) -> list[Step]:
        """What may be done now, likelier things more than once."""
        steps: list[Step] = [self.restock] * (not self.sellable)
        steps += [self.give_owed] * 2 * bool(self.owed)
        if self.claims:
            steps += [self.claim] * 3 + [self.let_pass] * 3 + [self.end_one]
        if any(one.state == ORDERED for one in self.claims.values()):
            steps += [self.call_off]
        if any(one.is_due for one in self.claims.values()):
            steps += [self.expire] * 6
        return steps

    def won(self, made: DrawView, user_id: int) -> None:
        """A draw won a unit: it is set aside, or owed when there is none."""
        new = Claim(user_id, made.number, made.prize)
        assert made.refusal == (None if self.sellable else "out_of_stock")
        self.seen["goods won" if self.sellable else "goods owed"] += 1
        if self.sellable:
            self._given(new)
        else:
            self.owed[made.number] = new

    def restock(self, _user_id: int) -> None:
        """One more unit comes."""
        stock(self.sku_id, 1)
        self.count += 1

    def give_owed(self, _user_id: int) -> None:
        """What was refused is tried again: as many get theirs as there are units."""
        give_all_refused()
        for number in sorted(self.owed)[: self.sellable]:
            self._given(self.owed.pop(number))
            self.seen["goods given later"] += 1

    def claim(self, user_id: int) -> None:
        """A claim, now and then another shopper's, becomes one free order, once."""
        claim_id = self.dice.choice(list(self.claims))
        found = self.claims[claim_id]
        buyer = self.buyers[user_id if self.dice.random() < 0.3 else found.user_id]
        asks = lambda: claim(buyer.user_id, claim_id, buyer.address_id)  # noqa: E731
        code = self._why_not(found, buyer.user_id)
        self.seen["claimed twice"] += code == "prize_state_conflict" and found.state == ORDERED
        self.seen["late, before the sweep"] += code == "prize_claim_over" and found.is_due
        if code is not None:
            refused(self.seen, code, asks)
            return
        found.order_no = asks().order_no
        found.state = ORDERED
        found.orders += 1
        self.seen["claimed"] += 1

    def _why_not(self, found: Claim, user_id: int) -> str | None:
        refusals = {
            "prize_not_found": found.user_id != user_id,
            "prize_claim_over": found.is_due or found.state == EXPIRED,
            "prize_state_conflict": found.state != WAITING,
        }
        return next((code for code, holds in refusals.items() if holds), None)

    def let_pass(self, _user_id: int) -> None:
        """The deadline of a claim that waits is over; nobody has looked yet."""
        if any(one.state == WAITING for one in self.claims.values()):
            claim_id = self._any(WAITING)
            due_now(claim_id)
            self.claims[claim_id].is_due = True

    def expire(self, _user_id: int) -> None:
        """The sweep ends what is due: those units are for sale."""
        expire_due()
        for one in self.claims.values():
            if one.is_due:
                self.seen["expired"] += 1
                one.state, one.is_due = EXPIRED, False

    def call_off(self, _user_id: int) -> None:
        """Staff call an order off before it is sent: the prize waits again, with a new deadline."""
        found = self.claims[self._any(ORDERED)]
        line = lines_of(found.order_no)[0]
        request_refund(found.order_no, [RequestedLine(line.id, 1)], 0, "无法发货")
        found.state = WAITING
        self.seen["called off"] += 1

    def end_one(self, _user_id: int) -> None:
        """Staff cancel a claim, or take the reward back: that unit is for sale, and no prize of the
        lottery any more."""
        claim_id = self.dice.choice(list(self.claims))
        found, cancels = self.claims[claim_id], self.dice.random() < 0.5
        is_open = found.state in (WAITING, ORDERED)
        if not cancels:
            take_back(grant_of(claim_id).id)
        elif is_open:
            cancel(claim_id, "刷奖")
        else:
            refused(self.seen, "prize_state_conflict", lambda: cancel(claim_id, "刷奖"))
        if is_open:
            found.state, found.is_due = CANCELED if cancels else TAKEN_BACK, False
            self.seen[found.state] += 1

    def undecided(self, prize: int) -> list[Claim]:
        """What wasn't claimed of a prize and isn't decided on, by draw."""
        found = (one for one in self.claims.values() if one.state == EXPIRED and one.back is None)
        return sorted((one for one in found if one.prize == prize), key=lambda one: one.number)

    # -- what must be so ----------------------------------------------------------------

    @property
    def sellable(self) -> int:
        """What neither waits nor is ordered."""
        return self.count - self._in(WAITING) - self._in(ORDERED)

    def agrees(self) -> None:
        """Claims, stock, orders and what went back are those of the model."""
        with transaction() as session:
            rows = session.execute(_CLAIMS, {"sku_id": self.sku_id}).all()
        assert {row.id: tuple(row[1:]) for row in rows} == {
            key: (one.user_id, one.state, one.back, one.orders, one.state == ORDERED)
            for key, one in self.claims.items()
        }
        counted = Units(self.sellable, self._in(WAITING), self._in(ORDERED))
        assert units(self.sku_id) == counted

    # -- helpers ------------------------------------------------------------------------

    def _given(self, new: Claim) -> None:
        with transaction() as session:
            grant_id = session.scalars(
                select(LotteryWin.grant_id).where(
                    LotteryWin.lottery_id == self.lottery_id, LotteryWin.number == new.number
                )
            ).one()
        assert grant_id is not None
        self.claims[claim_of_grant(grant_id)] = new

    def _any(self, state: str) -> int:
        return self.dice.choice([key for key, one in self.claims.items() if one.state == state])

    def _in(self, state: str) -> int:
        return sum(one.state == state for one in self.claims.values())


def refused(seen: Counter[str], code: str, call: Callable[[], object]) -> None:
    """The call is refused with this code, which counts as seen."""
    seen[code] += 1
    with pytest.raises(MallError) as found:
        call()
    assert found.value.code == code
