"""How much commission a line pays. Pure; amounts in fen, rates in 1/10,000 (10,000 is all)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mall.kernel.money import share
from mall.referral.commission.line_models import ALL, CATEGORY, SKU

MAX_LEVELS = 2
"""Nobody is paid for what is further away, whatever the setting says."""
WHOLE_BP = 10_000
Place = tuple[str, int, int | None]
"""(scope, the id in it, the promoter's level; None for any)."""
Rates = tuple[int, int]
"""(for who brought the buyer, for who brought that promoter)."""
NONE: Rates = (0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """The rates of one version. A SKU's count before its category's, the nearest category of the
    tree before those above it, all goods last; in each the promoter's own level before any."""

    version: int
    rates: Mapping[Place, Rates]

    def rate_bp(self, sku_id: int, path: str, promoter_level_id: int, level: int) -> int:
        """What a SKU whose category stands at `path` ("/1/5/") pays to a promoter at `level`."""
        if not 1 <= level <= MAX_LEVELS:
            return 0
        places = _places(sku_id, path, promoter_level_id)
        return next((self.rates[one] for one in places if one in self.rates), NONE)[level - 1]


def _places(sku_id: int, path: str, promoter_level_id: int) -> Iterator[Place]:
    goods = [(SKU, sku_id)]
    goods += [(CATEGORY, int(part)) for part in reversed(path.strip("/").split("/")) if part]
    for scope, scope_id in (*goods, (ALL, 0)):
        yield scope, scope_id, promoter_level_id
        yield scope, scope_id, None


def kept(base_fen: int, back_fen: int, rate_bp: int) -> int:
    """The commission of what is left of a line, rounded down. What is reversed is the difference
    to the whole line's, so all reversals together come out to the fen."""
    return share(base_fen - back_fen, rate_bp)
