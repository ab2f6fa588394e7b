"""What the model is fitted to: teams that are over, who looked at them, who joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

HOURS = 24
MAX_LIFE_H = 72
"""Hours of a team's life that count: of what came later too little is seen."""
MAX_MISSING = 10
"""More missing seats than these count as these."""
MAX_CIRCLE = 200


@dataclass(frozen=True, slots=True)
class PastTeam:
    """A team that is over.

    `circle` is the active circle of who opened the team, at that moment. `opened_hour` is the
    hour of the shop's day, `life_h` how many hours the team stayed open. `tied` and `untied`
    are the visitors who belonged to the circle and those who didn't. `members` have paid.
    """

    circle: int
    opened_hour: int
    life_h: int
    tied: int
    untied: int
    members: int


@dataclass(frozen=True, slots=True)
class VisitCell:
    """Visitors who met the same terms: of `visits`, so many `joins`.

    `reduction_bp` is how far the team's price stood below the shop's, `missing` the seats that
    were missing until the team is formed.
    """

    reduction_bp: int
    missing: int
    tied: bool
    visits: int
    joins: int


@dataclass(frozen=True, slots=True)
class History:
    """A shop's past. `arrivals` counts visits by (whole hours since the team opened, hour of
    the shop's day). `days` is the length of the time that is seen, `members` and `units` what
    all teams sold in it."""

    teams: Sequence[PastTeam]
    cells: Sequence[VisitCell]
    arrivals: Mapping[tuple[int, int], int]
    leaders: int
    members: int
    units: int
    days: float

    @property
    def visits(self) -> int:
        """All visits, of who led a team excepted."""
        return sum(cell.visits for cell in self.cells)

    @property
    def joins(self) -> int:
        """Visits that ended with a paid seat."""
        return sum(cell.joins for cell in self.cells)
