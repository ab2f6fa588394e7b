"""What reviews add up to: counts, lists, votes; equal to a recount after each step."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mall.kernel.db import db, transaction
from mall.reviews.ratings.cache import CACHE
from mall.reviews.ratings.errors import OwnReview
from mall.reviews.ratings.queries import ReviewList, brief_ratings, product_reviews, rating_of
from mall.reviews.ratings.settings import PRIOR_WEIGHT
from mall.reviews.ratings.statistics import wilson
from mall.reviews.ratings.voting import vote, withdraw_vote
from mall.reviews.writing.defaults import write_defaults
from mall.reviews.writing.editing import delete_review
from mall.reviews.writing.errors import ReviewNotFound
from mall.reviews.writing.follow_ups import write_follow_up
from tests.support.http import Http, error_code
from tests.support.orders import make_goods
from tests.support.settings import set_setting
from tests.support.users import make_shopper
from tests.support.written import (
    approved,
    completed_days_ago,
    decide,
    make_picture,
    received,
    review_row,
    reviews_hold,
    spu_of,
    written,
)

pytestmark = pytest.mark.usefixtures("app")


def rating(spu_id: int) -> dict[str, Any]:
    db.session.rollback()
    with transaction() as session:
        return rating_of(session, spu_id)


def listed(spu_id: int, facet: str = "all", sort: str = "helpful", limit: int = 100) -> list[int]:
    db.session.rollback()
    with transaction() as session:
        found = product_reviews(session, ReviewList(spu_id, facet, sort), None, limit)
    return [one["id"] for one in found.items]


def test_counts_follow_each_step() -> None:
    sku = make_goods(100)
    spu = spu_of(sku)
    set_setting(PRIOR_WEIGHT, 0)
    order = received(sku)
    review_id = written(order, goods_stars=2, tags=("有色差",))
    assert rating(spu)["count"] == 0, "one that waits counts for nothing"
    reviews_hold()
    decide("approved", review_id)
    found = rating(spu)
    assert (found["count"], found["average_tenths"], found["low"]) == (1, 20, 1)
    assert [tuple(tag) for tag in found["tags"]] == [("有色差", 1)]
    reviews_hold()
    write_follow_up(order.user_id, review_id, "换了一件", [])
    assert rating(spu)["follow_ups"] == 0
    decide("approved", review_id, "follow_up")
    assert rating(spu)["follow_ups"] == 1
    reviews_hold()
    decide("hidden", review_id, reason="侵权")
    assert rating(spu)["count"] == rating(spu)["low"] == rating(spu)["follow_ups"] == 0
    assert rating(spu)["tags"] == []
    assert rating(spu)["average_tenths"] is None
    reviews_hold()
    decide("approved", review_id)
    assert rating(spu)["stars"] == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 0}
    delete_review(order.user_id, review_id)
    assert rating(spu)["count"] == 0
    reviews_hold()


def test_defaults_are_in_no_average() -> None:
    sku = make_goods(100)
    order = received(sku)
    completed_days_ago(order.order_no, 16)
    write_defaults()
    found = rating(spu_of(sku))
    assert (found["count"], found["average_tenths"], found["defaults"]) == (0, None, 1)
    assert listed(spu_of(sku)) == []
    assert len(listed(spu_of(sku), "default")) == 1
    approved(received(sku), goods_stars=1)
    found = rating(spu_of(sku))
    assert found["average_tenths"] == round((45 * 5 + 10) / 6)
    reviews_hold()


def test_lists_by_filter() -> None:
    sku, other = make_goods(100), make_goods()
    spu = spu_of(sku)
    order = received(sku)
    plain = approved(received(sku))
    low = approved(received(sku), goods_stars=1, tags=("有色差", "做工一般"))
    pictured = approved(order, pictures=(make_picture(order.user_id),))
    approved(received(other))
    written(received(sku))
    assert listed(spu, sort="newest") == [pictured, low, plain]
    assert listed(spu, "pictures") == [pictured]
    assert listed(spu, "low") == listed(spu, "tag:有色差") == [low]
    assert listed(spu, f"sku:{sku}", "newest") == [pictured, low, plain]
    assert listed(spu, "video") == listed(spu, "follow_up") == []


def test_the_most_helpful_stands_first() -> None:
    sku = make_goods(100)
    spu = spu_of(sku)
    first, second, third = [approved(received(sku)) for _ in range(3)]
    voters = [make_shopper()[0] for _ in range(3)]
    assert vote(voters[0], second, helpful=True) == (1, 0)
    assert vote(voters[0], second, helpful=True) == (1, 0)
    assert vote(voters[0], first, helpful=False) == (0, 1)
    assert listed(spu) == [second, third, first] or listed(spu) == [second, first, third]
    for voter in voters:
        vote(voter, first, helpful=True)
    assert listed(spu) == [first, second, third]
    row = review_row(first)
    assert (row.helpful, row.unhelpful, row.wilson) == (3, 0, wilson(3, 0))
    assert withdraw_vote(voters[0], first) == (2, 0)
    assert withdraw_vote(voters[0], first) == (2, 0)
    reviews_hold()


def test_who_may_not_vote() -> None:
    order = received()
    review_id = written(order)
    voter, _ = make_shopper()
    with pytest.raises(ReviewNotFound):
        vote(voter, review_id, helpful=True)
    decide("approved", review_id)
    with pytest.raises(OwnReview):
        vote(order.user_id, review_id, helpful=True)
    with pytest.raises(ReviewNotFound):
        vote(voter, 999_999, helpful=True)
    vote(voter, review_id, helpful=True)
    decide("hidden", review_id)
    decide("approved", review_id)
    assert review_row(review_id).helpful == 1, "votes outlast a decision that was overturned"
    reviews_hold()


def test_pages_follow_each_other(http: Http) -> None:
    sku = make_goods(100)
    spu = spu_of(sku)
    ids = [approved(received(sku)) for _ in range(7)]
    vote(make_shopper()[0], ids[2], helpful=True)
    for sort, expected in (
        ("newest", ids[::-1]),
        ("helpful", [ids[2], *[i for i in ids[::-1] if i != ids[2]]]),
    ):
        found: list[int] = []
        cursor: dict[str, str] = {}
        while True:
            page = http.get(f"/api/v1/products/{spu}/reviews", sort=sort, limit=3, **cursor)
            assert page.status_code == 200, page.get_json()
            found += [int(one["id"]) for one in page.get_json()["items"]]
            if page.get_json()["next_cursor"] is None:
                break
            cursor = {"cursor": page.get_json()["next_cursor"]}
        assert found == expected


def test_what_everybody_reads(http: Http, app: Flask) -> None:
    order = received()
    spu = spu_of(order.sku_id)
    name = make_picture(order.user_id)
    review_id = approved(order, pictures=(name,), text="<b>好</b>\u202e\u200b评")
    path = f"/api/v1/products/{spu}/reviews"
    (shown,) = http.get(path).get_json()["items"]
    assert shown["writer"] == {"name": "微信用户", "avatar_url": None}
    assert shown["pictures"][0]["url"] == f"/api/v1/uploads/{name}"
    assert "user_id" not in shown
    assert http.get(f"/api/v1/reviews/{review_id}").get_json() == shown
    assert http.get(path, filter="low").get_json()["items"] == []
    assert error_code(http.get(path, filter="low", sku_id="1")) == "validation_failed"
    assert error_code(http.get(path, sort="goods_stars")) == "validation_failed"
    assert error_code(http.get("/api/v1/products/999999/reviews")) == "product_not_found"
    assert error_code(http.get("/api/v1/products/999999/rating")) == "product_not_found"
    assert error_code(http.get("/api/v1/reviews/999999")) == "review_not_found"
    rating = http.get(f"/api/v1/products/{spu}/rating").get_json()
    assert (rating["count"], rating["average_tenths"], rating["with_pictures"]) == (1, 46, 1)


def test_cards_and_pages_of_products_have_the_rating(http: Http) -> None:
    order = received()
    spu = spu_of(order.sku_id)
    approved(order)
    expected = {"count": 1, "average_tenths": 46}
    with transaction() as session:
        assert brief_ratings(session, [spu, 999]) == {
            spu: expected,
            999: {"count": 0, "average_tenths": None},
        }
    detail = http.get(f"/api/v1/products/{spu}").get_json()
    assert detail["extras"] == {"rating": expected}
    cards = {one["id"]: one for one in http.get("/api/v1/products").get_json()["items"]}
    assert cards[str(spu)]["extras"] == {"rating": expected}


def test_a_review_empties_no_cache(http: Http) -> None:
    order = received()
    spu = spu_of(order.sku_id)
    review_id = written(order)
    before = http.get(f"/api/v1/products/{spu}").headers["ETag"]
    assert http.get(f"/api/v1/products/{spu}/reviews").get_json()["items"] == []
    decide("approved", review_id)
    assert http.get(f"/api/v1/products/{spu}").headers["ETag"] == before
    CACHE.invalidate()  # as after its few seconds
    assert len(http.get(f"/api/v1/products/{spu}/reviews").get_json()["items"]) == 1
