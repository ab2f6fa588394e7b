"""Many at once do all that the ledger, tills and lock-ups know to the points of a few shoppers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from tests.support.invariants import broken_invariants, check_invariants
from tests.support.points_crowd import Crowd, as_argument, open_place
from tests.support.races import together, without_row_locks

CROWD, PROCESSES = 6, 3
ROOT = Path(__file__).parents[2]
SUMS = """
    SELECT (SELECT sum(available + frozen) FROM points_entries
            WHERE kind = 'adjust' AND available + frozen > 0) AS give,
           (SELECT sum(-available) FROM points_entries
            WHERE kind = 'adjust' AND available < 0) AS take,
           (SELECT sum(-held) FROM points_entries WHERE kind = 'settle') AS settle,
           (SELECT sum(-held) FROM points_entries WHERE kind = 'release') AS release,
           (SELECT sum(available) FROM points_entries WHERE kind = 'return') AS give_back,
           (SELECT sum(available) FROM points_entries WHERE kind = 'thaw') AS thaw,
           (SELECT sum(reversed) FROM points_lots) AS reverse,
           (SELECT sum(available) FROM points_entries WHERE kind = 'till_grant') AS till_grant,
           (SELECT sum(-available) FROM points_entries WHERE kind = 'till_take') AS till_take,
           (SELECT sum(available) FROM points_entries WHERE kind = 'till_undo') AS till_undo,
           (SELECT sum(held) FROM points_entries WHERE kind = 'lock') AS lock,
           (SELECT sum(points) FROM lockups WHERE status = 'exited') AS exit,
           (SELECT count(*) FROM lockups WHERE status = 'matured') AS matured
"""


def rush(app: Flask) -> tuple[Counter[str], list[Any]]:
    """What the crowd did, and what went wrong."""
    place, given = open_place()
    crowd = Crowd(place)
    found = together(app, [partial(crowd.play, seed) for seed in range(CROWD)])
    crowd.done["give"] += given
    return crowd.done, [fault for fault in found if fault is not None]


def assert_right(done: Counter[str]) -> None:
    """The ledger has what each was told, and each kind of move happened."""
    db.session.rollback()
    rows = db.session.execute(text(SUMS)).mappings().one()
    sums = {name: points or 0 for name, points in rows.items()}  # the sum of no rows is NULL
    assert sums == {name: done[name] for name in sums}
    assert all(sums.values()), sums
    check_invariants()


def test_whatever_they_do_at_once_the_ledger_is_right(app: Flask) -> None:
    done, faults = rush(app)
    assert not faults
    assert_right(done)


def test_so_it_is_when_processes_do_it(app: Flask, environment: dict[str, str]) -> None:
    place, given = open_place()
    db.session.remove()
    answer = subprocess.run(
        [sys.executable, "-m", "tests.support.points_crowd", as_argument(place), str(PROCESSES)],
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=300,  # a watch over hanging: a slow machine may take long
        check=True,
        stdout=subprocess.PIPE,
    )
    assert_right(Counter(json.loads(answer.stdout), give=given))


def test_control_without_the_account_s_lock(app: Flask) -> None:
    with without_row_locks("points_accounts"):
        _, faults = rush(app)
    assert faults or broken_invariants()
