"""The arithmetic of after-sales, as tables and as properties."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.aftersales.amounts import Discount, LineState, discounts, freight_back, split_offer
from mall.aftersales.states import ALL, OPEN, TRANSITIONS

LINE = LineState(1, 1, 3, shipped=0, restocked=0, price_fen=50, payable_fen=100)


@pytest.mark.parametrize(
    ("gone", "units", "share"),
    [
        ({}, 1, 33),
        ({}, 3, 100),
        ({"refunded_quantity": 2, "refunded_fen": 66}, 1, 34),
        ({"claimed_quantity": 1, "claimed_fen": 33}, 2, 67),
        # One took 10 instead of 33: what was given up doesn't go to the last one.
        ({"refunded_quantity": 2, "refunded_fen": 43, "withheld_fen": 23}, 1, 34),
        # A rebate leaves less of each unit: 40 of 50 when a fifth went back.
        ({"quantity": 2, "rebated_fen": 20}, 1, 40),
        ({"quantity": 2, "rebated_fen": 20, "refunded_quantity": 1, "refunded_fen": 40}, 1, 40),
        # One unit came back for its whole share before the rebate: the others bear it.
        ({"refunded_quantity": 1, "refunded_fen": 33, "rebated_fen": 20}, 1, 23),
        ({"rebated_fen": 90}, 1, 3),
        ({"rebated_fen": 100}, 3, 0),
    ],
)
def test_a_share(gone: dict[str, int], units: int, share: int) -> None:
    assert replace(LINE, **gone).share(units) == share


@given(
    payable=st.integers(0, 10**7),
    takes=st.lists(st.integers(1, 5), min_size=1, max_size=12),
)
def test_all_units_in_any_parts_give_back_all_that_was_paid(payable: int, takes: list[int]) -> None:
    line = replace(LINE, quantity=sum(takes), payable_fen=payable)
    for units in takes:
        share = line.share(units)
        assert share >= 0
        line = replace(
            line,
            claimed_quantity=line.claimed_quantity + units,
            claimed_fen=line.claimed_fen + share,
        )
    assert (line.claimed_fen, line.left) == (payable, 0)


@given(
    shares=st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(lambda s: sum(s) > 0),
    part=st.floats(0, 1),
)
def test_no_part_of_an_offer_is_above_its_share(shares: list[int], part: float) -> None:
    offer = max(1, int(sum(shares) * part))
    parts = split_offer(offer, shares)
    assert sum(parts) == offer
    assert all(0 <= p <= share for p, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize(
    ("lines", "units", "freight"),
    [
        ([LINE], {1: 3}, 1000),
        ([LINE], {1: 2}, 0),
        ([replace(LINE, refunded_quantity=2)], {1: 1}, 1000),
        ([LINE, replace(LINE, line_id=2)], {1: 3}, 0),
        ([replace(LINE, shipped=1)], {1: 3}, 0),
    ],
)
def test_freight_goes_back_with_the_last_unsent_unit(
    lines: list[LineState], units: dict[int, int], freight: int
) -> None:
    assert freight_back(lines, units, 1000) == freight


def test_why_units_cost_less() -> None:
    given_ = [("COUPON", "券", -30), ("POINTS", "积分", -20), ("PROMOTION", "别的行", 0)]
    assert discounts(LINE, 3, 100, given_) == [
        Discount("COUPON", "券", -30),
        Discount("POINTS", "积分", -20),
    ]
    parts = discounts(LINE, 1, 33, given_)
    assert sum(part.amount_fen for part in parts) == 33 - 50
    assert discounts(LINE, 1, 50, given_) == []


def test_the_table_of_states_is_whole() -> None:
    assert set(TRANSITIONS) == {None, *ALL}
    assert {to for ends in TRANSITIONS.values() for to in ends} == set(ALL)
    assert all(TRANSITIONS[state] for state in OPEN)
