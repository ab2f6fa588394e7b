"""Rewards for reviews that race: two jobs for one review, two first ones of a SKU, and a review
that goes while its reward is being given."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.reviews.rewarding import settling
from mall.reviews.rewarding.settling import settle
from mall.rewards import confirming, reversing
from tests.support.invariants import rows_of
from tests.support.orders import make_buyer, make_goods
from tests.support.races import slow_writes, together, without
from tests.support.reviews import POINTS, change, grants, offer, points_of, received, review

FIRST = "uq_review_reward_grants_sku_id"


def test_one_review_is_rewarded_once_however_often_it_is_told(app: Flask) -> None:
    offer()
    me = make_buyer()
    review_id = review(received(me))
    with slow_writes("reward_grants", of="INSERT"):
        done = together(app, [partial(settle, review_id, "quality")] * 20)
    assert not any(done), done
    assert (points_of(me.user_id), grants()) == (POINTS, [("quality", "granted")])


def two_are_first(app: Flask) -> list[int]:
    """Two reviews of a SKU are approved at one moment: what their writers have."""
    offer("first_of_sku")
    sku_id = make_goods()
    buyers = [make_buyer(), make_buyer()]
    reviews = [review(received(buyer, sku_id), "颜色很正", 0) for buyer in buyers]
    with slow_writes("review_reward_grants", of="INSERT", seconds=0.3):
        done = together(app, [partial(settle, one, "first_of_sku") for one in reviews])
    assert not any(done), done
    return sorted(points_of(buyer.user_id) for buyer in buyers)


def test_one_review_of_a_sku_is_the_first(app: Flask) -> None:
    assert two_are_first(app) == [0, POINTS]


def test_control_without_the_constraint_both_are_the_first(app: Flask) -> None:
    drop = f"ALTER TABLE review_reward_grants DROP CONSTRAINT {FIRST}"
    restore = f"ALTER TABLE review_reward_grants ADD CONSTRAINT {FIRST} UNIQUE (sku_id)"
    with without(drop, restore, table="review_reward_grants"):
        assert two_are_first(app) == [POINTS, POINTS]


def hidden_while_it_is_given(app: Flask) -> str:
    """A review is hidden while its reward is written: the reward's state."""
    offer()
    review_id = review(received(make_buyer()))

    def hide() -> None:
        time.sleep(0.3)  # the other has read the review, and is writing
        change(review_id, status="hidden")
        settle(review_id, "quality")  # as the event lets it be done

    calls: list[Callable[[], None]] = [partial(settle, review_id, "quality"), hide]
    with slow_writes("reward_grants", of="INSERT", seconds=1):
        done = together(app, calls)
    assert not any(done), done
    with transaction() as session:
        return str(session.scalars(text("SELECT status FROM reward_grants")).one())


def test_a_review_that_is_hidden_meanwhile_has_no_reward(app: Flask) -> None:
    assert hidden_while_it_is_given(app) == "reversed"
    assert not rows_of("I20s")


def test_control_without_the_ground_it_keeps_the_reward(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (settling, confirming, reversing):
        monkeypatch.setattr(module, "lock_ground", lambda *_: None)
    assert hidden_while_it_is_given(app) == "granted"
    assert rows_of("I20s")
