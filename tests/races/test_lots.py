"""Lots that race: entries of many at once, a draw by many workers beside late entries."""

from __future__ import annotations

from functools import partial

from flask import Flask

from mall.kernel.db import transaction
from mall.kernel.errors import MallError
from mall.lottery.lots import drawing, queries
from mall.lottery.lots.entering import enter
from tests.support.lots import (
    NONCE,
    lot_prize,
    lots_agree,
    lots_are_due,
    lots_hold,
    open_lots,
    pictured,
    takes_part,
    winners_of,
)
from tests.support.points import figures
from tests.support.races import together, without_row_locks
from tests.support.written import received

AT_ONCE = 12


def numbers_of(campaign_id: int) -> list[int]:
    with transaction() as session:
        rows = queries.entries(session, campaign_id, after=0, limit=100)
    return [row["number"] for row in rows]


def test_entries_have_no_gap(app: Flask) -> None:
    campaign_id = open_lots()
    orders = [received() for _ in range(AT_ONCE)]
    presses = [partial(enter, one.user_id, campaign_id, pictured(one), NONCE) for one in orders]
    assert sorted(map(int, together(app, presses))) == list(range(1, AT_ONCE + 1))
    assert numbers_of(campaign_id) == list(range(1, AT_ONCE + 1))
    lots_hold()


def test_control_without_the_lock_entries_collide(app: Flask) -> None:
    campaign_id = open_lots()
    orders = [received() for _ in range(AT_ONCE)]
    presses = [partial(enter, one.user_id, campaign_id, pictured(one), NONCE) for one in orders]
    with without_row_locks("lot_campaigns"):
        found = together(app, presses)
    assert any(isinstance(one, Exception) for one in found), "the key alone refused them"


def test_one_shopper_pressing_twelve_times(app: Flask) -> None:
    campaign_id, order = open_lots(), received()
    review_id = pictured(order)
    found = together(app, [partial(enter, order.user_id, campaign_id, review_id, NONCE)] * AT_ONCE)
    assert found == [1] * AT_ONCE
    assert numbers_of(campaign_id) == [1]


def test_a_draw_by_many_workers_beside_late_entries(app: Flask) -> None:
    campaign_id = open_lots(lot_prize(2))
    people = [takes_part(campaign_id)[0] for _ in range(4)]
    late = [received() for _ in range(4)]
    entries = [partial(enter, one.user_id, campaign_id, pictured(one), NONCE) for one in late]
    lots_are_due(campaign_id)
    found = together(app, [*([partial(drawing.draw_campaign, campaign_id)] * 6), *entries])
    assert found[:6].count(True) == 1
    assert all(isinstance(one, MallError) for one in found[6:]), "entering is over"
    together(app, [drawing.give_prizes] * 6)
    assert [given for *_, given in winners_of(campaign_id)] == [True, True]
    assert sorted(figures(one)[0] for one in people) == [0, 0, 10, 10]
    lots_agree(campaign_id)
    lots_hold()
