"""Games, one by one."""

from __future__ import annotations

from mall.games.communities import feature as communities
from mall.games.packets import feature as packets
from mall.games.pets import feature as pets
from mall.games.races import feature as races
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the games."""
    mall.permissions(
        {
            "games:read": "查看游戏活动与数据",
            "games:write": "编辑游戏活动草稿",
            "games:publish": "公布、暂停、结束游戏活动",
        }
    )
    pets.install(mall)
    races.install(mall)
    packets.install(mall)
    communities.install(mall)
