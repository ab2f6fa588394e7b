"""The account of a shopper: its lock, and the one way to write an entry.

Every change locks the account first, so all that one shopper's points do happens one after the
other, and lots need no locks of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from mall.kernel.ledger import Ledger
from mall.points.ledger.errors import PointsShort


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry changes, in points."""

    available: int = 0
    frozen: int = 0
    held: int = 0
    debt: int = 0


_LEDGER = Ledger("points_accounts", "points_entries", Change, PointsShort)
writing, lock, entry_of = _LEDGER.writing, _LEDGER.lock, _LEDGER.entry_of
write, write_by = _LEDGER.write, _LEDGER.write_by
WRITE = writing()
