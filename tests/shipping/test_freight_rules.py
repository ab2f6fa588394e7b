"""The rules of freight alone: tables, and what holds for any numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mall.pricing.engine import price
from mall.pricing.quote import PriceContext, PriceLine, PriceRule, Quote
from mall.shipping.freight_rules import (
    Basis,
    FlatFreight,
    TemplateFreight,
    Zone,
    units_of,
    zone_for,
)

PLACE = ("330106", "330100", "330000")
EVERYWHERE = Zone(frozenset(), True, 1, 800, 1, 200)
CONTEXT = PriceContext(user_id=1, region_code=PLACE[0])


def line(sku_id: int, quantity: int, price_fen: int = 1000, spu_id: int = 1) -> PriceLine:
    return PriceLine(sku_id, price_fen, quantity, spu_id, 1, None, 300, 2000)


def template(
    zone: Zone | None,
    basis: Basis = "piece",
    *,
    template_id: int = 7,
    spu_ids: frozenset[int] = frozenset({1}),
    placed: bool = True,
) -> TemplateFreight:
    return TemplateFreight(template_id, "普通", basis, zone, spu_ids, placed)


def priced(lines: list[PriceLine], *rules: PriceRule) -> Quote:
    return price(lines, rules, CONTEXT)


@pytest.mark.parametrize(
    ("units", "charge"), [(0, 800), (1, 800), (1000, 800), (1001, 1100), (1500, 1100), (1501, 1400)]
)
def test_first_and_further_units(units: int, charge: int) -> None:
    assert Zone(frozenset(), True, 1000, 800, 500, 300).charge(units) == charge


@pytest.mark.parametrize(("basis", "units"), [("piece", 4), ("weight", 1200), ("volume", 8000)])
def test_what_is_counted(basis: Basis, units: int) -> None:
    assert units_of(line(1, 4), basis) == units


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["330000", "330100", "330106"], "330106"),
        (["330000", "330100"], "330100"),
        (["330000", "310000"], "330000"),
        (["310000", ""], ""),
        (["310000"], None),
    ],
)
def test_the_most_specific_region_wins(named: list[str], expected: str | None) -> None:
    zones = [replace(EVERYWHERE, regions=frozenset({c} if c else ())) for c in named]
    for known in (zones, zones[::-1]):
        found = zone_for(known, PLACE)
        assert (found and "".join(found.regions)) == expected


@pytest.mark.parametrize(
    ("limits", "quantity", "expected_fen"),
    [
        ({"free_from_fen": 3000}, 2, 1000),
        ({"free_from_fen": 3000}, 3, 0),
        ({"free_from_pieces": 3}, 2, 1000),
        ({"free_from_pieces": 3}, 3, 0),
        ({"free_from_fen": 9000, "free_from_pieces": 2}, 2, 0),
        ({"free_from_fen": 0}, 1, 0),
    ],
)
def test_free_over_an_amount_or_pieces(
    limits: dict[str, Any], quantity: int, expected_fen: int
) -> None:
    zone = replace(EVERYWHERE, **limits)
    assert priced([line(1, quantity)], template(zone)).freight_fen == expected_fen


def test_several_templates_add_up_each_over_its_own_lines() -> None:
    lines = [line(1, 3), line(2, 2, spu_id=2), line(3, 1, spu_id=3)]
    by_weight = Zone(frozenset(), True, 500, 1000, 500, 500)
    quote = priced(
        lines,
        template(EVERYWHERE),
        template(by_weight, "weight", template_id=8, spu_ids=frozenset({2})),
        FlatFreight(600, 5000, frozenset({3})),
    )
    assert [a.amount_fen for a in quote.adjustments] == [1200, 1500, 600]
    assert quote.freight_fen == 3300


def test_lines_that_nothing_is_sent_to_are_named() -> None:
    lines = [line(1, 1), line(2, 1, spu_id=2)]
    nowhere = replace(EVERYWHERE, deliverable=False)
    for zone in (None, nowhere):
        quote = priced(
            lines, template(zone), template(EVERYWHERE, template_id=8, spu_ids=frozenset({2}))
        )
        (obstacle,) = quote.obstacles
        assert (obstacle.code, obstacle.sku_ids) == ("undeliverable", frozenset({1}))
        assert quote.freight_fen == 800
        assert priced(lines, template(zone, placed=False)).obstacles == ()


fees, sizes = st.integers(0, 10_000), st.integers(1, 5_000)
zones = st.builds(Zone, st.just(frozenset()), st.just(True), sizes, fees, sizes, fees)
bases = st.sampled_from(["piece", "weight", "volume"])
quantities = st.integers(1, 300)


@given(zones, st.integers(0, 10**7))
def test_freight_is_never_negative(zone: Zone, units: int) -> None:
    assert zone.charge(units) >= zone.first_fen >= 0


@given(zones, bases, quantities, st.integers(0, 50))
def test_more_never_costs_less_freight(zone: Zone, basis: Basis, quantity: int, more: int) -> None:
    rule = template(zone, basis)
    less = priced([line(1, quantity)], rule).freight_fen
    assert 0 <= less <= priced([line(1, quantity + more)], rule).freight_fen


@given(zones, bases, quantities, quantities)
def test_how_goods_are_split_into_lines_changes_nothing(
    zone: Zone, basis: Basis, one: int, other: int
) -> None:
    rule = template(zone, basis)
    apart = priced([line(1, one), line(2, other)], rule)
    assert apart.freight_fen == priced([line(1, one + other)], rule).freight_fen
    assert apart.freight_fen == priced([line(2, other), line(1, one)], rule).freight_fen


@given(zones, st.integers(1, 10**5), st.integers(1, 10**5))
def test_two_orders_never_pay_less_than_one_where_the_first_units_are_no_bargain(
    zone: Zone, one: int, other: int
) -> None:
    lots = -(-zone.first_units // zone.further_units)
    fair = replace(zone, first_fen=max(zone.first_fen, lots * zone.further_fen))
    assert fair.charge(one + other) <= fair.charge(one) + fair.charge(other)


@given(
    zones,
    st.none() | st.integers(0, 10**6),
    st.none() | st.integers(1, 400),
    quantities,
    st.integers(0, 5_000),
)
def test_free_is_free_and_else_the_full_charge(
    zone: Zone, amount: int | None, pieces: int | None, quantity: int, unit_fen: int
) -> None:
    limited = replace(zone, free_from_fen=amount, free_from_pieces=pieces)
    freight_fen = priced([line(1, quantity, unit_fen)], template(limited)).freight_fen
    free = (amount is not None and quantity * unit_fen >= amount) or (
        pieces is not None and quantity >= pieces
    )
    assert freight_fen == (0 if free else zone.charge(quantity))
