"""Lone buyers who press at once: as few teams as there can be, nobody twice, nobody lost."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from flask import Flask

from mall.groupbuy.orders import matching
from mall.groupbuy.orders.matching import take_any_seat
from mall.groupbuy.orders.placing import SeatPlaced, Wanted
from tests.support.groupbuy import make_activity, members_of, opened, seats_of, sku_of, team_of
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer, make_buyer
from tests.support.races import together

BUYERS = 40
PRICE_FEN = 9_000


def press(activity_id: int, sku_id: int, buyer: Buyer) -> SeatPlaced:
    """A lone buyer's one press, at the price that everybody pays."""
    wanted = Wanted(sku_id, 1, buyer.address_id)
    return take_any_seat(buyer.user_id, activity_id, wanted, expected_payable_fen=PRICE_FEN)


def crowd(app: Flask, activity_id: int) -> tuple[Counter[str], int]:
    """Forty press at once: members by team, and how many teams were opened for them."""
    sku_id = sku_of(activity_id)
    buyers = [make_buyer() for _ in range(BUYERS)]
    placed = together(app, [partial(press, activity_id, sku_id, buyer) for buyer in buyers])
    lost = [one for one in placed if not isinstance(one, SeatPlaced)]
    assert lost == []
    seats = [one for one in placed if isinstance(one, SeatPlaced)]
    assert len({one.order_no for one in seats}) == BUYERS
    return Counter(one.team_code for one in seats), sum(one.opened for one in seats)


def four_teams(*, size: int) -> tuple[int, list[int]]:
    """An activity with four teams of their leaders alone."""
    activity_id = make_activity({2: PRICE_FEN, size: 8_000}, stock_units=200)
    return activity_id, [opened(activity_id) for _ in range(4)]


def test_forty_lone_buyers_fill_the_teams_that_are_there(app: Flask) -> None:
    activity_id, teams = four_teams(size=11)
    found, opened_anew = crowd(app, activity_id)
    assert opened_anew == 0
    assert found == {team_of(one).code: 10 for one in teams}
    for one in teams:
        assert seats_of(one) == ("forming", 10, 1, 0)
        assert len({member.user_id for member in members_of(one)}) == 11
    check_invariants()


def test_who_finds_no_seat_opens_a_team(app: Flask) -> None:
    activity_id, teams = four_teams(size=8)
    found, opened_anew = crowd(app, activity_id)
    assert opened_anew == BUYERS - 4 * 7
    assert {found[team_of(one).code] for one in teams} == {7}
    check_invariants()


def test_control_who_looks_once_opens_teams_beside_free_seats(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All find the same best team; who comes too late for it doesn't look again."""
    monkeypatch.setattr(matching, "BATCH", 1)
    monkeypatch.setattr(matching, "ROUNDS", 1)
    activity_id, _ = four_teams(size=11)
    assert crowd(app, activity_id)[1] > 0
