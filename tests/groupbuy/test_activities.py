"""Activities: drafts, what starting fixes, what stays."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from mall.catalog.models import Sku
from mall.compliance.rechecking import Rechecked, recheck
from mall.groupbuy.activities import errors, queries
from mall.groupbuy.activities.saving import (
    change_activity,
    copy_activity,
    delete_activity,
)
from mall.groupbuy.activities.starting import start_activity
from mall.groupbuy.errors import GroupActivityNotFound
from mall.groupbuy.teams.closing import close_due_teams
from mall.groupbuy.teams.emptying import end_due_activities, return_stock
from mall.inventory.errors import OutOfStock
from mall.kernel.db import db, transaction
from mall.rewards.models import RewardRule
from tests.groupbuy.planning import draft, goods, of, soon
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
)
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.orders import make_buyer, order_of


@pytest.fixture(autouse=True)
def _app(app: Flask) -> None:
    """Each test has an app, and a database of its own."""


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
