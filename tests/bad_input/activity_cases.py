"""Well-formed activities of group-buy that are refused."""

from __future__ import annotations

import copy
from typing import Any

from tests.bad_input.by_feature.groupbuy import ACTIVITY, PLAN, TIMES
from tests.bad_input.cases import NOWHERE, Case, admin

NEW, DRAFT = "POST /group-activities", "PUT /group-activities/{activity_id}"
STARTED = "/group-activities/{group_activity_id}"
SIMULATION = "POST /group-activities/simulations"


def tiers(*rows: tuple[int, int], terms: dict[str, Any] = ACTIVITY) -> dict[str, Any]:
    """Terms with these tiers: size, fen. The SKU costs 5,000 in the shop."""
    changed = copy.deepcopy(terms)
    changed["tier_sets"][0]["tiers"] = [
        {"size": size, "prices": [{"sku_id": "{sku_id}", "price_fen": fen}]} for size, fen in rows
    ]
    changed["skus"][0]["leader_price_fen"] = None
    return changed


def of_sku(**change: Any) -> dict[str, Any]:
    changed = copy.deepcopy(ACTIVITY)
    changed["skus"][0] |= change
    return changed


def second_set(*rows: tuple[int, int]) -> dict[str, Any]:
    sets = [*tiers((2, 4_500), (5, 4_000))["tier_sets"], *tiers(*rows)["tier_sets"]]
    return {**ACTIVITY, "tier_sets": sets}


def off_shelf() -> dict[str, Any]:
    other = {"sku_id": "{off_shelf}", "stock": 9}
    return {**ACTIVITY, "skus": [*ACTIVITY["skus"], other]}


LATE = {"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2020-01-02T00:00:00Z"}
BACKWARDS = {"starts_at": TIMES["ends_at"], "ends_at": TIMES["starts_at"]}
START = {"accept_warnings": True}

ACTIVITY_CASES: list[Case] = [
    admin("size 1", NEW, 422, "validation_failed", tiers((1, 4_500), (5, 4_000))),
    admin("a huge team", NEW, 422, "validation_failed", tiers((2, 4_500), (501, 4_000))),
    admin("sizes that shrink", NEW, 422, "group_sizes_wrong", tiers((5, 4_500), (2, 4_000))),
    admin("a size twice", NEW, 422, "group_sizes_wrong", tiers((5, 4_500), (5, 4_000))),
    admin("prices that stay", NEW, 422, "group_prices_not_falling", tiers((2, 4_000), (5, 4_000))),
    admin("prices that rise", DRAFT, 422, "group_prices_not_falling", tiers((2, 4), (5, 5))),
    admin("the shop's price", NEW, 422, "group_price_not_lower", tiers((2, 5_000), (5, 4_000))),
    admin("above the shop's", DRAFT, 422, "group_price_not_lower", tiers((2, 5_001), (5, 4_000))),
    admin("free", NEW, 422, "validation_failed", tiers((2, 4_000), (5, 0))),
    admin("too few for a team", NEW, 422, "group_stock_too_small", of_sku(stock=4)),
    admin("a dear leader", NEW, 422, "group_leader_price_too_high", of_sku(leader_price_fen=4_501)),
    admin("a dearer set", NEW, 422, "group_set_dearer", second_set((5, 4_001), (9, 3_000))),
    admin("no choice", NEW, 422, "group_sets_wrong", {**ACTIVITY, "picks_set": True}),
    admin("no prices for one", NEW, 422, "group_prices_missing", off_shelf()),
    admin("another product", NEW, 422, "group_sku_foreign", {**ACTIVITY, "spu_id": NOWHERE}),
    admin("points", NEW, 422, "group_stacks_wrong", {**ACTIVITY, "stacks": ["points"]}),
    admin("what is no stack", NEW, 422, "validation_failed", {**ACTIVITY, "stacks": ["flash"]}),
    admin("no reward", NEW, 422, "group_rule_unknown", {**ACTIVITY, "leader_rule_id": NOWHERE}),
    admin("a long pay time", NEW, 422, "group_pay_time_too_long", {**ACTIVITY, "team_open_min": 9}),
    admin("few units", NEW, 422, "group_limits_wrong", {**ACTIVITY, "shopper_units": 1}),
    admin("a team of none", NEW, 422, "group_fill_too_many", {**ACTIVITY, "virtual_seats": 2}),
    admin("backwards", NEW, 422, "validation_failed", {**ACTIVITY, **BACKWARDS}),
    admin("over", NEW, 409, "group_activity_over", {**ACTIVITY, **LATE}),
    admin("changed after start", f"PUT {STARTED}", 409, "group_activity_not_draft", ACTIVITY),
    admin("deleted after start", f"DELETE {STARTED}", 409, "group_activity_not_draft"),
    admin("started twice", f"POST {STARTED}/start", 409, "group_activity_not_draft", START),
    admin("copied into the past", f"POST {STARTED}/copies", 409, "group_activity_over", LATE),
    admin("no activity", f"PUT /group-activities/{NOWHERE}", 404, "", ACTIVITY),
    admin(
        "what compliance warns of",
        NEW,
        409,
        "campaign_warned",
        {**ACTIVITY, "virtual_seats": 1, "accept_warnings": False},
    ),
    admin(
        "what compliance refuses",
        NEW,
        422,
        "campaign_refused",
        {**ACTIVITY, "description": "拼团失败款项概不返还"},
    ),
    admin(
        "sizes that shrink",
        SIMULATION,
        422,
        "group_sizes_wrong",
        tiers((5, 4), (2, 3), terms=PLAN),
    ),
]
