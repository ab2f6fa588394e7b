"""Facts about packets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class PacketOpened(Event):
    """A shopper opened the packet of a campaign: once."""

    name: ClassVar[str] = "games.packet_opened"
    campaign_id: int
    user_id: int
