"""The shop's settings for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy.dialects.postgresql import insert

from mall.kernel.db import transaction
from mall.messages.settings import QUIET_FROM, QUIET_UNTIL
from mall.settings import MessageTemplate, Setting
from mall.settings.models import ShopSetting
from mall.settings.snapshot import snapshot

Value = TypeVar("Value")


def set_setting(setting: Setting[Value], value: Value) -> None:
    """Put a value in force, on the app's own process at once. Needs an app context."""
    store_raw(setting.name, setting.dump(value))
    snapshot().expire()
    setting.get()  # of several threads that ask first one reads, the others go on with the old


def set_template(setting: Setting[MessageTemplate], template_id: str, **changes: Any) -> None:
    """Let messages be sent by this template, with `fields` and `page` or those of the default."""
    set_setting(setting, replace(setting.default, template_id=template_id, **changes))


def without_quiet_hours() -> None:
    """Let marketing go out at any hour, so that a test doesn't depend on the time of day."""
    set_setting(QUIET_FROM, "00:00")
    set_setting(QUIET_UNTIL, "00:00")


def store_raw(name: str, value: Any) -> None:
    """Store JSON under a name, whether it fits or not; no process is told."""
    row = insert(ShopSetting).values(name=name, value=value)
    with transaction() as session:
        session.execute(
            row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
        )
