"""The kinds of promotions: how the JSON of a rule becomes a benefit, and in which lane.

A gift's benefit is only known with its stock, so its rule becomes terms of a gift.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mall.pricing import benefits
from mall.pricing.benefits import Benefit
from mall.pricing.quote import GiftRule, Lane
from mall.promotions.gifts import GiftTerms

Rule = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind: its lane and what reads its rule."""

    lane: Lane
    read: Callable[[Rule], Benefit | GiftTerms]


def _amount_off(rule: Rule) -> Benefit:
    return benefits.AmountOff(tuple((s["from_fen"], s["off_fen"]) for s in rule["steps"]))


def _units_percent(rule: Rule) -> Benefit:
    return benefits.UnitsPercent(tuple((s["from_units"], s["pay_bp"]) for s in rule["steps"]))


def _units_free(rule: Rule) -> Benefit:
    return benefits.UnitsFree(rule["units"], rule["free_units"], rule["repeat"])


def _percent(rule: Rule) -> Benefit:
    return benefits.Percent(rule["pay_bp"])


def _fixed_prices(rule: Rule) -> Benefit:
    return benefits.FixedPrices(tuple((p["sku_id"], p["price_fen"]) for p in rule["prices"]))


def _bundle(rule: Rule) -> Benefit:
    items = tuple((item["sku_id"], item["units"]) for item in rule["items"])
    return benefits.Bundle(items, rule["price_fen"])


def _gift(rule: Rule) -> GiftTerms:
    return GiftTerms(rule["sku_id"], GiftRule(rule["from_units"], rule["units"], rule["repeat"]))


def _free_freight(rule: Rule) -> Benefit:
    return benefits.FreeFreight(rule["from_fen"])


KINDS: dict[str, Kind] = {
    "amount_off": Kind(Lane.PROMOTION, _amount_off),
    "units_percent": Kind(Lane.PROMOTION, _units_percent),
    "units_free": Kind(Lane.PROMOTION, _units_free),
    "bundle": Kind(Lane.PROMOTION, _bundle),
    "gift": Kind(Lane.PROMOTION, _gift),
    "percent": Kind(Lane.ACTIVITY, _percent),
    "fixed_prices": Kind(Lane.ACTIVITY, _fixed_prices),
    "free_freight": Kind(Lane.FREIGHT, _free_freight),
}
