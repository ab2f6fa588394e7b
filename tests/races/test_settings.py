"""Two staff members change one setting at the same instant."""

from __future__ import annotations

import functools

import pytest
from flask import Flask

from mall.kernel.db import transaction
from mall.orders.settings import UNPAID_CLOSE_MIN
from mall.settings import store
from mall.settings.errors import SettingChanged
from tests.support.races import slow_writes, together
from tests.support.settings import set_setting, store_raw


def put(value: int, seen: int) -> None:
    with transaction() as session:
        store.put(session, UNPAID_CLOSE_MIN, value, seen)


def version() -> int:
    with transaction() as session:
        return store.state(session, UNPAID_CLOSE_MIN).version


@pytest.mark.parametrize("changed_before", [False, True])
def test_one_of_those_who_saw_the_same_version_wins(app: Flask, changed_before: bool) -> None:
    if changed_before:
        set_setting(UNPAID_CLOSE_MIN, 20)
    seen = version()
    calls = [functools.partial(put, value, seen) for value in range(40, 46)]
    with slow_writes("shop_settings", seconds=0.1):
        outcomes = together(app, calls)
    assert outcomes.count(None) == 1
    assert sum(isinstance(one, SettingChanged) for one in outcomes) == 5
    assert UNPAID_CLOSE_MIN.get() == 40 + outcomes.index(None)


def test_the_control_who_does_not_look_at_versions_overwrites_the_others(app: Flask) -> None:
    name = UNPAID_CLOSE_MIN.name
    with slow_writes("shop_settings", seconds=0.1):
        outcomes = together(app, [functools.partial(store_raw, name, n) for n in range(40, 46)])
    assert outcomes == [None] * 6
