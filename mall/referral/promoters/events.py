"""Facts about promoters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class PromoterChanged(Event):
    """A promoter's status, level or accepted agreement is another one. Handlers read it anew."""

    name: ClassVar[str] = "referral.promoter_changed"
    user_id: int
