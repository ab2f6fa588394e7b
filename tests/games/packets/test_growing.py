"""Packets and check-ins: which count, in whatever order they are heard."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from mall.games.packets.growing import grow_on_checked_in
from mall.games.packets.in_use import WARM_UPS
from mall.games.packets.opening import open_packet
from mall.games.packets.queries import own_packet
from mall.kernel.db import transaction
from mall.missions.board.in_use import triggers_in_use
from mall.missions.checkin.checking_in import check_in
from mall.missions.checkin.events import CheckedIn
from mall.missions.checkin.making_up import make_up
from mall.users.closing import close_account
from tests.support.events import work_off
from tests.support.invariants import check_invariants
from tests.support.missions import give_cards
from tests.support.packets import open_check_in, shop_days_pass, warm_campaign
from tests.support.users import make_shopper


def stands(campaign_id: int, user_id: int) -> tuple[int, int]:
    """Check-ins, and what the packet is worth."""
    with transaction() as session:
        shown = own_packet(session, campaign_id, user_id)
        return shown["check_ins"], shown["value_fen"]


def test_the_check_in_before_the_opening_counts_that_day_only(app: Flask) -> None:
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    check_in(user_id)
    shop_days_pass()
    check_in(user_id)
    open_packet(user_id, campaign_id)
    assert stands(campaign_id, user_id) == (1, 800)
    work_off()
    assert stands(campaign_id, user_id) == (1, 800), "yesterday's was before the packet"
    check_invariants()


def test_a_day_that_was_made_up_doesn_t_count(app: Flask) -> None:
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    open_packet(user_id, campaign_id)
    check_in(user_id)
    shop_days_pass(2)
    check_in(user_id)
    give_cards(user_id)
    with transaction() as session:
        missed = session.scalar(text("SELECT max(day) - 1 FROM check_ins"))
    make_up(user_id, missed)
    work_off()
    assert stands(campaign_id, user_id) == (2, 1_200)
    check_invariants()


def test_two_campaigns_grow_by_one_check_in(app: Flask) -> None:
    first, second = warm_campaign(), warm_campaign()
    user_id, _ = make_shopper()
    for campaign_id in (first, second):
        open_packet(user_id, campaign_id)
    check_in(user_id)
    work_off()
    assert [stands(one, user_id) for one in (first, second)] == [(1, 800), (1, 800)]
    check_invariants()


def test_an_event_that_comes_late_and_twice(app: Flask) -> None:
    """Heard after the sale began: the coupon is worth what was promised, once."""
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    open_packet(user_id, campaign_id)
    day = str(check_in(user_id).day)
    with transaction() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    shop_days_pass(6)
    for _ in range(2):
        with transaction() as session:
            older = session.scalar(text("SELECT day FROM check_ins"))
            assert str(older) < day
            grow_on_checked_in(session, CheckedIn(user_id, str(older)))
    assert stands(campaign_id, user_id) == (1, 800)
    check_invariants()


def test_while_no_campaign_runs_a_check_in_is_no_event(app: Flask) -> None:
    open_check_in()
    forget_what_is_in_use()
    check_in(make_shopper()[0])
    assert waiting_events() == 0
    warm_campaign()
    check_in(make_shopper()[0])
    assert waiting_events() == 1


def forget_what_is_in_use() -> None:
    """What a test before this one left in the memory of the process."""
    triggers_in_use().expire()
    WARM_UPS.expire()


def waiting_events() -> int:
    with transaction() as session:
        return int(
            session.scalar(
                text(
                    "SELECT count(*) FROM procrastinate_jobs"
                    " WHERE args ->> 'name' = 'missions.checked_in'"
                )
            )
            or 0
        )


def test_a_closed_account_keeps_its_packet_and_loses_the_coupon(app: Flask) -> None:
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    open_packet(user_id, campaign_id)
    check_in(user_id)
    work_off()
    close_account(user_id)
    work_off()
    assert stands(campaign_id, user_id) == (1, 800)
    check_invariants()


@pytest.mark.parametrize("times", [1, 2])
def test_opening_again_shows_the_first(app: Flask, times: int) -> None:
    campaign_id, (user_id, _) = warm_campaign(), make_shopper()
    assert open_packet(user_id, campaign_id)
    for _ in range(times):
        assert not open_packet(user_id, campaign_id)
    check_invariants()
