"""Activities: what may be saved, what starting fixes, what stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from mall.catalog.models import Sku
from mall.compliance.errors import CampaignRefused, CampaignWarned
from mall.compliance.rechecking import Rechecked, recheck
from mall.groupbuy.activities import errors, queries
from mall.groupbuy.activities.saving import (
    change_activity,
    copy_activity,
    create_activity,
    delete_activity,
)
from mall.groupbuy.activities.starting import start_activity
from mall.groupbuy.errors import GroupActivityNotFound
from mall.groupbuy.teams.closing import close_due_teams
from mall.groupbuy.teams.emptying import end_due_activities, return_stock
from mall.inventory.errors import OutOfStock, SkuUnknown
from mall.kernel.db import db, db_now, transaction
from mall.kernel.errors import MallError, ValidationFailed
from mall.rewards.models import RewardRule
from tests.support.catalog import make_sku
from tests.support.coupons import make_rule, make_template
from tests.support.groupbuy import (
    TIERS,
    activity_terms,
    carry_out_all,
    joined,
    make_activity,
    members_of,
    opened,
    sku_of,
    team_of,
    tier_set,
)
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, stock, units
from tests.support.orders import make_buyer, order_of


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


def goods(price_fen: int = 10_000, quantity: int = 100) -> int:
    return stock(make_sku(price_fen), quantity)


def draft(sku_id: int, **more: Any) -> int:
    return create_activity(activity_terms(sku_id=sku_id, **more))


def of(activity_id: int) -> queries.ActivityView:
    with transaction() as session:
        return queries.activity(session, activity_id)


def soon(**later: int) -> Any:
    with transaction() as session:
        return db_now(session) + timedelta(**later)


def test_a_draft_holds_nothing_until_it_is_started() -> None:
    sku_id = goods()
    activity_id = draft(sku_id, leader_price_fen=8_900)
    assert units(sku_id) == Units(100)
    view = of(activity_id)
    assert (view.activity.status, view.activity.version) == ("draft", 1)
    assert [tier.size for tier in view.tier_sets[0].tiers] == list(TIERS)
    assert (view.skus[0].leader_price_fen, view.skus[0].usual_price_fen) == (8_900, 10_000)
    start_activity(activity_id)
    view = of(activity_id)
    assert (view.activity.status, view.activity.version) == ("started", 2)
    assert (view.skus[0].stock, view.skus[0].left) == (50, 50)
    assert units(sku_id) == Units(50, 50)
    check_invariants()


def test_a_started_activity_stands() -> None:
    sku_id = goods()
    activity_id = draft(sku_id)
    start_activity(activity_id)
    with pytest.raises(errors.GroupActivityNotDraft):
        start_activity(activity_id)
    with pytest.raises(errors.GroupActivityNotDraft):
        change_activity(activity_id, activity_terms(sku_id=sku_id))
    with pytest.raises(errors.GroupActivityNotDraft):
        delete_activity(activity_id)
    db.session.rollback()
    assert units(sku_id) == Units(50, 50)


def test_a_draft_is_changed_and_deleted() -> None:
    first, second = goods(), goods(5_000)
    activity_id = draft(first)
    change_activity(activity_id, activity_terms({3: 4_000}, sku_id=second, name="改"))
    view = of(activity_id)
    assert (view.activity.name, view.activity.version) == ("改", 2)
    assert [sku.sku_id for sku in view.skus] == [second]
    delete_activity(activity_id)
    with pytest.raises(GroupActivityNotFound):
        of(activity_id)
    with transaction() as session:
        actions = session.scalars(
            text(
                "SELECT action FROM audit_entries WHERE target_type = 'group_activity' ORDER BY id"
            )
        ).all()
    assert actions == [f"group_activity.{verb}" for verb in ("create", "update", "delete")]
    check_invariants()


def test_a_copy_is_a_draft_at_another_time() -> None:
    activity_id = make_activity(leader_price_fen=8_000, virtual_seats=1)
    copy_id = copy_activity(activity_id, soon(days=2), soon(days=3), accept_warnings=True)
    copied, first = (queries.as_terms(of(one)) for one in (copy_id, activity_id))
    assert copied["starts_at"] > first["ends_at"]
    for terms in (copied, first):
        del terms["starts_at"], terms["ends_at"]
    assert copied == first
    start_activity(copy_id, accept_warnings=True)
    check_invariants()


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


def test_windows_of_a_product_dont_cross() -> None:
    sku_id = goods()
    first = draft(sku_id, stock_units=10, ends_at=soon(days=1))
    start_activity(first)
    crossing = draft(sku_id, stock_units=10, starts_at=soon(hours=23), ends_at=soon(days=3))
    with pytest.raises(errors.GroupWindowsCross):
        start_activity(crossing)
    after = draft(
        sku_id, stock_units=10, starts_at=of(first).activity.ends_at, ends_at=soon(days=2)
    )
    start_activity(after)
    start_activity(draft(goods(), ends_at=soon(days=1)))
    check_invariants()


def test_an_ended_activity_leaves_room_and_its_stock() -> None:
    sku_id = goods()
    first = draft(sku_id)
    start_activity(first)
    with transaction() as session:
        session.execute(
            text("UPDATE groupbuy_activities SET ends_at = now() WHERE id = :id"), {"id": first}
        )
    end_due_activities()
    return_stock()
    assert units(sku_id) == Units(100)
    start_activity(draft(sku_id))
    check_invariants()


def test_starting_asks_again() -> None:
    sku_id = goods()
    rule_id = make_rule(make_template(way="reward"))
    activity_id = draft(sku_id, leader_rule_id=rule_id)
    change_price(sku_id, 9_000)
    with pytest.raises(errors.GroupPriceNotLower):
        start_activity(activity_id)
    change_price(sku_id, 10_000)
    switch_rule(rule_id, enabled=False)
    with pytest.raises(errors.GroupRuleUnknown):
        start_activity(activity_id)
    switch_rule(rule_id, enabled=True)
    with transaction() as session:
        session.execute(text("UPDATE groupbuy_activities SET ends_at = now() - interval '1s'"))
    with pytest.raises(errors.GroupActivityOver):
        start_activity(activity_id)
    db.session.rollback()
    assert units(sku_id) == Units(100)


def change_price(sku_id: int, price_fen: int) -> None:
    with transaction() as session:
        session.execute(update(Sku).where(Sku.id == sku_id).values(price_fen=price_fen))


def switch_rule(rule_id: int, *, enabled: bool) -> None:
    with transaction() as session:
        session.execute(update(RewardRule).where(RewardRule.id == rule_id).values(enabled=enabled))


def test_without_the_stock_nothing_starts() -> None:
    sku_id = goods(quantity=49)
    activity_id = draft(sku_id)
    with pytest.raises(OutOfStock):
        start_activity(activity_id)
    db.session.rollback()
    assert of(activity_id).activity.status == "draft"
    assert units(sku_id) == Units(49)


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


def test_a_running_activity_is_asked_about_again() -> None:
    sku_id = goods()
    running = make_activity(sku_id=sku_id)
    draft(goods())
    assert recheck().refused == 0
    change_price(sku_id, 9_000)
    assert recheck() == Rechecked(2, 0, 1)
    with transaction() as session:
        found = session.execute(text("SELECT ref, result FROM compliance_rechecks")).all()
    assert found == [(str(running), "refused")]


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


def test_an_open_team_outlives_its_activity() -> None:
    activity_id = make_activity()
    team_id = opened(activity_id, make_buyer())
    with transaction() as session:
        session.execute(text("UPDATE groupbuy_activities SET ends_at = now()"))
    end_due_activities()
    return_stock()
    assert of(activity_id).activity.status == "ended"
    assert of(activity_id).activity.stock_returned_at is None
    assert team_of(team_id).status == "forming"
    assert units(sku_of(activity_id)).reserved == 49
    check_invariants()


def test_a_shop_price_below_the_first_tier_is_paid_instead() -> None:
    activity_id = make_activity({2: 9_000, 3: 8_000})
    change_price(sku_of(activity_id), 8_500)
    team_id = opened(activity_id)
    orders = [joined(team_id) for _ in range(2)]
    order = order_of(orders[0])
    assert order.paid_fen - order.freight_fen == 8_500
    close_due_teams()
    carry_out_all()
    assert team_of(team_id).tier_size == 3
    assert {one.difference_fen for one in members_of(team_id)} == {500}
    check_invariants()


def test_lists_are_filtered() -> None:
    first, second = make_activity(), draft(goods())
    with transaction() as session:
        spu_id = session.scalars(select(Sku.spu_id).where(Sku.id == sku_of(first))).one()

        def ids(**by: Any) -> list[int]:
            asked = {"status": None, "spu_id": None, "before": None, "limit": 10, **by}
            return [view.activity.id for view in queries.activities(session, **asked)]

        assert ids() == [second, first]
        assert ids(status="draft") == [second]
        assert ids(spu_id=spu_id) == [first]
        assert ids(before=second) == [first]
        assert ids(limit=0) == [second]
