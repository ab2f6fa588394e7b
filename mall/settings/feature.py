"""Settings: their memory in each process. The staff's routes stand in `mall.staff`."""

from __future__ import annotations

from mall.config.moved import moved_variables
from mall.kernel.features import Mall
from mall.kernel.invariants import AttentionList
from mall.settings.snapshot import init_settings
from mall.settings.store import unfit_settings

_UNFIT = AttentionList(
    "unfit_settings", "Stored settings that are not in force", "未生效的设置", find=unfit_settings
)
_MOVED = AttentionList(
    "moved_variables",
    "Variables of the environment that nothing reads: change the setting, remove them",
    "已改为设置的环境变量，请从环境中移除",
    find=moved_variables,
)


def install(mall: Mall) -> None:
    """Declare the settings' snapshot. Features add their settings to `SETTINGS`."""
    mall.setup(init_settings)
    mall.permissions({"settings:read": "查看设置", "settings:write": "修改设置"})
    mall.attention(_UNFIT, _MOVED)
