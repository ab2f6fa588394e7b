"""The story of a review by HTTP: bought, received, written, judged, shown, rewarded, refunded."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.support.http import Http, error_code
from tests.support.payments import assert_money_is_right
from tests.support.review_shop import (
    ADMIN,
    ANOTHER,
    API,
    GOOD,
    POINTS,
    ReviewShop,
    codes,
    tell_where_the_mall_is,
)
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[ReviewShop]:
    shop = ReviewShop(app, simulator, work)
    tell_where_the_mall_is(simulator, live_mall)
    yield shop
    assert_money_is_right(shop)
    shop.control("/reset")


def rewards(shop: ReviewShop, review_id: str) -> list[tuple[str, str]]:
    items = shop.shopper.get(f"{API}/my-reviews/{review_id}/rewards").get_json()["items"]
    return [(one["kind"], one["status"]) for one in items]


def test_bought_reviewed_rewarded_and_refunded(shop: ReviewShop) -> None:
    order_no = shop.received(2)
    (chance,) = shop.shopper.get(f"{API}/review-chances").get_json()["items"]
    assert (chance["order_no"], chance["position"]) == (order_no, 1)

    # What is missing is said before sending, whatever the stars.
    (picture,) = shop.pictures(1)
    draft = {"order_no": order_no, "position": 1, "text": "很好", "pictures": [picture]}
    seen = shop.shopper.post(f"{API}/reviews/preview", draft).get_json()
    assert (seen["characters"], seen["pictures"]) == (2, 1)
    (quality,) = seen["rewards"]
    assert [one["text"] for one in quality["lacks"]] == [
        "还差 48 个有效字（重复、粘贴的内容和表情不计）",
        "还差 2 张不同的实拍图",
    ]
    whole = {**draft, "text": GOOD, "pictures": shop.pictures(3)}
    (quality,) = shop.shopper.post(f"{API}/reviews/preview", whole).get_json()["rewards"]
    assert (quality["times"], quality["lacks"]) == (1, [])

    # It waits for WeChat, and only its writer sees it.
    review_id = shop.written(order_no)
    path = f"{API}/orders/{order_no}/lines/1/review"
    assert error_code(shop.shopper.post(path, shop.terms())) == "review_exists"
    stranger = shop.enter()
    assert stranger.http.get(f"{API}/my-reviews/{review_id}").status_code == 404
    assert Http(shop.app).get(f"{API}/reviews/{review_id}").status_code == 404
    assert (shop.listed(), shop.points) == ([], 0)

    shop.judged()
    assert (shop.status_of(review_id), shop.listed()) == ("approved", [review_id])
    assert (shop.points, rewards(shop, review_id)) == (POINTS, [("quality", "granted")])
    rating = Http(shop.app).get(f"{API}/products/{shop.product_id}/rating").get_json()
    assert (rating["stars"]["2"], rating["with_pictures"], rating["low"]) == (1, 1, 1)

    # Two stars are a task for staff; the reply is read by all, and its writer is told.
    (task,) = shop.owner.get(f"{ADMIN}/review-tasks").get_json()["items"]
    assert task["id"] == review_id
    reply = shop.owner.put(f"{ADMIN}/reviews/{review_id}/reply", {"text": "已为您补发扣带"})
    assert reply.status_code == 200
    shop.work()
    assert shop.owner.get(f"{ADMIN}/review-tasks").get_json()["items"] == []
    shown = Http(shop.app).get(f"{API}/reviews/{review_id}").get_json()
    assert (shown["reply"], len(shown["pictures"])) == ("已为您补发扣带", 3)
    inbox = shop.shopper.get(f"{API}/messages/inbox").get_json()["items"]
    assert "商家回复了您的评价" in [one["title"] for one in inbox]

    # One unit goes back: the other was kept. Then that goes, too, and the points with it.
    shop.refunded(order_no, 1)
    shop.work()
    assert shop.points == POINTS
    shop.refunded(order_no, 1)
    shop.let_time_pass(2)  # WeChat wants a minute between refunds of one order
    shop.sweep()
    shop.work()
    assert (shop.points, rewards(shop, review_id)) == (0, [("quality", "reversed")])
    assert shop.listed() == [review_id], "what was said stays said"


def test_risky_is_refused_and_may_be_said_otherwise(shop: ReviewShop) -> None:
    review_id = shop.written(shop.received(), text=f"{GOOD}来赌博吧")
    shop.judged()
    own = shop.own(review_id)
    assert own["status"] == "refused"
    assert "违法犯罪" in own["reason"]
    assert (shop.listed(), shop.queue(), shop.points) == ([], [], 0)

    shop.control("/settings", media_suggest="risky")
    shop.shopper.put(f"{API}/my-reviews/{review_id}", shop.terms())
    shop.judged()
    assert (shop.status_of(review_id), codes(shop.content_of(review_id))) == (
        "refused",
        ["picture_risky"] * 3,
    )

    shop.control("/settings", media_suggest="auto")
    shop.shopper.put(f"{API}/my-reviews/{review_id}", shop.terms())
    shop.judged()
    assert (shop.status_of(review_id), shop.points) == ("approved", POINTS)
    edited = shop.shopper.put(f"{API}/my-reviews/{review_id}", shop.terms())
    assert error_code(edited) == "review_not_editable"


def test_doubtful_is_for_staff_who_may_be_overturned(shop: ReviewShop) -> None:
    review_id = shop.written(shop.received(), text=f"{GOOD}不用加微信也能问客服。")
    shop.judged()
    (waiting,) = shop.queue()
    assert (waiting["ref"], codes(waiting)) == (review_id, ["text_review"])
    assert shop.decide(review_id, "approve") == "changed"
    assert (shop.listed(), shop.points) == ([review_id], POINTS)

    # Hiding has a legal reason that its writer reads, and objects to.
    assert shop.decide(review_id, "hide", reason="电话号码", legal_reason="privacy") == "changed"
    own = shop.own(review_id)
    assert own["status"] == "hidden"
    assert "《民法典》" in own["reason"]
    assert (shop.listed(), shop.points) == ([], 0)
    objection = {"kind": "review", "ref": review_id, "text": "是客服的公开号码"}
    assert shop.shopper.post(f"{API}/content-objections", objection).status_code == 204
    (waiting,) = shop.queue()
    assert waiting["objection"] == "是客服的公开号码"
    assert shop.decide(review_id, "approve") == "changed"
    assert (shop.listed(), shop.points) == ([review_id], POINTS)

    # Deleted by its writer: gone, with the points.
    assert shop.shopper.delete(f"{API}/my-reviews/{review_id}").status_code == 204
    shop.work()
    assert (shop.listed(), shop.points) == ([], 0)
    assert rewards(shop, review_id) == [("quality", "reversed")]


def test_a_late_verdict_decides_until_staff_have(shop: ReviewShop) -> None:
    orders = [shop.received(), shop.received()]
    shop.fault("push", "drop", count=6)
    first, second = shop.written(orders[0]), shop.written(orders[1], text=ANOTHER)
    shop.judged()
    assert [shop.status_of(one) for one in (first, second)] == ["pending", "pending"]
    assert shop.queue() == []
    shop.half_an_hour_passes()
    assert [codes(one) for one in shop.queue()] == [["late"] * 3] * 2

    # Staff decide on one; WeChat's verdict on the other comes at last.
    assert shop.decide(first, "refuse", reason="图片与商品无关") == "changed"
    for push in shop.pushes():
        assert push["status"] == "dropped"
        shop.push_again(push["id"])
    assert (shop.status_of(first), shop.own(first)["reason"]) == ("refused", "图片与商品无关")
    assert (shop.status_of(second), shop.points) == ("approved", POINTS)


def test_verdicts_that_come_twice_have_one_effect(shop: ReviewShop) -> None:
    order_no = shop.received()
    shop.fault("push", "double", count=3)
    review_id = shop.written(order_no)
    shop.judged()
    pushed = shop.pushes()
    assert (len(pushed), {one["status"] for one in pushed}) == (6, {"delivered"})
    for push in pushed:
        shop.push_again(push["id"])
    assert (shop.status_of(review_id), shop.points) == ("approved", POINTS)
    assert rewards(shop, review_id) == [("quality", "granted")]


@pytest.mark.parametrize("kind", ["forge", "stale", "wrong_appid"])
def test_a_forged_verdict_says_nothing(shop: ReviewShop, kind: str) -> None:
    order_no = shop.received()
    shop.fault("push", kind, count=3, retry=False)
    review_id = shop.written(order_no)
    shop.judged()
    pushed = shop.pushes()
    assert {one["status"] for one in pushed} == {"failed"}
    assert (shop.status_of(review_id), shop.listed(), shop.points) == ("pending", [], 0)
    for push in pushed:
        shop.push_again(push["id"])
    assert (shop.status_of(review_id), shop.points) == ("approved", POINTS)


def test_who_was_not_here_waits_for_staff(shop: ReviewShop) -> None:
    order_no = shop.received()
    shop.control("/settings", clock_offset_s=7_500)
    review_id = shop.written(order_no)
    shop.judged()
    (waiting,) = shop.queue()
    assert (shop.status_of(review_id), set(codes(waiting))) == ("pending", {"not_here"})
    assert shop.decide(review_id, "approve") == "changed"
    assert (shop.listed(), shop.points) == ([review_id], POINTS)


def test_nothing_is_published_while_wechat_is_down(shop: ReviewShop) -> None:
    order_no = shop.received()
    shop.fault("api", "http_500", path="/wxa/", count=None)
    review_id = shop.written(order_no)
    shop.judged()
    assert (shop.status_of(review_id), shop.listed(), shop.queue()) == ("pending", [], [])
    shop.mend()
    shop.let_time_pass(30)
    shop.sweep()
    shop.judged()
    assert (shop.status_of(review_id), shop.points) == ("approved", POINTS)
