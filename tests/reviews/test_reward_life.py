"""A reward along a review's real life: written, approved, refunded or deleted or hidden."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.reviews.writing.editing import delete_review
from tests.support.http import Http
from tests.support.reviews import GOOD, POINTS, grants, offer, points_of, rewards_hold
from tests.support.written import (
    Received,
    decide,
    make_picture,
    received,
    refund_line,
    work,
    written,
)

pytestmark = pytest.mark.usefixtures("app")


def rewarded() -> tuple[Received, int]:
    """A review that was approved and paid."""
    offer()
    order = received(units=2)
    pictures = tuple(make_picture(order.user_id) for _ in range(3))
    review_id = written(order, text=GOOD, pictures=pictures)
    work()
    assert points_of(order.user_id) == 0
    decide("approved", review_id)
    assert points_of(order.user_id) == POINTS
    return order, review_id


def test_it_is_kept_while_a_unit_is_kept_and_goes_with_the_last(app: Flask) -> None:
    order, _ = rewarded()
    refund_line(order.order_no)
    assert points_of(order.user_id) == POINTS
    refund_line(order.order_no)
    assert points_of(order.user_id) == 0
    rewards_hold()


def test_it_goes_with_a_deleted_review_for_good(app: Flask) -> None:
    order, review_id = rewarded()
    delete_review(order.user_id, review_id)
    work()
    assert (points_of(order.user_id), grants()) == (0, [("quality", "reversed")])
    rewards_hold()


def test_it_goes_with_a_hidden_review_and_comes_back_with_it(app: Flask, http: Http) -> None:
    order, review_id = rewarded()
    shopper, path = http.as_(order.buyer.token), f"/api/v1/my-reviews/{review_id}/rewards"
    decide("hidden", review_id, reason="含有他人隐私")
    assert points_of(order.user_id) == 0
    (gone,) = shopper.get(path).get_json()["items"]
    assert (gone["status"], gone["reward"][0]["count"]) == ("reversed", 0)
    decide("approved", review_id)
    assert points_of(order.user_id) == POINTS
    (back,) = shopper.get(path).get_json()["items"]
    assert (back["kind"], back["label"], back["status"]) == ("quality", "优质评价", "granted")
    assert back["reward"] == [{"kind": "points", "what": "", "count": POINTS}]
    rewards_hold()


def test_its_writer_is_told(app: Flask, http: Http) -> None:
    order, _ = rewarded()
    inbox = http.as_(order.buyer.token).get("/api/v1/messages/inbox").get_json()["items"]
    assert "评价奖励到账" in [one["title"] for one in inbox]
