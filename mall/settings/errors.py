"""What a staff member may be refused here."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotFound, ValidationFailed


class SettingNotFound(NotFound):
    code = "setting_not_found"
    message = "没有这项设置"


class SettingInvalid(ValidationFailed):
    """The message says what would fit."""

    code = "setting_invalid"
    message = "设置的值无效"


class SettingChanged(Conflict):
    """Somebody else changed the setting meanwhile: look at it again."""

    code = "setting_changed"
    message = "该设置已被他人修改，请刷新后重试"
