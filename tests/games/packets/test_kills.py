"""kill -9 around the commits of opening a packet and of letting it grow, and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.missions.checkin.checking_in import check_in
from tests.games.packets.dying import COMMANDS
from tests.support.dying import Die, dying
from tests.support.invariants import check_invariants
from tests.support.packets import warm_campaign
from tests.support.users import make_shopper

BOTH = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    with dying("tests.games.packets.dying", environment) as die:
        yield die


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def count(what: str) -> int:
    with transaction() as session:
        found = int(session.scalar(text(f"SELECT count(*) FROM {what}")) or 0)
    db.session.remove()
    return found


@BOTH
def test_opening(die: Die, when: str) -> None:
    whose = f"{make_shopper()[0]} {warm_campaign()}"
    db.session.remove()
    die(f"packets.{when}_open_commit", "press", whose)
    done = int(when == "after")
    assert (count("packets"), count("coupons"), count("coupon_holdings")) == (done, done, done)
    COMMANDS["press"](whose)
    assert (count("packets"), count("coupons"), count("coupon_holdings")) == (1, 1, 1)
    check_invariants()


@BOTH
def test_growing(die: Die, when: str) -> None:
    user_id = make_shopper()[0]
    COMMANDS["press"](f"{user_id} {warm_campaign()}")
    whose = f"{user_id} {check_in(user_id).day}"
    db.session.remove()
    die(f"packets.{when}_growth_commit", "hear", whose)
    assert count("coupons WHERE amount_fen = 800") == int(when == "after")
    COMMANDS["hear"](whose)
    assert count("packets WHERE check_ins = 1") == count("coupons WHERE amount_fen = 800") == 1
    check_invariants()
