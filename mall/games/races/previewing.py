"""What the prizes of a race cost: expected, by how many teams there will be, and at worst, when
every rank is there and every team is full."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.games.races.terms import PrizeTerm, Terms
from mall.rewards.granters import cost_fen, read_reward


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many teams will score, and how many members each of them has; None is as many as get a
    prize, and full ones."""

    teams: int | None = None
    members: int | None = None


@dataclass(frozen=True, slots=True)
class PrizeCost:
    """Of one prize: to how many shoppers it goes at most, and what one, the expected ones and all
    cost, in fen; None where nobody can say what a part of the reward costs."""

    name: str
    first_rank: int
    last_rank: int
    shoppers: int
    one_fen: int | None
    expected_fen: int | None
    worst_fen: int | None


def prize_costs(session: Session, terms: Terms, expected: Turnout) -> list[PrizeCost]:
    """The cost of each prize, as its granters price it now. Raises RewardUnknown."""
    return [_cost(session, terms, prize, expected) for prize in terms.prizes]


def together(costs: Iterable[int | None]) -> int | None:
    """The cost of all; None where one has no price."""
    total = 0
    for one in costs:
        if one is None:
            return None
        total += one
    return total


def _cost(session: Session, terms: Terms, prize: PrizeTerm, expected: Turnout) -> PrizeCost:
    one_fen = cost_fen(session, read_reward(prize.reward))
    shoppers = prize.ranks * terms.team_size
    ranks, members = prize.ranks, terms.team_size
    if expected.teams is not None:
        ranks = max(min(prize.last_rank, expected.teams) - prize.first_rank + 1, 0)
    if expected.members is not None:
        members = min(expected.members, members)
    return PrizeCost(
        name=prize.name,
        first_rank=prize.first_rank,
        last_rank=prize.last_rank,
        shoppers=shoppers,
        one_fen=one_fen,
        expected_fen=None if one_fen is None else one_fen * ranks * members,
        worst_fen=None if one_fen is None else one_fen * shoppers,
    )
