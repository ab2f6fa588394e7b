"""Reminders of care: once a lapse, when growth will be lost tonight."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from mall.games.pets import reminding
from mall.games.pets.care_message import PET_CARE, ref_of
from mall.games.pets.caring import water
from mall.games.pets.reminding import remind_all
from mall.games.pets.running import pause
from mall.kernel.clock import shop_day
from mall.kernel.db import db_now, transaction
from mall.messages.models import Message
from mall.users.closing import close_account
from tests.support.invariants import check_invariants
from tests.support.pets import careless_days_pass, fed, keeper, running_season, settle_stages
from tests.support.races import together


@pytest.fixture
def season_id(app: Flask) -> int:
    """Five are lost for each day without care, after the first two of them."""
    return running_season(decay=5, grace_days=2, floor="zero")


def told() -> list[tuple[int, str]]:
    """Who was told so far, and of which lapse, once the job has run."""
    remind_all()
    with transaction() as session:
        query = select(Message.user_id, Message.ref).where(Message.kind == PET_CARE.name)
        return [(row.user_id, row.ref) for row in session.execute(query.order_by(Message.id))]


def lapse(season_id: int, days: int) -> str:
    """The lapse after the last care so many days ago."""
    with transaction() as session:
        return ref_of(season_id, shop_day(db_now(session)) - timedelta(days=days))


def said(season_id: int, user_id: int, days: int) -> str | None:
    with transaction() as session:
        content = PET_CARE.write(session, lapse(season_id, days), user_id)
    return content.body if content else None


def fed_once(season_id: int) -> int:
    user_id = keeper(season_id, 3)
    fed(user_id, season_id, 3)
    settle_stages()
    return user_id


def test_on_the_day_at_whose_end_growth_is_lost_once_a_lapse(season_id: int) -> None:
    user_id = fed_once(season_id)
    for _ in range(2):
        careless_days_pass(1)
        assert told() == [], "these days are the grace"
    careless_days_pass(1)
    first = [(user_id, lapse(season_id, 3))]
    assert told() == first
    assert told() == first
    assert "今晚 24:00 将失去 5 点成长值" in str(said(season_id, user_id, 3))
    careless_days_pass(1)
    assert told() == [(user_id, lapse(season_id, 4))], "the same lapse"
    water(user_id, season_id)
    assert said(season_id, user_id, 4) is None, "somebody has cared"
    careless_days_pass(3)
    assert told() == [(user_id, lapse(season_id, days)) for days in (7, 3)], "another lapse"
    check_invariants()


def test_a_run_that_was_missed_is_made_up_for(season_id: int) -> None:
    user_id = fed_once(season_id)
    careless_days_pass(5)
    assert told() == [(user_id, lapse(season_id, 5))]


def test_who_has_nothing_to_lose_or_left_hears_nothing(season_id: int) -> None:
    keeper(season_id)
    leaver, carer = fed_once(season_id), fed_once(season_id)
    close_account(leaver)
    careless_days_pass(3)
    water(carer, season_id)
    assert told() == []


def test_not_while_the_season_is_paused(season_id: int) -> None:
    """Nor do days of a pause count as days without care."""
    user_id = fed_once(season_id)
    careless_days_pass(2)
    pause(season_id, True)
    careless_days_pass(1)
    assert told() == []
    pause(season_id, False)
    assert told() == [], "today is a day of the pause, too"
    careless_days_pass(1)
    assert told() == [], "with that of before the pause it is the second"
    careless_days_pass(1)
    assert told() == [(user_id, lapse(season_id, 5))]


def test_many_in_batches(season_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminding, "BATCH", 2)
    owners = [fed_once(season_id) for _ in range(5)]
    careless_days_pass(3)
    assert sorted(one for one, _ in told()) == owners


def test_told_once_by_several_workers(app: Flask, season_id: int) -> None:
    owners = [fed_once(season_id) for _ in range(5)]
    careless_days_pass(3)
    assert together(app, [remind_all] * 4) == [5] * 4
    assert sorted(one for one, _ in told()) == owners
