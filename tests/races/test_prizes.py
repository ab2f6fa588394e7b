"""Prizes that race: the claim against its deadline, one claim at twenty times, the last unit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.inventory import commands as inventory
from mall.inventory.models import ONCE_A_REF
from mall.kernel.db import db
from mall.lottery.draws.returning import return_pending
from mall.prizes import claiming
from mall.prizes.claiming import claim
from mall.prizes.expiring import expire_due
from mall.prizes.managing import cancel
from mall.rewards.commands import take_back
from mall.shipping.commands import ship
from tests.races.test_stock import read_then_write
from tests.support.events import work_off
from tests.support.invariants import check_invariants, rows_of
from tests.support.inventory import Units, units
from tests.support.lottery import all_agree, chances, draw_once, of_lottery, running_lottery, thanks
from tests.support.messages import now
from tests.support.orders import Buyer, make_buyer
from tests.support.prizes import (
    claim_row,
    claimed,
    claims_of,
    due_now,
    goods_prize,
    goods_rule,
    make_goods,
    prize_orders,
    win,
    won,
)
from tests.support.races import Rendezvous, slow_writes, together, without

AT_ONCE = 20
CARELESS = """
    UPDATE prize_claims
    SET state = 'ordered', order_id = :order_id, ordered_at = clock_timestamp(),
        changed_at = clock_timestamp()
    WHERE id = :claim_id RETURNING id
"""


def outcomes(found: list[Any]) -> Counter[str]:
    return Counter(getattr(one, "code", type(one).__name__) for one in found)


def moved_often() -> AbstractContextManager[None]:
    """For a control: a claim's units may leave it several times, too."""
    name = "uq_stock_movements_once"
    rows = f"stock_movements (ref, sku_id, kind) WHERE {ONCE_A_REF}"
    index = f"CREATE UNIQUE INDEX {name} ON {rows}"
    return without(f"DROP INDEX {name}", index, table="stock_movements")


def claim_against_its_deadline(app: Flask) -> tuple[Any, str]:
    """Its order is begun in time and comes to the claim too late: the sweep was there before.

    Another prize of the same goods waits, so that the units wouldn't be missed.
    """
    rule_id = goods_rule(make_goods(3))
    won(rule_id)
    buyer, claim_id = won(rule_id)
    due_now(claim_id, now() + timedelta(seconds=0.5))

    def sweep() -> int:
        time.sleep(0.7)
        return expire_due()

    begun = partial(claim, buyer.user_id, claim_id, buyer.address_id)
    with slow_writes("orders", of="INSERT", seconds=1.2):
        calls: list[Callable[[], Any]] = [begun, sweep]
        found, swept = together(app, calls)
    assert swept == 1
    return found, claim_row(claim_id).state


def test_a_claim_that_comes_after_the_sweep_is_over(app: Flask) -> None:
    found, state = claim_against_its_deadline(app)
    assert (getattr(found, "code", found), state) == ("prize_claim_over", "expired")
    check_invariants()


