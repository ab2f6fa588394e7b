"""Several rewards of one transaction beside an order of the same shopper and the same goods.

The order has locked the SKU and will lock the shopper's points account. Rewards that had points
first and goods after them would have the account and want the SKU: a deadlock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.inventory.locking import lock_skus
from mall.kernel.db import db, transaction
from mall.missions.checkin import keeping
from mall.missions.checkin.checking_in import check_in
from mall.points.ledger import accounts
from mall.rewards import confirming, granting, reversing
from mall.rewards.commands import create_rule
from mall.rewards.confirming import confirm_for
from mall.rewards.granters import sorted_reward
from mall.rewards.granting import Source, grant
from mall.rewards.reversing import reverse_for
from mall.rewards.schemas import RewardRuleInSchema
from tests.support.invariants import check_invariants
from tests.support.missions import plan
from tests.support.orders import make_buyer
from tests.support.pets import season_draft
from tests.support.points import figures
from tests.support.prizes import claims_of, goods_rule, make_goods
from tests.support.races import together
from tests.support.waiting import eventually

GROUND = "order:1"
_WAITERS = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


@dataclass(frozen=True)
class Shop:
    """A shopper, goods, and two rules: one gives points, the other goods."""

    app: Flask
    user_id: int
    sku_id: int
    points: int
    goods: int

    def grant(self, *, pending: bool) -> None:
        with transaction() as session:
            for rule_id in (self.points, self.goods):
                grant(session, self.user_id, Source(rule_id, "a", GROUND), pending=pending)

    def beside_an_order(self, give: Callable[[], object]) -> list[str]:
        """What PostgreSQL ended, when `give` comes to an order that has the SKU."""
        held = threading.Event()

        def order() -> None:
            with transaction() as session:
                lock_skus(session, [self.sku_id])
                held.set()
                eventually(lambda: bool(session.scalar(_WAITERS)))
                accounts.lock(session, self.user_id)

        def rewards() -> None:
            held.wait(30)
            give()

        faults = together(self.app, [order, rewards])
        db.session.remove()
        return [str(one) for one in faults if isinstance(one, Exception)]


@pytest.fixture
def shop(app: Flask) -> Iterator[Shop]:
    sku_id = make_goods(10)
    body = {"name": "积分", "reward": [{"kind": "points", "count": 5}]}
    points = create_rule(**RewardRuleInSchema().load(body)).id
    yield Shop(app, make_buyer().user_id, sku_id, points, goods_rule(sku_id))
    check_invariants()


def confirming_two(shop: Shop) -> Callable[[], object]:
    shop.grant(pending=True)

    def give() -> None:
        with transaction() as session:
            confirm_for(session, GROUND, cause="test")

    return give


def reversing_two(shop: Shop) -> Callable[[], object]:
    shop.grant(pending=False)

    def give() -> None:
        with transaction() as session:
            reverse_for(session, GROUND, cause="test")

    return give


def two_milestones(shop: Shop) -> Callable[[], object]:
    plan(7, ("daily", None, shop.points), ("streak", 1, shop.goods))
    return lambda: check_in(shop.user_id)


STORIES: dict[str, tuple[Callable[[Shop], Callable[[], object]], Any, str]] = {
    "confirming": (confirming_two, confirming, "lock_to_confirm"),
    "taking back": (reversing_two, reversing, "lock_to_take"),
    "checking in": (two_milestones, keeping, "lock_to_give"),
}


@pytest.mark.parametrize("name", STORIES)
def test_rewards_and_an_order_wait_for_each_other_in_one_order(shop: Shop, name: str) -> None:
    begin, _, _ = STORIES[name]
    assert shop.beside_an_order(begin(shop)) == []
    given = name != "taking back"
    assert figures(shop.user_id)[0] == (5 if given else 0)
    states = [one.state for one in claims_of(shop.user_id)]
    assert states == ["waiting_address" if given else "taken_back"]


@pytest.mark.parametrize("name", STORIES)
def test_control_without_their_locks_ahead_there_is_a_deadlock(
    shop: Shop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, module, guard = STORIES[name]
    give = begin(shop)
    monkeypatch.setattr(module, guard, lambda *_: None)
    (fault,) = shop.beside_an_order(give)
    assert "deadlock detected" in fault


def feed_and_goods(shop: Shop) -> Callable[[], object]:
    feed = {"kind": "feed", "what": str(season_draft()), "count": 1}
    rule_id = goods_rule(shop.sku_id, 1, feed)

    def give() -> None:
        with transaction() as session:
            grant(session, shop.user_id, Source(rule_id, "a"))

    return give


def test_of_one_reward_goods_come_before_what_is_locked_under_the_account(shop: Shop) -> None:
    assert shop.beside_an_order(feed_and_goods(shop)) == []


def test_control_by_their_names_feed_would_come_first(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    give = feed_and_goods(shop)
    monkeypatch.setattr(granting, "in_lock_order", sorted_reward)
    (fault,) = shop.beside_an_order(give)
    assert "deadlock detected" in fault
