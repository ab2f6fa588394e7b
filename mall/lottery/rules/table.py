"""The table of a lottery: its terms as they are published, their canonical JSON and its hash.

Pure: no database, no HTTP. A table says what a draw may bring and how likely that is:

- A prize has either a `count` or a `weight`. Counted prizes lie in a box of `tickets`, one ticket
  a draw: each draw takes one of the tickets that are left, so after the last ticket exactly
  `count` of each were won. There is no draw after the last ticket.
- A ticket without a counted prize is decided by the weights: `weight` / the sum of all weights.
- The `guarantee` counts a shopper's draws in a row that won nothing. When one more would reach its
  number, the thank-you prize is replaced by the guaranteed one. Other odds stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from mall.rewards.granters import Reward, read_reward, write_reward

REWARD, THANKS = "reward", "thanks"
"""A prize that is given as a reward; 谢谢参与, which gives nothing."""
PRIZE_KINDS = (REWARD, THANKS)
FREE_ORDER = "free_order"
"""The kind of the reward that makes an order of a group-buy free; `what` is the activity's id."""
PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Prize:
    """One line of the table, found by its place from 0. One of `count` and `weight` is set.

    `worth_fen` is its market price. `rule_id` is the reward rule that it is given under.
    """

    name: str
    kind: str
    worth_fen: int
    count: int | None
    weight: int | None
    rule_id: int | None
    reward: Reward


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Of `draws` in a row one wins: where none did, the last one wins the prize at `prize`."""

    draws: int
    prize: int


@dataclass(frozen=True, kw_only=True)
class Table:
    """All that is published of one version. Amounts are fen, times UTC.

    `tickets` is how many draws there are in all, None where no prize is counted. `daily_draws`
    bounds a shopper's draws a shop day, `price_points` is what a chance costs (None: not sold),
    `budget_fen` what prizes may cost in all (None: no limit). `commitment` is the SHA-256 of the
    secret.
    """

    lottery_id: int
    version: int
    name: str
    text: str
    starts_at: datetime
    ends_at: datetime
    tickets: int | None
    prizes: tuple[Prize, ...]
    guarantee: Guarantee | None
    daily_draws: int | None
    price_points: int | None
    budget_fen: int | None
    commitment: str

    @cached_property
    def weights(self) -> int:
        """The sum of all weights."""
        return sum(prize.weight or 0 for prize in self.prizes)

    @cached_property
    def weight_sums(self) -> tuple[int, ...]:
        """The sum of the weights up to each prize."""
        return tuple(accumulate(prize.weight or 0 for prize in self.prizes))

    @property
    def counted(self) -> int:
        """How many tickets have a counted prize."""
        return sum(prize.count or 0 for prize in self.prizes)

    @property
    def counts(self) -> tuple[int, ...]:
        """The count of each prize, 0 for one by weight."""
        return tuple(prize.count or 0 for prize in self.prizes)


class Pool(NamedTuple):
    """What is left: after `drawn` draws, so many of each counted prize (0 for one by weight)."""

    drawn: int
    left: tuple[int, ...]


def full_pool(table: Table) -> Pool:
    """The pool before the first draw."""
    return Pool(0, table.counts)


def canonical(table: Table) -> str:
    """The table as JSON that is the same for all: sorted keys, no spaces, UTF-8."""
    guarantee = table.guarantee
    shown = {
        "lottery_id": table.lottery_id,
        "version": table.version,
        "name": table.name,
        "text": table.text,
        "starts_at": _written(table.starts_at),
        "ends_at": _written(table.ends_at),
        "tickets": table.tickets,
        "prizes": [_shown(prize) for prize in table.prizes],
        "guarantee": guarantee and {"draws": guarantee.draws, "prize": guarantee.prize},
        "daily_draws": table.daily_draws,
        "price_points": table.price_points,
        "budget_fen": table.budget_fen,
        "commitment": table.commitment,
    }
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(text: str) -> str:
    """SHA-256 of a canonical table, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=64)
def read_table(text: str) -> Table:
    """The table of a canonical JSON."""
    stored = json.loads(text)
    guarantee = stored["guarantee"]
    return Table(
        **{name: stored[name] for name in ("lottery_id", "version", "name", "text", "tickets")},
        **{name: stored[name] for name in ("daily_draws", "price_points", "budget_fen")},
        starts_at=datetime.fromisoformat(stored["starts_at"]),
        ends_at=datetime.fromisoformat(stored["ends_at"]),
        prizes=tuple(_read_prize(one) for one in stored["prizes"]),
        guarantee=guarantee and Guarantee(guarantee["draws"], guarantee["prize"]),
        commitment=stored["commitment"],
    )


def odds(table: Table, pool: Pool | None = None) -> list[Fraction]:
    """How likely the next draw brings each prize, without the guarantee; by default the first."""
    pool = pool or full_pool(table)
    tickets = Fraction(1) if table.tickets is None else Fraction(table.tickets - pool.drawn)
    if not tickets:
        return [Fraction(0) for _ in table.prizes]
    plain = Fraction(1) if table.tickets is None else 1 - sum(pool.left) / tickets
    by_weight = plain / table.weights if table.weights else Fraction(0)
    return [
        pool.left[place] / tickets if prize.weight is None else prize.weight * by_weight
        for place, prize in enumerate(table.prizes)
    ]


def dearest_fen(table: Table, costs_fen: Sequence[int], pool: Pool) -> int:
    """What the next draw may cost at most."""
    by_weight = table.tickets is None or table.tickets - pool.drawn > sum(pool.left)
    guaranteed = table.guarantee.prize if table.guarantee and by_weight else None
    return max(
        cost
        for place, (cost, prize) in enumerate(zip(costs_fen, table.prizes, strict=True))
        if pool.left[place] or (by_weight and prize.weight) or place == guaranteed
    )


def free_activities(table: Table) -> set[int]:
    """The group-buy activities of which the prizes make orders free."""
    parts = (part for prize in table.prizes for part in prize.reward)
    return {int(part.what) for part in parts if part.kind == FREE_ORDER}


def ppm(odds: Fraction) -> int:
    """Odds in millionths, rounded to the nearest."""
    return round(odds * PPM)


def _shown(prize: Prize) -> Mapping[str, Any]:
    return {
        "name": prize.name,
        "kind": prize.kind,
        "worth_fen": prize.worth_fen,
        "count": prize.count,
        "weight": prize.weight,
        "rule_id": prize.rule_id,
        "reward": write_reward(prize.reward),
    }


def _read_prize(stored: Mapping[str, Any]) -> Prize:
    return Prize(
        name=stored["name"],
        kind=stored["kind"],
        worth_fen=stored["worth_fen"],
        count=stored["count"],
        weight=stored["weight"],
        rule_id=stored["rule_id"],
        reward=read_reward(stored["reward"]),
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
