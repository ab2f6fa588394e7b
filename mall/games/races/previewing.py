"""What the prizes of a race cost at worst: every rank is there, every team is full."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from mall.games.races.terms import PrizeTerm, Terms
from mall.rewards.granters import cost_fen, read_reward


@dataclass(frozen=True, slots=True)
class PrizeCost:
    """Of one prize: to how many shoppers it goes at most, and what one and all cost, in fen; None
    where nobody can say what a part of the reward costs."""

    name: str
    first_rank: int
    last_rank: int
    shoppers: int
    one_fen: int | None
    worst_fen: int | None


def prize_costs(session: Session, terms: Terms) -> list[PrizeCost]:
    """The cost of each prize, as its granters price it now. Raises RewardUnknown."""
    return [_cost(session, terms, prize) for prize in terms.prizes]


def worst_cost(costs: list[PrizeCost]) -> int | None:
    """Of all together; None where one has no price."""
    known = [one.worst_fen for one in costs if one.worst_fen is not None]
    return sum(known) if len(known) == len(costs) else None


def _cost(session: Session, terms: Terms, prize: PrizeTerm) -> PrizeCost:
    one_fen = cost_fen(session, read_reward(prize.reward))
    shoppers = prize.ranks * terms.team_size
    worst_fen = None if one_fen is None else one_fen * shoppers
    return PrizeCost(prize.name, prize.first_rank, prize.last_rank, shoppers, one_fen, worst_fen)
