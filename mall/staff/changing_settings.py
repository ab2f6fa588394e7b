"""Changing the shop's settings, with the trail of it."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.errors import NotPermitted
from mall.kernel.http.access import Staff
from mall.settings import Setting, store
from mall.staff.audit import record


def change_setting(actor: Staff, name: str, value: object, version: int) -> None:
    """Put a value in force: on this process now, on the others within two seconds.

    `version` is the one that the staff member looked at. Raises SettingNotFound,
    SettingInvalid, SettingChanged, and NotPermitted without the setting's own permission.
    """
    setting = _changeable(actor, name)
    with transaction() as session:
        before = store.put(session, setting, value, version)
        record(
            session,
            action="setting.update",
            target_type="setting",
            target_id=name,
            before={"value": before},
            after={"value": store.state(session, setting).value},
        )


def reset_setting(actor: Staff, name: str, version: int) -> None:
    """Put the default in force again.

    Raises SettingNotFound, SettingChanged and NotPermitted as `change_setting` does.
    """
    setting = _changeable(actor, name)
    with transaction() as session:
        before = store.reset(session, setting, version)
        record(
            session,
            action="setting.reset",
            target_type="setting",
            target_id=name,
            before={"value": before},
            after={"value": setting.dump(setting.default)},
        )


def _changeable(actor: Staff, name: str) -> Setting[Any]:
    setting = store.declared(name)
    if not actor.may(setting.permission):
        raise NotPermitted
    return setting
