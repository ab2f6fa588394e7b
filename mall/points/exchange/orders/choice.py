"""What an exchange order was chosen by: the item and its price, kept in the order's choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mall.points.exchange.kinds import PARTICIPANT


@dataclass(frozen=True, slots=True)
class Choice:
    """An item at a price, in points and fen a unit."""

    item_id: int
    points: int
    cash_fen: int

    def as_choices(self) -> dict[str, str]:
        """As the order keeps it: `exchange: <item>:<points>:<fen>`."""
        return {PARTICIPANT: f"{self.item_id}:{self.points}:{self.cash_fen}"}


def chosen(choices: Mapping[str, str]) -> Choice:
    """The choice of an order of the points mall."""
    item_id, points, cash_fen = choices[PARTICIPANT].split(":")
    return Choice(int(item_id), int(points), int(cash_fen))
