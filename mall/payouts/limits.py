"""What WeChat transfers (商家转账, 2025), as data. In fen.

The first bounds no shop can change. `COMPANY` is what a merchant has at first, an individual
business less (`docs/payouts.md`); what a merchant was granted is entered as settings.
"""

from __future__ import annotations

from dataclasses import dataclass

LEAST_FEN = 10
"""0.10 yuan."""
NAMELESS_BELOW_FEN = 30
"""Below 0.30 yuan WeChat takes no name of the receiver."""
NAME_FROM_FEN = 200_000
"""From 2,000 yuan on the receiver's real name is needed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of one transfer, to one person a day, of the merchant a day and a month."""

    single_fen: int
    person_day_fen: int
    merchant_day_fen: int
    merchant_month_fen: int


COMPANY = Limits(20_000, 200_000, 5_000_000, 3_000_000_000)
