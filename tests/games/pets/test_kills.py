"""kill -9 around each commit of a pet, and the same again: done once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from mall.games.pets.care_message import PET_CARE
from mall.games.pets.errors import PetNoFeed, PetWateredToday
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from tests.games.pets.dying import COMMANDS
from tests.support.dying import Die, dying
from tests.support.invariants import check_invariants
from tests.support.pets import (
    careless_days_pass,
    fed,
    friend_of,
    keeper,
    pet_id_of,
    pet_row,
    running_season,
    settle_stages,
    stage_grants,
)
from tests.support.points import figures
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
WHEN = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.games.pets.dying", environment) as die:
        yield die


def again(command: str, wanted: str) -> None:
    """The same once more, as a client or a job does it."""
    COMMANDS[command](wanted)
    db.session.remove()


@WHEN
def test_adopting(die: Die, when: str) -> None:
    season_id, (user_id, _) = running_season(places=1), make_shopper()
    wanted = f"{user_id} {season_id}"
    die(f"pets.{when}_adopt_commit", "take_in", wanted)
    again("take_in", wanted)
    assert pet_row(user_id, season_id).name == "咪咪"
    check_invariants()


@WHEN
def test_feeding(app: Flask, die: Die, when: str) -> None:
    """The portions, the growth and the job of the reward are there together or not at all."""
    season_id = running_season()
    user_id = keeper(season_id, 2)
    wanted = f"{user_id} {season_id}"
    die(f"pets.{when}_feed_commit", "eat", wanted)
    if when == "before":
        assert pet_row(user_id, season_id).growth == 0
        again("eat", wanted)
    else:
        with pytest.raises(PetNoFeed):
            again("eat", wanted)
    assert pet_row(user_id, season_id).growth == 20
    settle_stages(app)
    assert stage_grants(user_id, season_id) == [("#1", "granted")]
    check_invariants()


@WHEN
def test_watering(die: Die, when: str) -> None:
    season_id = running_season()
    user_id = keeper(season_id)
    friend = friend_of(user_id, season_id)
    wanted = f"{friend.user_id} {friend.token}"
    die(f"pets.{when}_friend_commit", "water", wanted)
    if when == "before":
        again("water", wanted)
    else:
        with pytest.raises(PetWateredToday):
            again("water", wanted)
    assert pet_row(user_id, season_id).growth == 2
    check_invariants()


@WHEN
def test_rewarding(app: Flask, die: Die, when: str) -> None:
    season_id = running_season()
    user_id = keeper(season_id, 2)
    again("eat", f"{user_id} {season_id}")
    pet_id = str(pet_id_of(user_id, season_id))
    die(f"pets.{when}_settle_commit", "settle", pet_id)
    assert stage_grants(user_id, season_id) == ([("#1", "granted")] if when == "after" else [])
    again("settle", pet_id)
    settle_stages(app)
    assert stage_grants(user_id, season_id) == [("#1", "granted")]
    assert figures(user_id)[0] == 1 + 50
    check_invariants()


@WHEN
def test_reminding(app: Flask, die: Die, when: str) -> None:
    """The owner is told once, whenever the worker was killed."""
    season_id = running_season(decay=5, grace_days=0, floor="zero")
    user_id = keeper(season_id, 1)
    fed(user_id, season_id, 1)
    settle_stages(app)
    careless_days_pass(1)
    die(f"pets.{when}_reminder_commit", "remind", "")
    assert told() == ([] if when == "before" else [user_id])
    again("remind", "")
    assert told() == [user_id]
    check_invariants()


def told() -> list[int]:
    with transaction() as session:
        return list(session.scalars(select(Message.user_id).where(Message.kind == PET_CARE.name)))
