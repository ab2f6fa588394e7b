"""kill -9 in the middle of giving the rewards of a mission, and the same again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from mall.games.communities.counting import hear
from mall.games.communities.giving import give_due
from mall.kernel.db import db, transaction
from mall.missions.board.shopper_triggers import CHECK_IN
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.events import CheckedIn
from tests.support.communities import community, community_mission
from tests.support.dying import Die, dying
from tests.support.invariants import check_invariants
from tests.support.packets import open_check_in
from tests.support.points import figures
from tests.support.users import make_shopper


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    with dying("tests.games.communities.dying", environment) as die:
        yield die


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def given() -> int:
    with transaction() as session:
        counting = text("SELECT count(*) FROM community_rewards WHERE grant_id IS NOT NULL")
        found = int(session.scalar(counting) or 0)
    db.session.remove()
    return found


@pytest.mark.parametrize(("point", "after"), [("before_batch", [0, 0]), ("after_batch", [2, 4])])
def test_giving(die: Die, point: str, after: list[int]) -> None:
    open_check_in()
    shoppers = [make_shopper()[0] for _ in range(5)]
    community_mission(community(*shoppers), target=5)
    for user_id in shoppers:
        day = str(check_in(user_id).day)
        with transaction() as session:
            hear(CHECK_IN)(session, CheckedIn(user_id, day))
    for done in after:
        db.session.remove()
        die(f"communities.{point}", "give", "2")
        assert given() == done
    give_due()
    assert given() == 5
    assert [figures(one)[0] for one in shoppers] == [10] * 5
    check_invariants()
