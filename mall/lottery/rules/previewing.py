"""What a lottery may cost: expected and worst, before anybody has drawn. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from mall.lottery.rules.table import THANKS, Table, odds


@dataclass(frozen=True, slots=True)
class Preview:
    """Of `draws` draws, in fen. `expected_fen` takes the guarantee for shoppers who draw on and
    on, so fewer get it. `worst_fen` is the dearest that can happen, never above the budget."""

    draws: int
    expected_fen: int
    worst_fen: int


def preview(table: Table, costs_fen: Sequence[int], draws: int) -> Preview:
    """What so many draws may cost; at most as many as there are tickets."""
    if table.tickets is not None:
        draws = min(draws, table.tickets)
    chances = [float(one) for one in odds(table)]
    each = sum(chance * cost for chance, cost in zip(chances, costs_fen, strict=True))
    if table.guarantee is not None:
        each += guaranteed_share(table) * costs_fen[table.guarantee.prize]
    expected, worst = ceil(each * draws), _worst(table, costs_fen, draws)
    if table.budget_fen is not None:
        expected, worst = min(expected, table.budget_fen), min(worst, table.budget_fen)
    return Preview(draws, expected, worst)


def guaranteed_share(table: Table) -> float:
    """Which part of the draws of a shopper who draws on and on is won by the guarantee."""
    if table.guarantee is None:
        return 0.0
    win = float(
        sum(
            one
            for one, prize in zip(odds(table), table.prizes, strict=True)
            if prize.kind != THANKS
        )
    )
    dry = (1 - win) ** table.guarantee.draws
    return dry * win / (1 - dry) if win else 1 / table.guarantee.draws


def _worst(table: Table, costs_fen: Sequence[int], draws: int) -> int:
    """The dearest counted prizes and the dearest one by weight, as far as the tickets go."""
    plain = draws if table.tickets is None else min(draws, table.tickets - table.counted)
    guaranteed = table.guarantee.prize if table.guarantee else None
    lots: list[tuple[int, int]] = []
    dearest = 0
    for place, (cost, prize) in enumerate(zip(costs_fen, table.prizes, strict=True)):
        if prize.weight is None:
            lots.append((cost, prize.count or 0))
        elif prize.weight or place == guaranteed:
            dearest = max(dearest, cost)
    total = 0
    for cost, units in sorted([*lots, (dearest, plain)], reverse=True):
        taken = min(units, draws)
        total, draws = total + taken * cost, draws - taken
    return total
