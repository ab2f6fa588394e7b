"""What an order has beside its goods and its money, for people to read: points, chances.

The core shows it as the participants say it, and never asks what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extra:
    """Something beside the money, in words for the shopper: 使用积分, 300 积分.

    `quantity` is the number of `text`, in the participant's own unit.
    """

    participant: str
    label: str
    text: str
    quantity: int


@dataclass(frozen=True, slots=True)
class LineBack:
    """What of a line has gone back in all: `units` with `refunded_fen`, and `rebated_fen` for
    units that are kept."""

    units: int = 0
    refunded_fen: int = 0
    rebated_fen: int = 0

    def and_then(self, units: int, fen: int) -> LineBack:
        """The same with `units` and `fen` more; without units it is a rebate."""
        return LineBack(
            self.units + units,
            self.refunded_fen + (fen if units else 0),
            self.rebated_fen + (0 if units else fen),
        )


LinesBack = Mapping[int, LineBack]
"""By the position of the line; a line that isn't named gave nothing back."""
