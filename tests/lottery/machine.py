"""A lottery beside a plain model, any order of operations: compared after every step.

The model knows what may be refused and what everything costs; what a draw brings it takes from the
lottery, and `verify` computes it again at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import ClassVar

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.campaigns.running import end, pause
from mall.lottery.chances.buying import buy_chances, return_unused
from mall.lottery.draws import queries
from mall.rewards.commands import take_back
from mall.rewards.granting import Source, grant
from tests.support.lottery import (
    all_agree,
    chance_rule,
    draw_once,
    of_lottery,
    points_rule,
    prize,
    running_lottery,
    thanks,
)
from tests.support.points import figures, give
from tests.support.users import make_shopper

TICKETS, COUNT, PRICE, DAILY = 12, 2, 5, 6
PRIZES = (50, 10, 0)
"""What the prizes are worth in points: two of the first, the second by weight, the thank-you."""
BUDGET, GUARANTEE = 150, 3


class LotteryMachine(RuleBasedStateMachine):
    """Two shoppers in one lottery. Those of earlier examples stay; nobody looks at them again."""

    seen: ClassVar[Counter[str]] = Counter()
    seed: ClassVar[int] = 0

    @initialize(number=st.integers(0, 2**63))
    def open(self, number: int) -> None:
        self.dice = Random(f"{self.seed}:{number}")
        self.shoppers = [make_shopper()[0] for _ in range(2)]
        rules = [points_rule(points) for points in PRIZES[:2]]
        self.lottery_id = running_lottery(
            *(prize(rules[0], count=COUNT), prize(rules[1], weight=1), thanks(4)),
            tickets=TICKETS,
            price_points=PRICE,
            daily_draws=DAILY,
            budget_fen=BUDGET,
            guarantee={"draws": GUARANTEE, "prize": 1},
        )
        self.rule_id = chance_rule(self.lottery_id, 2)
        self.given, self.bought = Counter[int](), Counter[int]()
        self.points, self.draws, self.dry = Counter[int](), Counter[int](), Counter[int]()
        self.grants: list[tuple[int, int]] = []
        self.left, self.spent, self.events = COUNT, 0, 0
        self.is_paused = self.is_over = False
        for user_id in self.shoppers:
            give(user_id, 3 * PRICE)
            self.points[user_id] = 3 * PRICE

    @rule()
    def step(self) -> None:
        """Thrown with dice of our own: hypothesis repeats values that it has drawn."""
        dice = self.dice
        steps: list[Callable[[int], None]] = [self._give, self._give, self._buy, self._take_back]
        steps += [self._draw] * 6
        steps += [self._pause] * (2 if self.is_paused else dice.random() < 0.5)
        steps += [self._end] * (dice.random() < 0.2)
        chosen, user_id = dice.choice(steps), dice.choice(self.shoppers)
        note(f"{chosen.__name__} {user_id}")
        chosen(user_id)

    def _give(self, user_id: int) -> None:
        self.events += 1
        event = f"{self.events}"
        for _ in range(2):
            if self.is_over:
                self._refused("lottery_over", lambda: self._grant(user_id, event))
            else:
                grant_id = self._grant(user_id, event)
        if not self.is_over:
            self.grants.append((user_id, grant_id))
            self.given[user_id] += 2
            self.points[user_id] += 1  # of the rule

    def _grant(self, user_id: int, event: str) -> int:
        with transaction() as session:
            return grant(session, user_id, Source(self.rule_id, event)).id

    def _take_back(self, _user_id: int) -> None:
        if self.grants:
            owner, grant_id = self.grants.pop()
            take_back(grant_id)
            self.seen["used before"] += self.given[owner] < 2
            self.given[owner] = max(self.given[owner] - 2, 0)
            self.points[owner] -= 1

    def _buy(self, user_id: int) -> None:
        buys = lambda: buy_chances(user_id, self.lottery_id, 1, PRICE)  # noqa: E731
        if self.is_over:
            self._refused("lottery_over", buys)
        elif self.is_paused:
            self._refused("lottery_paused", buys)
        elif self.points[user_id] < PRICE:
            self._refused("points_short", buys)
        else:
            buys()
            self.points[user_id] -= PRICE
            self.bought[user_id] += 1

    def _draw(self, user_id: int) -> None:
        code = self._why_not(user_id)
        if code is not None:
            self._refused(code, lambda: draw_once(user_id, self.lottery_id))
            return
        made = draw_once(user_id, self.lottery_id)
        assert made.number == self.draws.total() + 1
        self.draws[user_id] += 1
        if self.given[user_id]:
            self.given[user_id] -= 1
        else:
            self.bought[user_id] -= 1
            self.seen["bought used"] += 1
        self.dry[user_id] = self.dry[user_id] + 1 if made.kind == "thanks" else 0
        assert self.dry[user_id] < GUARANTEE
        self.seen["guaranteed"] += made.guaranteed
        self.left -= made.prize == 0
        self.spent += PRIZES[made.prize]
        self.points[user_id] += PRIZES[made.prize]

    def _why_not(self, user_id: int) -> str | None:
        drawn = self.draws.total()
        plain = TICKETS - drawn > self.left
        dearest = PRIZES[0] if self.left else PRIZES[1] if plain else 0
        refusals = {
            "lottery_over": self.is_over,
            "lottery_no_chance": not self.given[user_id] + self.bought[user_id],
            "lottery_paused": self.is_paused,
            "lottery_drawn_out": drawn >= TICKETS,
            "lottery_budget_spent": self.spent + dearest > BUDGET,
            "lottery_daily_cap": self.draws[user_id] >= DAILY,
        }
        return next((code for code, holds in refusals.items() if holds), None)

    def _pause(self, _user_id: int) -> None:
        if not self.is_over:
            self.is_paused = not self.is_paused
            pause(self.lottery_id, self.is_paused)

    def _end(self, _user_id: int) -> None:
        if self.is_over:
            return
        end(self.lottery_id, "结束")
        self.is_over = True
        return_unused()
        self.seen["returned"] += self.bought.total() > 0
        for user_id in self.shoppers:
            self.points[user_id] += PRICE * self.bought[user_id]
        self.bought.clear()

    def _refused(self, code: str, call: Callable[[], object]) -> None:
        self.seen[code] += 1
        with pytest.raises(MallError) as refused:
            call()
        assert refused.value.code == code

    @invariant()
    def agrees(self) -> None:
        """Chances, points, counts and budget are those of the model."""
        for user_id in self.shoppers:
            with transaction() as session:
                shown = queries.standing(session, self.lottery_id, user_id)
            assert (shown["given"], shown["bought"], shown["drawn"]) == (
                *(self.given[user_id], self.bought[user_id]),
                self.draws[user_id],
            )
            available, _, _, debt = figures(user_id)
            assert available - debt == self.points[user_id]
        assert of_lottery(self.lottery_id, "spent_fen") == self.spent <= BUDGET
        assert of_lottery(self.lottery_id, "left_counts")[0] == self.left >= 0

    def teardown(self) -> None:
        """Every draw is what the secret and the table make of it."""
        if hasattr(self, "lottery_id"):
            all_agree(self.lottery_id)
