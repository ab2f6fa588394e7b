"""Lock order: order, what orders share, SKUs ascending, accounts. No deadlock, whoever meets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db
from mall.runtime.postgres import EmbeddedPostgres
from tests.conftest import ROOT
from tests.support.catalog import make_sku
from tests.support.contention import TEAMS, Plan, as_json
from tests.support.exchange import make_coupon_item, make_item, make_rich_buyer
from tests.support.games_contention import make_games
from tests.support.group_contention import make_group_activities
from tests.support.invariants import check_invariants
from tests.support.inventory import stock
from tests.support.points_shop import open_checkout
from tests.support.promotions import make_promotion

PROCESSES, SKUS, BUYERS = 16, 20, 12
SECONDS, SECONDS_OF_CONTROL = 55, 8
PAUSE_S = 0.2
LEAST = 4
"""How often each move is made at least, on a busy machine too."""


@pytest.fixture
def teams(app: Flask) -> Iterator[None]:
    """Rows of a toy feature that orders share."""
    for name in ("toy_teams", "toy_accounts"):
        db.session.execute(text(f"CREATE TABLE {name} (id int PRIMARY KEY, balance int)"))
        db.session.execute(
            text(f"INSERT INTO {name} SELECT n, 0 FROM generate_series(0, {TEAMS - 1}) n")
        )
    db.session.commit()
    yield
    db.session.rollback()
    db.session.execute(text("DROP TABLE toy_teams, toy_accounts"))
    db.session.commit()


def play(environment: dict[str, str], seconds: float, *, mixed_order: bool) -> dict[str, int]:
    """What became of the operations of all processes."""
    make_promotion(
        {"amount_off": {"steps": [{"from_fen": 2000, "off_fen": 100}]}}, budget_fen=10**9
    )
    open_checkout()
    buyers = [make_rich_buyer(1_000_000) for _ in range(BUYERS)]
    skus = [stock(make_sku(1000 + n), 1_000_000) for n in range(SKUS)]
    plan = Plan(
        seconds,
        PROCESSES,
        [(buyer.user_id, buyer.address_id) for buyer in buyers],
        skus,
        [
            make_item(5_000, sku_id=skus[0]),
            make_item(5_000, sku_id=skus[1], cash_fen=100),
            make_coupon_item(5_000),
        ],
        make_group_activities(skus[2:4]),
        make_games(skus[:2], [buyer.user_id for buyer in buyers]),
        mixed_order,
        0.0 if mixed_order else PAUSE_S,
    )
    db.session.remove()
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.contention"],
        input=as_json(plan),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        timeout=seconds + 120,
        check=True,
    )
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return counts


def test_nobody_meets_a_deadlock(teams: None, environment: dict[str, str], scratch: Path) -> None:
    counts = play(environment, SECONDS, mixed_order=False)
    faults = {name: count for name, count in counts.items() if name.startswith("!")}
    assert not faults, f"{faults}\n{deadlocks_in(scratch / 'postgres' / EmbeddedPostgres.log_name)}"
    for name in (
        *("place", "pay", "close", "expire", "ship", "refund", "settle_refund", "rebate"),
        *("exchange", "deliver"),
        *("open_team", "join_team", "leave_team", "by_hand", "end_teams", "carry_out"),
        *("promise", "keep_promise", "take_rewards", "claim_prize", "expire_prizes"),
        *("buy_boxes", "deliver_boxes", "open_box"),
        *("feed_pet", "settle_pet", "race", "come_in"),
    ):
        assert counts.get(name, 0) >= LEAST, counts
    for spent in ("points_spent", "coupons WHERE order_id IS NOT NULL"):
        assert (db.session.scalar(text(f"SELECT count(*) FROM {spent}")) or 0) >= LEAST, spent
    check_invariants()


def deadlocks_in(log: Path) -> str:
    """What the server said of its deadlocks: who waited for whom, and with which statement."""
    told = log.read_text(errors="replace").splitlines() if log.exists() else []
    at = [number for number, line in enumerate(told) if "deadlock detected" in line]
    return "\n".join(line for number in at for line in told[number : number + 14])


def test_control_with_two_orders_of_locking_there_are_deadlocks(
    teams: None, environment: dict[str, str]
) -> None:
    counts = play(environment, SECONDS_OF_CONTROL, mixed_order=True)
    assert any(name.startswith("! deadlock") for name in counts), counts
