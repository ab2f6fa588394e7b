"""A lottery beside a plain model, any order of operations: compared after every step.

The model knows what may be refused, what everything costs, and what each draw brings: the dice say
so, and the shopper's nonce is one with which it comes. So each seed is the same story in each run.
What becomes of the goods is in `claims_model`; `verify` computes all draws again at the end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import ClassVar

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mall.kernel.db import transaction
from mall.lottery.campaigns.running import end, pause
from mall.lottery.chances.buying import buy_chances, return_unused
from mall.lottery.draws import queries
from mall.lottery.draws.drawing import draw
from mall.lottery.jobs import return_unclaimed
from mall.lottery.rules.table import Pool
from mall.rewards.commands import take_back
from mall.rewards.granting import Source, grant
from tests.lottery.claims_model import Goods, refused
from tests.support.catalog import make_sku
from tests.support.events import work_off
from tests.support.inventory import stock
from tests.support.lottery import (
    all_agree,
    chance_rule,
    draw_once,
    nonce_for,
    of_lottery,
    points_rule,
    prize,
    running_lottery,
    thanks,
)
from tests.support.orders import make_buyer
from tests.support.points import figures, give
from tests.support.prizes import goods_rule

TICKETS, PRICE, DAILY, UNITS = 14, 5, 7, 3
COUNTS, COSTS = (4, 1, 0, 0), (40, 50, 40, 0)
"""Of the prizes: counted goods, counted points, goods by weight, the thank-you."""
GOODS, POINTS, GUARANTEED, THANKS = 0, 1, 2, 3
THANKS_WEIGHT = 4
BUDGET, GUARANTEE, GIVEN = 260, 3, 3
"""`GIVEN` is how many chances a grant gives."""


class LotteryMachine(RuleBasedStateMachine):
    """Two shoppers in one lottery. Those of earlier examples stay; nobody looks at them again."""

    seen: ClassVar[Counter[str]] = Counter()
    seed: ClassVar[int] = 0

    @initialize(number=st.integers(0, 2**63))
    def open(self, number: int) -> None:
        self.dice = Random(f"{self.seed}:{number}")
        buyers = {buyer.user_id: buyer for buyer in (make_buyer(), make_buyer())}
        self.shoppers = list(buyers)
        self.weight = self.dice.choice((0, 0, 0, 1))
        sku_id = stock(make_sku(COSTS[GOODS], on_sale=False), UNITS)
        self.lottery_id = running_lottery(
            prize(goods_rule(sku_id), count=COUNTS[GOODS]),
            prize(points_rule(COSTS[POINTS]), count=COUNTS[POINTS]),
            prize(goods_rule(sku_id), weight=self.weight),
            thanks(THANKS_WEIGHT),
            tickets=TICKETS,
            price_points=PRICE,
            daily_draws=DAILY,
            budget_fen=BUDGET,
            guarantee={"draws": GUARANTEE, "prize": GUARANTEED},
        )
        self.goods = Goods(self.lottery_id, sku_id, UNITS, buyers, self.dice, self.seen)
        self.rule_id = chance_rule(self.lottery_id, GIVEN)
        self.given, self.bought = Counter[int](), Counter[int]()
        self.points, self.draws, self.dry = Counter[int](), Counter[int](), Counter[int]()
        self.won = Counter[int]()
        self.grants: list[tuple[int, int]] = []
        self.left, self.version = list(COUNTS), 1
        self.budget, self.spent, self.events = BUDGET, 0, 0
        self.is_paused = self.is_over = False
        for user_id in self.shoppers:
            give(user_id, 3 * PRICE)
            self.points[user_id] = 3 * PRICE

    @rule()
    def step(self) -> None:
        """Thrown with dice of our own: hypothesis repeats values that it has drawn."""
        dice, user_id = self.dice, self.dice.choice(self.shoppers)
        steps: list[Callable[[int], None]] = [self._give, self._buy, self._take_back, self._draw]
        if not self.is_over:
            steps += [self._give] * (2 if self.given[user_id] else 5)
            steps += [self._draw] * (8 if self._why_not(user_id) is None else 1)
            steps += [self._pause] * (4 if self.is_paused else dice.random() < 0.5)
            steps += [self._end] * (self.draws.total() > 8 and dice.random() < 0.5)
        steps += self.goods.steps()
        steps += [self._put_back] * 6 * bool(self.goods.undecided(GOODS))
        chosen = dice.choice(steps)
        note(f"{chosen.__name__} {user_id}")
        chosen(user_id)

    def _give(self, user_id: int) -> None:
        self.events += 1
        event = f"{self.events}"
        for _ in range(2):
            if self.is_over:
                refused(self.seen, "lottery_over", lambda: self._grant(user_id, event))
            else:
                grant_id = self._grant(user_id, event)
        if not self.is_over:
            self.grants.append((user_id, grant_id))
            self.given[user_id] += GIVEN
            self.points[user_id] += 1  # of the rule

    def _grant(self, user_id: int, event: str) -> int:
        with transaction() as session:
            return grant(session, user_id, Source(self.rule_id, event)).id

    def _take_back(self, _user_id: int) -> None:
        if self.grants:
            owner, grant_id = self.grants.pop()
            take_back(grant_id)
            self.seen["used before"] += self.given[owner] < GIVEN
            self.given[owner] = max(self.given[owner] - GIVEN, 0)
            self.points[owner] -= 1

    def _buy(self, user_id: int) -> None:
        buys = lambda: buy_chances(user_id, self.lottery_id, 1, PRICE)  # noqa: E731
        if self.is_over:
            refused(self.seen, "lottery_over", buys)
        elif self.is_paused:
            refused(self.seen, "lottery_paused", buys)
        elif self.points[user_id] < PRICE:
            refused(self.seen, "points_short", buys)
        else:
            buys()
            self.points[user_id] -= PRICE
            self.bought[user_id] += 1

    def _draw(self, user_id: int) -> None:
        code = self._why_not(user_id)
        if code is not None:
            refused(self.seen, code, lambda: draw_once(user_id, self.lottery_id))
            return
        came = self._thrown(user_id)
        pool = Pool(self.draws.total(), tuple(self.left))
        nonce = nonce_for(self.lottery_id, pool, self.dry[user_id], came)
        made = draw(user_id, self.lottery_id, nonce)
        assert made.number == self.draws.total() + 1
        assert (made.prize, made.guaranteed) == came
        self.draws[user_id] += 1
        if self.given[user_id]:
            self.given[user_id] -= 1
        else:
            self.bought[user_id] -= 1
            self.seen["bought used"] += 1
        self.dry[user_id] = self.dry[user_id] + 1 if made.prize == THANKS else 0
        assert self.dry[user_id] < GUARANTEE
        self.seen["guaranteed"] += made.guaranteed
        self.left[made.prize] -= COUNTS[made.prize] > 0
        self.spent += COSTS[made.prize]
        if made.prize == POINTS:
            self.points[user_id] += COSTS[POINTS]
        elif made.prize != THANKS:
            self.goods.won(made, user_id)
        self.won[made.prize] += 1
        self.seen["with the budget that came back"] += self.spent > BUDGET
        self.seen["won again"] += made.prize == GOODS and self.won[GOODS] > COUNTS[GOODS]

    def _thrown(self, user_id: int) -> tuple[int, bool]:
        """What is drawn next: the prize, and whether the guarantee gives it."""
        weights = [0, 0, self.weight, THANKS_WEIGHT]
        plain = TICKETS - self.draws.total() - sum(self.left)
        shares = [
            left * sum(weights) + plain * weight
            for left, weight in zip(self.left, weights, strict=True)
        ]
        (place,) = self.dice.choices(range(4), shares)
        is_due = place == THANKS and self.dry[user_id] + 1 >= GUARANTEE
        return (GUARANTEED if is_due else place), is_due

    def _why_not(self, user_id: int) -> str | None:
        drawn = self.draws.total()
        by_weight = TICKETS - drawn > sum(self.left)
        may_come = (*(left > 0 for left in self.left[:GUARANTEED]), by_weight)
        dearest = max(cost * may for cost, may in zip(COSTS, may_come, strict=False))
        refusals = {
            "lottery_over": self.is_over,
            "lottery_no_chance": not self.given[user_id] + self.bought[user_id],
            "lottery_paused": self.is_paused,
            "lottery_drawn_out": drawn >= TICKETS,
            "lottery_budget_spent": self.spent + dearest > self.budget,
            "lottery_daily_cap": self.draws[user_id] >= DAILY,
        }
        return next((code for code, holds in refusals.items() if holds), None)

    def _put_back(self, _user_id: int) -> None:
        """Goods that weren't claimed go back into the box: while the lottery runs (paused, too), a
        ticket without a counted prize is left, and no prize by weight would come less often."""
        work_off()
        return_unclaimed()
        version = self.version
        for one in self.goods.undecided(GOODS):
            plain = TICKETS - self.draws.total() - sum(self.left)
            if self.is_over or self.draws.total() == TICKETS:
                one.back = "lottery_over"
            elif self.weight or not plain:
                one.back = "lottery_not_in_favour"
            else:
                one.back, version = "returned", self.version + 1
                self.left[GOODS] += 1
                self.budget += COSTS[GOODS]
                self.seen["returned while paused"] += self.is_paused
            self.seen[f"goods: {one.back}"] += 1
        self.seen["guaranteed goods stay"] += bool(self.goods.undecided(GUARANTEED))
        self.version = version

    def _pause(self, _user_id: int) -> None:
        self.is_paused = not self.is_paused
        pause(self.lottery_id, self.is_paused)

    def _end(self, _user_id: int) -> None:
        end(self.lottery_id, "结束")
        self.is_over = True
        return_unused()
        self.seen["bought, back in points"] += self.bought.total() > 0
        for user_id in self.shoppers:
            self.points[user_id] += PRICE * self.bought[user_id]
        self.bought.clear()

    @invariant()
    def agrees(self) -> None:
        """Chances, points, counts and budget are those of the model."""
        with transaction() as session:
            standing = [queries.standing(session, self.lottery_id, one) for one in self.shoppers]
        for user_id, shown in zip(self.shoppers, standing, strict=True):
            assert (shown["given"], shown["bought"], shown["drawn"]) == (
                *(self.given[user_id], self.bought[user_id]),
                self.draws[user_id],
            )
            available, _, _, debt = figures(user_id)
            assert available - debt == self.points[user_id]
        row = of_lottery(self.lottery_id, "to_jsonb(lotteries)")
        assert row["left_counts"] == self.left
        assert min(self.left) >= 0
        assert (row["version"], row["drawn"]) == (self.version, self.draws.total())
        assert (row["budget_fen"], row["spent_fen"]) == (self.budget, self.spent)
        assert self.spent <= self.budget
        self.goods.agrees()

    def teardown(self) -> None:
        """Every draw is what the secret and the table make of it."""
        if hasattr(self, "lottery_id"):
            all_agree(self.lottery_id)
