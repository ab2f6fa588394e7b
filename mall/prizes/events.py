"""Facts about prizes. A handler re-reads the claim: by then it may have moved on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class PrizeWaiting(Event):
    """A prize waits for its shopper's address: it was given, or its order was called off."""

    name: ClassVar[str] = "prizes.waiting"
    claim_id: int
    user_id: int


@dataclass(frozen=True)
class PrizeExpired(Event):
    """Nobody claimed a prize in time (or the account was closed): its units are for sale again.

    Whoever gave it finds it by the grant, and may give it to somebody else.
    """

    name: ClassVar[str] = "prizes.expired"
    claim_id: int
    user_id: int
    sku_id: int
    units: int
    grant_id: int
