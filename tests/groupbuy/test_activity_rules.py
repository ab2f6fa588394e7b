"""What an activity may be like: what is refused, warned of, and told to shoppers in words."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update

from mall.catalog.models import Sku
from mall.compliance.errors import CampaignRefused, CampaignWarned
from mall.groupbuy.activities import errors
from mall.groupbuy.activities.saving import (
    create_activity,
)
from mall.groupbuy.activities.starting import start_activity
from mall.inventory.errors import SkuUnknown
from mall.kernel.db import db, transaction
from mall.kernel.errors import MallError, ValidationFailed
from tests.groupbuy.planning import draft, goods, of, soon
from tests.support.coupons import make_rule, make_template
from tests.support.groupbuy import (
    TIERS,
    activity_terms,
    tier_set,
)
from tests.support.invariants import check_invariants


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def sets(*tiers: dict[int, int]) -> Any:
    """Tier sets of a SKU."""
    return lambda sku_id: {
        "tier_sets": [tier_set(f"档{place}", sku_id, one) for place, one in enumerate(tiers)]
    }


def of_stock(units_: int) -> Any:
    return lambda sku_id: {"skus": [{"sku_id": sku_id, "stock": units_, "leader_price_fen": None}]}


def leader(price_fen: int, **more: Any) -> Any:
    return lambda sku_id: {
        "skus": [{"sku_id": sku_id, "stock": 50, "leader_price_fen": price_fen}],
        **more,
    }


def plain(**terms: Any) -> Any:
    return lambda _: terms


_LARGER = ({2: 9_000, 5: 8_000}, {3: 9_000, 9: 7_900})
WRONG: list[tuple[str, type[MallError], Any]] = [
    ("tiers that don't fall", errors.GroupPricesNotFalling, sets({2: 9_000, 5: 9_000})),
    ("tiers that rise", errors.GroupPricesNotFalling, sets({2: 8_000, 5: 9_000})),
    ("a tier at the shop's price", errors.GroupPriceNotLower, sets({2: 10_000, 5: 9_000})),
    ("a tier above the shop's price", errors.GroupPriceNotLower, sets({2: 10_001})),
    ("size 1", errors.GroupSizesWrong, sets({1: 9_000, 2: 8_000})),
    ("sizes that shrink", errors.GroupSizesWrong, sets({5: 9_000, 2: 8_000})),
    ("too large a team", errors.GroupSizesWrong, sets({2: 9_000, 501: 8_000})),
    ("six tiers", errors.GroupSizesWrong, sets({n: 9_000 - n for n in range(2, 8)})),
    ("no tiers", errors.GroupSizesWrong, sets({})),
    ("no sets", ValidationFailed, sets()),
    ("stock below a team's size", errors.GroupStockTooSmall, of_stock(8)),
    ("a leader above members", errors.GroupLeaderPriceTooHigh, leader(9_001)),
    (
        "a leader above a chosen tier",
        errors.GroupLeaderPriceTooHigh,
        leader(7_001, mode="chosen"),
    ),
    ("time to pay beyond the team", errors.GroupPayTimeTooLong, plain(pay_min=61)),
    ("points and a difference", errors.GroupStacksWrong, plain(stacks=["points"])),
    ("what doesn't stack", errors.GroupStacksWrong, plain(stacks=["flashsale"])),
    ("fewer for a shopper", errors.GroupLimitsWrong, plain(shopper_units=4)),
    ("a choice of one set", errors.GroupSetsWrong, plain(picks_set=True)),
    ("a dearer larger set", errors.GroupSetDearer, sets({2: 9_000, 5: 8_000}, {5: 8_001, 9: 1})),
    ("one dearer in between", errors.GroupSetDearer, sets(*_LARGER)),
    ("the same sizes dearer", errors.GroupSetDearer, sets({2: 9_000}, {2: 8_999})),
    ("a team of the leader alone", errors.GroupFillTooMany, plain(virtual_seats=2)),
    ("an unknown reward", errors.GroupRuleUnknown, plain(leader_rule_id=10**9)),
    (
        "an end before the start",
        ValidationFailed,
        lambda _: {"starts_at": soon(days=2), "ends_at": soon(days=1)},
    ),
    ("an end that is over", errors.GroupActivityOver, lambda _: {"ends_at": soon(seconds=-1)}),
    ("another product", errors.GroupSkuForeign, plain(spu_id=10**9)),
    ("a forbidden word", CampaignRefused, plain(name="国家级拼团")),
    ("a team's money kept", CampaignRefused, plain(description="拼团失败款项概不返还")),
]


@pytest.mark.parametrize(("what", "error", "change"), WRONG, ids=[row[0] for row in WRONG])
def test_what_is_refused(what: str, error: type[MallError], change: Any) -> None:
    sku_id = goods()
    with pytest.raises(MallError) as refused:
        draft(sku_id, **change(sku_id))
    assert type(refused.value) is error
    db.session.rollback()
    assert db.session.scalar(text("SELECT count(*) FROM groupbuy_activities")) == 0


def test_what_may_be() -> None:
    for change in (
        sets({2: 9_000, 5: 8_000}, {5: 8_000, 9: 7_000}),
        sets({2: 9_000, 3: 8_000}, {4: 9_500, 9: 8_500}),
        leader(9_000),
        leader(7_000, mode="chosen", stacks=["points", "coupons"]),
        plain(virtual_seats=1, stacks=["promotions"], join_audience="new"),
    ):
        sku_id = goods()
        draft(sku_id, **change(sku_id))
    check_invariants()


def test_every_sku_has_a_price_at_each_tier() -> None:
    sku_id, other = goods(), goods()
    both = [{"sku_id": one, "stock": 50, "leader_price_fen": None} for one in (sku_id, other)]
    with pytest.raises(errors.GroupPricesMissing):
        draft(sku_id, skus=both)
    with pytest.raises(errors.GroupPricesMissing):
        draft(sku_id, tier_sets=[tier_set("档", other, TIERS)])
    terms = activity_terms(sku_id=sku_id)
    for tier in (two := tier_set("档", sku_id, TIERS))["tiers"]:
        tier["prices"].append({"sku_id": other, "price_fen": tier["prices"][0]["price_fen"]})
    with pytest.raises(errors.GroupSkuForeign):
        create_activity({**terms, "skus": both, "tier_sets": [two]})
    with transaction() as session:
        session.execute(
            update(Sku).where(Sku.id == other).values(spu_id=terms["spu_id"], spec_values=["大"])
        )
    create_activity({**terms, "skus": both, "tier_sets": [two]})
    with pytest.raises(ValidationFailed):
        create_activity({**terms, "skus": [both[0], both[0]]})


def test_an_unknown_sku() -> None:
    terms = activity_terms(sku_id=goods())
    none = 10**9
    none_of_us = {"sku_id": none, "stock": 50, "leader_price_fen": None}
    with pytest.raises(SkuUnknown):
        create_activity({**terms, "skus": [none_of_us], "tier_sets": [tier_set("x", none, TIERS)]})


def test_seats_that_the_shop_fills_are_warned_of() -> None:
    sku_id = goods()
    with pytest.raises(CampaignWarned):
        draft(sku_id, virtual_seats=1, accept_warnings=False)
    activity_id = draft(sku_id, virtual_seats=1)
    with pytest.raises(CampaignWarned):
        start_activity(activity_id)
    start_activity(activity_id, accept_warnings=True)
    assert any("商家补足" in said for said in of(activity_id).rules_text)


def test_what_compliance_is_told() -> None:
    sku_id = goods()
    rule_id = make_rule(make_template(way="reward"))
    activity_id = draft(sku_id, join_audience="new", leader_rule_id=rule_id, name="新客拼团")
    with transaction() as session:
        snapshot, rules = session.execute(
            text(
                "SELECT snapshot, rules FROM compliance_verdicts"
                " WHERE kind = 'group_activity' AND ref = :ref"
            ),
            {"ref": str(activity_id)},
        ).one()
    kinds = {tuple(sorted(one)) for one in snapshot["mechanics"]}
    assert ("basis",) in kinds
    assert ("ground", "what") in kinds
    reduced = next(one for one in snapshot["mechanics"] if "usual_price_fen" in one)
    assert (reduced["price_fen"], reduced["usual_price_fen"]) == (9_000, 10_000)
    assert snapshot["quantity"] == 50
    assert {"not_reduced", "team_money", "seats_filled", "personal_price"} <= set(rules)


def test_the_rules_in_words_follow_the_terms() -> None:
    sku_id = goods()
    said = "。".join(
        of(
            draft(
                sku_id,
                leader_leaves="fail",
                team_open_min=1_440,
                open_audience="customers",
                join_audience="new",
                picks_set=True,
                **sets({2: 9_000, 5: 8_000}, {6: 7_900})(sku_id),
            )
        ).rules_text
    )
    for part in ("满 2 人起", "1 天内未成团", "购买过", "新客", "拼团取消", "2 套", "优先展示"):
        assert part in said
    chosen = "。".join(of(draft(goods(), mode="chosen", team_open_min=90)).rules_text)
    assert "满员成团" in chosen
    assert "90 分钟" in chosen
