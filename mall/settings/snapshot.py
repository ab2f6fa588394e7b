"""The settings in force, in the memory of each process.

A snapshot is read again when it is asked for and older than a second, so a change is in force
on all processes within two. One thread of a process reads; the others go on with what they
have. When PostgreSQL can't be asked the last snapshot stays.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from mall.config import Config
from mall.kernel.db import db, in_transaction
from mall.kernel.registry import Registry
from mall.settings.models import ShopSetting

if TYPE_CHECKING:
    from mall.settings.declaring import Setting

FRESH_S = 1.0
"""How old a snapshot may be before it is read again."""
SETTINGS: Registry[Setting[Any]] = Registry("settings", lambda one: one.name)
"""The settings that features declare."""
_EXTENSION = "mall.settings"
_READ = select(ShopSetting.name, ShopSetting.value)
log = structlog.get_logger("mall.settings")


class Snapshot:
    """The value of each setting of one app, as it was at most a second ago."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._values: Mapping[str, object] | None = None
        self._unfit: Mapping[str, str] = {}
        self._asked_at = float("-inf")
        self._reading = threading.Lock()

    def value(self, name: str) -> object:
        """The value of a declared setting. Raises KeyError for a name that isn't declared.

        Raises SQLAlchemyError when PostgreSQL can't be asked and never could be, and when
        the read fails inside an open `transaction()`, which can't go on anyway.
        """
        values = self._values
        if values is None or monotonic() - self._asked_at >= FRESH_S:
            values = self._refreshed()
        return values[name]

    def expire(self) -> None:
        """Read again at the next use. What is known stays until then."""
        self._asked_at = float("-inf")

    def forget(self) -> None:
        """Know nothing, as a process that has just begun."""
        self._values = None

    def _refreshed(self) -> Mapping[str, object]:
        known = self._values
        if known is None:
            self._asked_at = monotonic()
            return self._read()
        if not self._reading.acquire(blocking=False):
            return known
        try:
            if monotonic() - self._asked_at < FRESH_S and self._values is not None:
                return self._values  # another thread has just read
            self._asked_at = monotonic()  # before the read, and kept when it fails
            return self._read()
        except SQLAlchemyError as fault:
            if in_transaction(db.session()):
                raise
            log.warning("settings not read, the last ones stay", error=repr(fault)[:200])
            return known
        finally:
            self._reading.release()

    def _read(self) -> Mapping[str, object]:
        stored = _stored()
        values: dict[str, object] = {}
        unfit: dict[str, str] = {}
        for name, setting in SETTINGS.items(self._app).items():
            values[name] = setting.default
            if name in stored:
                try:
                    values[name] = setting.parse(stored[name])
                except ValueError as fault:
                    unfit[name] = str(fault)
        for name in unfit.keys() - self._unfit.keys():
            log.warning("stored setting doesn't fit, its default is in force", setting=name)
        self._values, self._unfit = values, unfit
        return values


def _stored() -> dict[str, Any]:
    """What is stored, read on the connection that is held; else it is given back at once."""
    session = db.session()
    held = session.in_transaction() or in_transaction(session)
    try:
        rows = session.execute(_READ).all()
    except SQLAlchemyError:
        if not in_transaction(session):
            session.rollback()
        raise
    if not held:
        session.commit()
    return {row.name: row.value for row in rows}


def init_settings(app: Flask, _config: Config) -> None:
    """Give the app its snapshot; nothing is read before the first use."""
    app.extensions[_EXTENSION] = Snapshot(app)


def snapshot(app: Flask | None = None) -> Snapshot:
    """The snapshot of `app`, by default of the current one."""
    found: Snapshot = (app or current_app).extensions[_EXTENSION]
    return found
