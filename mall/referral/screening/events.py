"""The fact of screening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class ScreeningDecided(Event):
    """How a binding stands has changed; read it anew by `screening.standing`."""

    name: ClassVar[str] = "referral.screening_decided"
    binding_id: int
    invitee_id: int
    status: str
