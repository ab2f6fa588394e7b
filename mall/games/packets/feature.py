"""Expanding red packets."""

from __future__ import annotations

from mall.compliance.running import CAMPAIGN_SOURCES
from mall.games.packets import admin, routes
from mall.games.packets.demo import load_demo_packets
from mall.games.packets.describing import PACKET_CAMPAIGNS
from mall.games.packets.events import PacketOpened
from mall.games.packets.growing import grow_on_checked_in, grow_on_packet_opened
from mall.games.packets.in_use import WARM_UPS
from mall.games.packets.invariants import INVARIANTS
from mall.kernel.features import Mall
from mall.missions.checkin.events import CheckedIn


def install(mall: Mall) -> None:
    """Declare expanding red packets."""
    mall.blueprints(routes.blp, admin.blp)
    mall.on(CheckedIn, "packets.grow", grow_on_checked_in, is_wanted=WARM_UPS)
    mall.on(PacketOpened, "packets.count_first", grow_on_packet_opened)
    mall.add(CAMPAIGN_SOURCES, PACKET_CAMPAIGNS)
    mall.invariants(*INVARIANTS)
    mall.demo("red packets", load_demo_packets)
