"""Binding a lottery to the SKU of its boxes: what a table of boxes is, before the start, once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from rich.console import Console
from sqlalchemy import select

from mall.flashsale.errors import SkuSoldOtherwise
from mall.flashsale.planning.running import arm, end_if_due
from mall.flashsale.planning.sessions import set_ready
from mall.inventory.errors import SkuUnknown
from mall.kernel.db import transaction
from mall.lottery.boxes.binding import bind_box, change_box
from mall.lottery.boxes.demo import load_demo_boxes
from mall.lottery.boxes.errors import (
    BoxBound,
    BoxDrawnByTeams,
    BoxesGone,
    BoxNotFound,
    BoxSkuInFlashSale,
    BoxStarted,
    BoxTableInvalid,
)
from mall.lottery.boxes.models import LotteryBox
from mall.lottery.boxes.queries import staff_box
from mall.lottery.campaigns.composing import change_published, create_lottery, publish
from mall.lottery.campaigns.running import end
from mall.lottery.desk.schemas import LotteryInSchema
from mall.lottery.errors import LotteryNotFound, LotteryNotPublished, LotteryOver
from mall.lottery.teams.binding import bind
from mall.lottery.teams.errors import LotteryIsBox
from tests.support.boxes import Boxes, check_boxes, make_boxes, taken, unbound
from tests.support.catalog import make_category, make_sku
from tests.support.flashsale import let_it_end, make_item, make_session
from tests.support.inventory import stock
from tests.support.lottery import (
    begin,
    chances,
    lottery_draft,
    lottery_terms,
    points_rule,
    prize,
    published,
    thanks,
)
from tests.support.team_draws import coming_activity
from tests.support.users import make_shopper


def test_bound_changed_and_fixed_from_the_start(app: Flask) -> None:
    lottery_id, sku_id, other = unbound(5), make_sku(), make_sku()
    bind_box(lottery_id, sku_id, None)
    with pytest.raises(BoxBound):
        bind_box(lottery_id, sku_id, None)
    change_box(lottery_id, other, 3)
    with transaction() as session:
        shown = staff_box(session, lottery_id)
    assert (shown["sku_id"], shown["daily_boxes"], shown["taken"]) == (other, 3, 0)
    begin(lottery_id)
    for command in (bind_box, change_box):
        with pytest.raises(BoxStarted):
            command(lottery_id, sku_id, None)


def test_what_can_t_be_bound(app: Flask) -> None:
    sku_id = make_sku()
    for command in (bind_box, change_box):
        with pytest.raises(LotteryNotFound):
            command(7_777, sku_id, None)
        with pytest.raises(LotteryNotPublished):
            command(lottery_draft(), sku_id, None)
    with pytest.raises(SkuUnknown):
        bind_box(unbound(), 7_777, None)
    with pytest.raises(BoxNotFound):
        change_box(unbound(), sku_id, None)
    over = unbound()
    end(over, "取消")
    with pytest.raises(LotteryOver):
        bind_box(over, sku_id, None)


def test_what_a_flash_sale_has_isnt_sold_as_boxes(app: Flask) -> None:
    session_id = make_session()
    make_item(session_id, sku_id := stock(make_sku(19_900), 50))
    lottery_id = unbound(5)
    set_ready(session_id, True)
    for command, of in ((bind_box, lottery_id), (change_box, bound_to_another := unbound(5))):
        if command is change_box:
            bind_box(bound_to_another, make_sku(), None)
        with pytest.raises(BoxSkuInFlashSale):
            command(of, sku_id, None)
    set_ready(session_id, False)
    bind_box(lottery_id, sku_id, None)
    with pytest.raises(SkuSoldOtherwise):
        set_ready(session_id, True)
    with pytest.raises(SkuSoldOtherwise):
        arm(session_id)
    end(lottery_id, "取消")
    arm(session_id)
    with pytest.raises(BoxSkuInFlashSale):
        bind_box(unbound(5), sku_id, None)
    let_it_end(session_id)
    end_if_due(session_id)
    bind_box(unbound(5), sku_id, None)


def test_what_is_sold_as_boxes_joins_no_flash_sale(app: Flask) -> None:
    boxes, session_id = make_boxes(5), make_session()
    with pytest.raises(SkuSoldOtherwise) as refused:
        make_item(session_id, boxes.sku_id, price_fen=100)
    assert refused.value.param == str(boxes.sku_id)


def test_a_lottery_is_for_teams_or_sold_as_boxes(app: Flask) -> None:
    """Either way before the start, when both are bound."""
    of_teams, sold, activity_id = unbound(), unbound(), coming_activity()
    bind(activity_id, of_teams)
    with pytest.raises(BoxDrawnByTeams):
        bind_box(of_teams, make_sku(), None)
    bind_box(sold, make_sku(), None)
    with pytest.raises(LotteryIsBox):
        bind(activity_id, sold)


@pytest.mark.parametrize(
    ("prizes", "more", "said"),
    [
        ("nothing", {"tickets": 5}, "谢谢参与"),
        ("weights", {}, "定量奖品"),
        ("spare", {"tickets": 6}, "定量奖品"),
        ("boxes", {"tickets": 5, "daily_draws": 2}, "每日"),
        ("boxes", {"tickets": 5, "budget_fen": 49}, "预算"),
    ],
)
def test_tables_that_are_none_of_boxes(
    app: Flask, prizes: str, more: dict[str, Any], said: str
) -> None:
    rule_id = points_rule(1_000)
    tables = {
        "nothing": [prize(rule_id, count=4), thanks(1)],
        "weights": [prize(rule_id, weight=1)],
        "spare": [prize(rule_id, count=5), prize(rule_id, weight=1, name="小奖")],
        "boxes": [prize(rule_id, count=5)],
    }
    lottery_id = published(*tables[prizes], **more)
    with pytest.raises(BoxTableInvalid, match=said):
        bind_box(lottery_id, make_sku(), None)


def test_chances_that_shoppers_have_are_promised(app: Flask) -> None:
    lottery_id, sku_id = unbound(2), make_sku()
    chances(make_shopper()[0], lottery_id, 2)
    bind_box(lottery_id, sku_id, None)
    assert taken(Boxes(lottery_id, sku_id)) == 2
    with pytest.raises(BoxesGone):
        chances(make_shopper()[0], lottery_id)
    check_boxes()
    crowded = unbound(2)
    chances(make_shopper()[0], crowded, 3)
    with pytest.raises(BoxesGone):
        bind_box(crowded, sku_id, None)


def test_a_further_version_stays_one_of_boxes(app: Flask) -> None:
    """Better prizes need a budget that pays for all of them."""
    terms = lottery_terms(prize(points_rule(10), count=5), tickets=5, budget_fen=50)
    lottery_id = create_lottery(LotteryInSchema().load(terms))
    publish(lottery_id, 1, accept_warnings=True)
    bind_box(lottery_id, make_sku(), None)
    terms["prizes"] = [prize(points_rule(20), count=5)]
    with pytest.raises(BoxTableInvalid, match="预算"):
        change_published(lottery_id, 2, LotteryInSchema().load(terms), accept_warnings=True)
    terms.update(tickets=8, prizes=[prize(points_rule(20), count=8)], budget_fen=160)
    change_published(lottery_id, 2, LotteryInSchema().load(terms), accept_warnings=True)
    with transaction() as session:
        assert staff_box(session, lottery_id)["tickets"] == 8


def test_the_demo_sells_boxes_once(app: Flask) -> None:
    make_category()
    console = Console(quiet=True)
    load_demo_boxes(console)
    load_demo_boxes(console)
    with transaction() as session:
        (lottery_id,) = session.scalars(select(LotteryBox.lottery_id))
        shown = staff_box(session, lottery_id)
    assert (shown["left"], shown["price_fen"], shown["daily_boxes"]) == (100, 990, 10)