def test_control_without_the_condition_an_expired_prize_is_sent(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_TAKE", text(CARELESS))
    with moved_often():
        _, state = claim_against_its_deadline(app)
        assert state == "ordered"
        assert rows_of("I79a")
        assert rows_of("I79d")


def test_claims_and_sweeps_at_their_deadline(app: Flask) -> None:
    """Whoever comes first: each prize is ordered or over, and no unit is lost."""
    count = 8
    sku_id = make_goods(count)
    rule_id = goods_rule(sku_id)
    pairs = [won(rule_id) for _ in range(count)]
    moment = now() + timedelta(seconds=0.4)
    for _, claim_id in pairs:
        due_now(claim_id, moment)

    def late(buyer: Buyer, claim_id: int, place: int) -> Any:
        time.sleep(0.25 + place * 0.03)
        return claim(buyer.user_id, claim_id, buyer.address_id)

    def sweep() -> None:
        while now() < moment + timedelta(seconds=0.3):
            expire_due()

    calls: list[Any] = [partial(late, *pair, place) for place, pair in enumerate(pairs)]
    found = outcomes(together(app, [*calls, sweep, sweep])[:count])
    assert set(found) <= {"Placed", "prize_claim_over"}
    expire_due()
    states = Counter(claim_row(claim_id).state for _, claim_id in pairs)
    assert (
        states
        == Counter({"ordered": found["Placed"], "expired": found["prize_claim_over"]}) - Counter()
    )
    assert units(sku_id) == Units(found["prize_claim_over"], 0, found["Placed"])
    check_invariants()


def claim_at_once(app: Flask) -> tuple[int, Counter[str]]:
    """Orders that came of one claim; others of the same goods wait."""
    rule_id = goods_rule(make_goods(2 * AT_ONCE))
    for _ in range(AT_ONCE):
        won(rule_id)
    buyer, claim_id = won(rule_id)
    found = together(app, [partial(claim, buyer.user_id, claim_id, buyer.address_id)] * AT_ONCE)
    return prize_orders(buyer.user_id), outcomes(found)


def test_twenty_claims_of_a_prize_are_one_order(app: Flask) -> None:
    made, found = claim_at_once(app)
    assert made == 1
    assert found == {"Placed": 1, "prize_state_conflict": AT_ONCE - 1}
    check_invariants()


def test_control_without_the_condition_a_prize_is_ordered_several_times(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "_TAKE", text(CARELESS))
    with moved_often():
        made, _ = claim_at_once(app)
        assert made > 1
        assert rows_of("I79c")


def last_units(app: Flask) -> tuple[int, Counter[str]]:
    """A crowd is given goods of which there are three: who got one, and how it went."""
    sku_id = make_goods(3)
    rule_id = goods_rule(sku_id)
    buyers = [make_buyer() for _ in range(12)]
    found = together(app, [partial(win, buyer.user_id, rule_id) for buyer in buyers])
    return sum(len(claims_of(buyer.user_id)) for buyer in buyers), outcomes(found)


def test_the_last_units_are_given_once(app: Flask) -> None:
    assert last_units(app) == (3, Counter({"int": 3, "out_of_stock": 9}))
    check_invariants()


def test_control_reading_before_writing_gives_more_than_there_is(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "reserve", partial(read_then_write, Rendezvous(4)))
    with without(
        "ALTER TABLE stocks DROP CONSTRAINT ck_stocks_adds_up",
        "ALTER TABLE stocks ADD CONSTRAINT ck_stocks_adds_up"
        " CHECK (sellable + reserved + sold = received)",
        table="stocks",
    ):
        given, _ = last_units(app)
        assert given > 3


def test_staff_cancel_while_the_shopper_claims_and_the_clerk_ships(app: Flask) -> None:
    """Of a cancellation, a take-back, a claim and a parcel all come to one end."""
    count = 6
    sku_id = make_goods(2 * count)
    rule_id = goods_rule(sku_id)
    waiting = [won(rule_id) for _ in range(count)]
    ordered = [claimed(rule_id) for _ in range(count)]
    calls: list[Any] = []
    for buyer, claim_id in waiting:
        calls.append(partial(claim, buyer.user_id, claim_id, buyer.address_id))
    for place, (_, _, order_no) in enumerate(ordered):
        calls.append(partial(ship, order_no, "ZTO", f"Z40000{place}"))
    claim_ids = [claim_id for _, claim_id in waiting] + [claim_id for _, claim_id, _ in ordered]
    calls += [partial(cancel, claim_id, "刷奖") for claim_id in claim_ids]
    calls += [partial(take_back, claim_row(one).grant_id or 0) for one in claim_ids[::2]]
    found = outcomes(together(app, calls))
    assert set(found) <= {
        *("Placed", "int", "NoneType", "prize_state_conflict", "order_state", "nothing_to_ship"),
        "units_not_shippable",
    }
    check_invariants()


def test_unclaimed_prizes_come_back_once_while_others_draw(app: Flask) -> None:
    """Draws, sweeps and returns of one lottery at the same time; every row agrees."""
    sku_id = make_goods(60)
    lottery_id = running_lottery(goods_prize(sku_id, 20), thanks(1), tickets=80)
    shoppers = [make_buyer().user_id for _ in range(10)]
    for user_id in shoppers:
        chances(user_id, lottery_id, 8)
        for _ in range(4):
            draw_once(user_id, lottery_id)
    gone = [one.id for user_id in shoppers for one in claims_of(user_id)]
    for claim_id in gone:
        due_now(claim_id)
    together(app, [expire_due] * 3)
    work_off()
    calls: list[Any] = [partial(draw_once, user_id, lottery_id) for user_id in shoppers]
    together(app, [*calls, *[return_pending] * 3])
    with db.session.begin():
        query = text("SELECT state, count(*) AS n FROM lottery_returns GROUP BY state")
        states = {row.state: row.n for row in db.session.execute(query)}
    assert sum(states.values()) == len(gone)
    assert "pending" not in states
    drawn = sum(len(claims_of(user_id)) for user_id in shoppers)
    left = of_lottery(lottery_id, "left_counts")[0]
    assert drawn + left == 20 + states.get("returned", 0)
    all_agree(lottery_id)
    check_invariants()
