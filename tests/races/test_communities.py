"""Communities that race: one phrase at twenty times, the last places, a goal that many reach."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.games.communities import hiding
from mall.games.communities.composing import pause
from mall.games.communities.counting import hear
from mall.games.communities.giving import give_due
from mall.games.communities.hiding import claim_hidden_coupon
from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError
from mall.missions.board.shopper_triggers import CHECK_IN
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.events import CheckedIn
from tests.support.communities import community, community_mission, hidden
from tests.support.events import work_off
from tests.support.invariants import check_invariants, rows_of
from tests.support.packets import open_check_in
from tests.support.points import figures
from tests.support.races import Rendezvous, execute, slow_writes, together, without_row_locks
from tests.support.users import make_shopper

PRESSES, PHRASE = 20, "芝麻芝麻快开门"
DROP_PLACES = "ALTER TABLE hidden_coupons DROP CONSTRAINT ck_hidden_coupons_places"
ADD_PLACES = (
    "ALTER TABLE hidden_coupons ADD CONSTRAINT ck_hidden_coupons_places"
    " CHECK (used >= 0 AND used <= places)"
)


def outcomes(found: list[Any]) -> Counter[str]:
    return Counter(
        one.code if isinstance(one, MallError) else "?" if isinstance(one, Exception) else "done"
        for one in found
    )


def count(what: str) -> int:
    with transaction() as session:
        return int(session.scalar(text(f"SELECT count(*) FROM {what}")) or 0)


def test_twenty_presses_claim_once(app: Flask) -> None:
    hidden(phrase=PHRASE, places=5)
    user_id, _ = make_shopper()
    found = together(app, [partial(claim_hidden_coupon, user_id, PHRASE)] * PRESSES)
    assert outcomes(found) == {"done": PRESSES}
    assert (count("hidden_coupon_claims"), count("hidden_coupons WHERE used = 1")) == (1, 1)
    assert figures(user_id)[0] == 10
    check_invariants()


def test_twenty_presses_for_the_last_place_all_see_their_claim(app: Flask) -> None:
    hidden(phrase=PHRASE, places=1)
    user_id, _ = make_shopper()
    found = together(app, [partial(claim_hidden_coupon, user_id, PHRASE)] * PRESSES)
    assert outcomes(found) == {"done": PRESSES}
    check_invariants()


def test_control_who_doesn_t_look_again_collides(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden(phrase=PHRASE, places=PRESSES)
    user_id, _ = make_shopper()
    monkeypatch.setattr(hiding, "_has_claimed", lambda *_: False)
    found = together(app, [partial(claim_hidden_coupon, user_id, PHRASE)] * PRESSES)
    assert outcomes(found) == {"done": 1, "?": PRESSES - 1}, "refused by the primary key alone"


def test_the_last_places(app: Flask) -> None:
    hidden(phrase=PHRASE, places=3)
    shoppers = [make_shopper()[0] for _ in range(PRESSES)]
    found = together(app, [partial(claim_hidden_coupon, one, PHRASE) for one in shoppers])
    assert outcomes(found) == {"done": 3, "hidden_coupon_used_up": PRESSES - 3}
    assert sum(figures(one)[0] for one in shoppers) == 30
    check_invariants()


def test_control_who_looks_first_and_writes_later_passes_the_places(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden(phrase=PHRASE, places=3)
    others = Rendezvous(PRESSES)

    def careless(session: Session, hidden_coupon_id: int) -> None:
        found = session.scalar(text("SELECT used FROM hidden_coupons WHERE used < places"))
        assert found is not None
        others()
        session.execute(text("UPDATE hidden_coupons SET used = used + 1"))

    monkeypatch.setattr(hiding, "_take_place", careless)
    shoppers = [make_shopper()[0] for _ in range(PRESSES)]
    execute(DROP_PLACES)
    try:
        together(app, [partial(claim_hidden_coupon, one, PHRASE) for one in shoppers])
        assert count("hidden_coupon_claims") > 3
        assert rows_of("I86a")
    finally:
        db.session.rollback()
        execute("UPDATE hidden_coupons SET places = 100", ADD_PLACES)


def heard(user_id: int, day: str) -> bool:
    with transaction() as session:
        hear(CHECK_IN)(session, CheckedIn(user_id, day))
        return True


def checked_in(shoppers: list[int]) -> list[tuple[int, str]]:
    """Shoppers who checked in, which nobody has heard."""
    days = [(one, str(check_in(one).day)) for one in shoppers]
    with transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    return days


def test_a_goal_that_many_reach_at_once_is_reached_once(app: Flask) -> None:
    open_check_in()
    shoppers = [make_shopper()[0] for _ in range(10)]
    community_mission(community(*shoppers), target=4)
    days = checked_in(shoppers)
    found = together(app, [partial(heard, *day) for day in days * 2])
    assert found == [True] * 20
    assert count("community_missions WHERE total = 4 AND reached_at IS NOT NULL") == 1
    assert count("community_rewards") == 4
    assert count("procrastinate_jobs WHERE task_name = 'communities.give_rewards'") == 1
    work_off()
    assert sorted(figures(one)[0] for one in shoppers) == [0] * 6 + [10] * 4
    check_invariants()


def one_fact_heard_at_once(app: Flask) -> None:
    open_check_in()
    user_id, _ = make_shopper()
    community_mission(community(user_id), target=100)
    ((_, day),) = checked_in([user_id])
    with slow_writes("community_facts"):
        together(app, [partial(heard, user_id, day)] * 5)


def test_one_fact_that_is_heard_at_once_counts_once(app: Flask) -> None:
    one_fact_heard_at_once(app)
    assert count("community_missions WHERE total = 1") == 1
    check_invariants()


def test_control_without_the_mission_s_lock_one_fact_counts_several_times(app: Flask) -> None:
    with without_row_locks("community_missions"):
        one_fact_heard_at_once(app)
    assert count("community_missions WHERE total > 1") == 1
    assert rows_of("I86b")


def it_goes_on_while_facts_are_heard(app: Flask) -> None:
    """Both bring the total to the target: of five facts one is missing when staff let it go on."""
    open_check_in()
    shoppers = [make_shopper()[0] for _ in range(5)]
    mission_id = community_mission(community(*shoppers), target=5)
    pause(mission_id, True)
    *early, late = checked_in(shoppers)
    for day in early:
        heard(*day)
    with slow_writes("community_facts"):
        together(app, [partial(heard, *late), partial(a_moment_later, mission_id)])


def a_moment_later(mission_id: int) -> None:
    time.sleep(0.1)
    pause(mission_id, False)


def test_a_goal_that_is_met_just_as_it_goes_on_is_reached_once(app: Flask) -> None:
    it_goes_on_while_facts_are_heard(app)
    assert count("community_missions WHERE total = 5 AND reached_at IS NOT NULL") == 1
    assert count("community_rewards") == 5
    check_invariants()


def test_control_without_the_mission_s_lock_the_goal_is_missed(app: Flask) -> None:
    with without_row_locks("community_missions"):
        it_goes_on_while_facts_are_heard(app)
    assert count("community_missions WHERE total = 5 AND reached_at IS NULL") == 1
    assert rows_of("I86b")


def test_rewards_that_several_workers_give(app: Flask) -> None:
    open_check_in()
    shoppers = [make_shopper()[0] for _ in range(10)]
    community_mission(community(*shoppers), target=10)
    for day in checked_in(shoppers):
        heard(*day)
    found = together(app, [give_due] * 5)
    assert sum(one for one in found if isinstance(one, int)) == 10, found
    assert [figures(one)[0] for one in shoppers] == [10] * 10
    check_invariants()
