"""What a process doesn't know yet of missions loses no event."""

from __future__ import annotations

import time
from functools import partial

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.missions.board.in_use import TriggersInUse
from tests.support.board import mission
from tests.support.races import together


def hold_the_missions() -> None:
    with transaction() as session:
        session.execute(text("LOCK TABLE missions IN ACCESS EXCLUSIVE MODE"))
        time.sleep(0.3)


def ask(known: TriggersInUse) -> bool:
    time.sleep(0.1)
    with transaction():
        return known.has("cart")


def test_all_who_ask_first_wait_for_the_answer(app: Flask) -> None:
    mission(trigger="cart", measure="units")
    known = TriggersInUse()
    found = together(app, [hold_the_missions, *[partial(ask, known)] * 4])
    assert found == [None, True, True, True, True]
