"""Reads and writes of stored settings. Writes are part of the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from mall.kernel.db import after_commit, transaction
from mall.settings.declaring import Setting
from mall.settings.errors import SettingChanged, SettingInvalid, SettingNotFound
from mall.settings.models import ShopSetting
from mall.settings.snapshot import SETTINGS, snapshot


@dataclass(frozen=True, slots=True)
class SettingState:
    """A setting as it is stored. `version` is 0 while the default is in force.

    `value` is JSON. `fits` is False for a stored value that its declaration refuses: then the
    default is in force, and is the `value`.
    """

    setting: Setting[Any]
    value: Any
    version: int = 0
    changed_at: datetime | None = None
    fits: bool = True


def declared(name: str) -> Setting[Any]:
    """The setting with this name. Raises SettingNotFound."""
    found = SETTINGS.get(name)
    if found is None:
        raise SettingNotFound(param="name")
    return found


def states(session: Session) -> list[SettingState]:
    """Every declared setting, in the order in which the features declare them."""
    rows = {row.name: row for row in session.scalars(_fresh())}
    return [_state(one, rows.get(name)) for name, one in SETTINGS.items().items()]


def state(session: Session, setting: Setting[Any]) -> SettingState:
    """One setting."""
    return _state(
        setting, session.scalars(_fresh().where(ShopSetting.name == setting.name)).first()
    )


def put(session: Session, setting: Setting[Any], given: object, seen: int) -> Any:
    """Store a value; the JSON that was in force before.

    `seen` is the version that the caller looked at. Raises SettingInvalid, SettingChanged.
    """
    value = _dumped(setting, given)
    before = _locked(session, setting, seen)
    if seen:
        session.execute(
            update(ShopSetting)
            .where(ShopSetting.name == setting.name)
            .values(value=value, version=text("DEFAULT"), changed_at=func.clock_timestamp())
        )
    elif not session.execute(
        insert(ShopSetting)
        .values(name=setting.name, value=value)
        .on_conflict_do_nothing()
        .returning(ShopSetting.version)
    ).first():
        raise SettingChanged(param="version")
    after_commit(session, _expire)
    return before


def reset(session: Session, setting: Setting[Any], seen: int) -> Any:
    """Back to the default; the JSON that was in force before. Raises SettingChanged."""
    before = _locked(session, setting, seen)
    session.execute(delete(ShopSetting).where(ShopSetting.name == setting.name))
    after_commit(session, _expire)
    return before


def unfit_settings() -> list[dict[str, Any]]:
    """Stored values that their declarations refuse, and those that nothing declares any more."""
    with transaction() as session:
        stored = list(session.scalars(_fresh()))
    found = ((row.name, _fault(SETTINGS.get(row.name), row)) for row in stored)
    return [{"setting": name, "fault": fault} for name, fault in found if fault]


def _fault(setting: Setting[Any] | None, row: ShopSetting) -> str | None:
    if setting is None:
        return "no feature declares it"
    if not _state(setting, row).fits:
        return "the stored value doesn't fit, the default is in force"
    return None


def _fresh() -> Any:
    return select(ShopSetting).order_by(ShopSetting.name).execution_options(populate_existing=True)


def _state(setting: Setting[Any], row: ShopSetting | None) -> SettingState:
    default = setting.dump(setting.default)
    if row is None:
        return SettingState(setting, default)
    try:
        value, fits = setting.dump(setting.parse(row.value)), True
    except ValueError:
        value, fits = default, False
    return SettingState(setting, value, row.version, row.changed_at, fits)


def _locked(session: Session, setting: Setting[Any], seen: int) -> Any:
    row = session.scalars(
        _fresh().where(ShopSetting.name == setting.name).with_for_update()
    ).first()
    if (row.version if row else 0) != seen:
        raise SettingChanged(param="version")
    return row.value if row else setting.dump(setting.default)


def _dumped(setting: Setting[Any], given: object) -> Any:
    try:
        return setting.dump(setting.parse(given))
    except ValueError as fault:
        raise SettingInvalid(str(fault), param="value") from None


def _expire(_session: Session) -> None:
    snapshot().expire()
