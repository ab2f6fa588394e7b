"""kill -9 around each step of a prize: its unit is held, ordered, or for sale; never two of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.kernel.db import db
from mall.lottery.jobs import return_unclaimed
from mall.prizes.errors import PrizeStateConflict
from tests.prizes.dying import COMMANDS
from tests.support.dying import Die, dying
from tests.support.events import work_off
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.lottery import all_agree, chances, draw_once, of_lottery, running_lottery, thanks
from tests.support.orders import make_buyer
from tests.support.prizes import (
    claim_row,
    claims_of,
    due_now,
    goods_prize,
    goods_rule,
    make_goods,
    prize_orders,
    won,
)

pytestmark = pytest.mark.usefixtures("app")
WHEN = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.prizes.dying", environment) as die:
        yield die


def again(command: str, wanted: str = "") -> None:
    """The same once more, as a client or a job does it."""
    COMMANDS[command](wanted)
    db.session.remove()


@WHEN
def test_claiming(app: Flask, die: Die, when: str) -> None:
    sku_id = make_goods(2)
    buyer, claim_id = won(goods_rule(sku_id))
    wanted = f"{buyer.user_id} {claim_id} {buyer.address_id}"
    die(f"orders.{when}_order_commit", "order", wanted)
    is_done = when == "after"
    assert prize_orders(buyer.user_id) == int(is_done)
    assert units(sku_id) == (Units(1, 0, 1) if is_done else Units(1, 1))
    check_invariants()
    if is_done:
        with pytest.raises(PrizeStateConflict):
            again("order", wanted)
    else:
        again("order", wanted)
    assert prize_orders(buyer.user_id) == 1
    assert units(sku_id) == Units(1, 0, 1)
    check_invariants()


@WHEN
def test_expiring(app: Flask, die: Die, when: str) -> None:
    """The first of two is over or not; the rest of the batch is the next run's."""
    sku_id = make_goods(5)
    rule_id = goods_rule(sku_id)
    claim_ids = [won(rule_id)[1] for _ in range(2)]
    for claim_id in claim_ids:
        due_now(claim_id)
    die(f"prizes.{when}_expiry_commit", "expire", "")
    ended = sum(claim_row(claim_id).state == "expired" for claim_id in claim_ids)
    assert ended == int(when == "after")
    assert units(sku_id) == Units(3 + ended, 2 - ended)
    check_invariants()
    again("expire")
    assert {claim_row(claim_id).state for claim_id in claim_ids} == {"expired"}
    assert units(sku_id) == Units(5)
    check_invariants()


@WHEN
def test_going_back_into_the_lottery(app: Flask, die: Die, when: str) -> None:
    lottery_id = running_lottery(goods_prize(make_goods(20), 10), thanks(1), tickets=40)
    user_id = make_buyer().user_id
    chances(user_id, lottery_id, 40)
    while not claims_of(user_id):
        draw_once(user_id, lottery_id)
    due_now(claims_of(user_id)[0].id)
    again("expire")
    work_off()
    die(f"lottery.{when}_return_commit", "bring_back", "")
    assert of_lottery(lottery_id, "version") == (2 if when == "after" else 1)
    return_unclaimed()
    return_unclaimed()
    assert of_lottery(lottery_id, "version") == 2
    assert of_lottery(lottery_id, "left_counts")[0] == 10
    all_agree(lottery_id)
    check_invariants()
