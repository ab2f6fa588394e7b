"""The story of a question by HTTP: asked, judged, brought to who has the product, answered,
rewarded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from mall.reviews.questions.settings import ANSWER_RULE
from tests.support.http import Http, error_code
from tests.support.payments import assert_money_is_right
from tests.support.review_shop import (
    ADMIN,
    API,
    Person,
    ReviewShop,
    codes,
    tell_where_the_mall_is,
)
from tests.support.servers import LiveServer
from tests.support.settings import set_setting

EARNED = 20


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[ReviewShop]:
    shop = ReviewShop(app, simulator, work)
    tell_where_the_mall_is(simulator, live_mall)
    rule = {"name": "回答有礼", "reward": [{"kind": "points", "count": EARNED}], "daily_cap": 1}
    set_setting(ANSWER_RULE, int(shop.made("reward-rules", rule)["id"]))
    yield shop
    assert_money_is_right(shop)
    shop.control("/reset")


def titles(person: Person) -> list[str]:
    items = person.http.get(f"{API}/messages/inbox").get_json()["items"]
    return [one["title"] for one in items]


def asked_of(person: Person) -> list[str]:
    items = person.http.get(f"{API}/my/asked-questions").get_json()["items"]
    return [one["id"] for one in items]


def points(person: Person) -> int:
    return int(person.http.get(f"{API}/points").get_json()["available"])


def test_asked_answered_and_rewarded_once(shop: ReviewShop) -> None:
    buyers = []
    for _ in range(2):
        buyers.append(shop.become(shop.enter()))
        shop.received()
    first, second = buyers
    asker, of_product = shop.enter(), f"{API}/products/{shop.product_id}/questions"
    everybody = Http(shop.app)

    # The machine looks at the question first; then its buyers are asked.
    asked = asker.http.post(of_product, {"text": "洗了会缩水吗？"})
    assert (asked.status_code, asked.get_json()["status"]) == (201, "pending")
    question_id = asked.get_json()["id"]
    question = f"{API}/questions/{question_id}"
    assert everybody.get(question).status_code == 404
    assert asked_of(first) == []
    shop.judged()
    shown = everybody.get(of_product).get_json()
    assert ([one["id"] for one in shown["items"]], shown["count"]) == ([question_id], 1)
    assert (asked_of(first), asked_of(second)) == ([question_id], [question_id])
    assert (asked_of(asker), titles(asker)) == ([], [])

    # Only who has it answers, once, and what is risky isn't shown.
    refused = asker.http.post(f"{question}/answers", {"text": "不知道"})
    assert error_code(refused) == "own_question"
    stranger = shop.enter()
    refused = stranger.http.post(f"{question}/answers", {"text": "不会缩水"})
    assert error_code(refused) == "not_bought"
    mine = first.http.get(f"{question}/mine").get_json()
    assert (mine["may_answer"], mine["answer"]) == (True, None)
    answer_id = first.http.post(f"{question}/answers", {"text": "来赌博吧"}).get_json()["id"]
    shop.judged()
    mine = first.http.get(f"{question}/mine").get_json()["answer"]
    assert (mine["status"], mine["rewarded"], points(first)) == ("refused", False, 0)
    refused = first.http.post(f"{question}/answers", {"text": "不会缩水"})
    assert error_code(refused) == "answer_exists"

    # Said otherwise it is shown, pays once, and the asker is told.
    answer, said = f"{API}/answers/{answer_id}", {"text": "洗了三次没有缩水"}
    assert first.http.put(answer, said).status_code == 204
    shop.judged()
    (shown,) = everybody.get(f"{question}/answers").get_json()["items"]
    assert (shown["text"], shown["by_shop"], shown["of_trial"]) == (said["text"], False, False)
    assert (points(first), titles(asker)) == (EARNED, ["买家已回答您的提问"])
    assert asked_of(first) == []
    assert first.http.put(answer, {"text": "洗了五次也没有缩水"}).status_code == 204
    shop.judged()
    assert points(first) == EARNED, "checked anew, not paid anew"

    # A second buyer and the shop answer; a vote; the asker isn't told again.
    other = second.http.post(f"{question}/answers", {"text": "我的也没有缩水"}).get_json()["id"]
    shop.judged()
    by_shop = shop.owner.put(
        f"{ADMIN}/product-questions/{question_id}/answer", {"text": "预缩处理过，可放心机洗"}
    )
    assert by_shop.status_code == 200
    assert stranger.http.put(f"{API}/answers/{other}/helpful").get_json() == {"helpful": 1}
    shop.work()
    items = everybody.get(f"{question}/answers").get_json()["items"]
    assert [one["id"] for one in items] == [by_shop.get_json()["id"], other, answer_id]
    assert [one["by_shop"] for one in items] == [True, False, False]
    assert (points(second), len(titles(asker))) == (EARNED, 1)

    # The day's cap of the rule holds: another answer of the day is shown, and pays nothing.
    more = asker.http.post(of_product, {"text": "有薄一点的吗？"}).get_json()["id"]
    shop.judged()
    first.http.post(f"{API}/questions/{more}/answers", {"text": "有夏凉款"})
    shop.judged()
    assert everybody.get(f"{API}/questions/{more}").get_json()["answers"] == 1
    assert points(first) == EARNED

    # Hidden by staff its reward goes back.
    hidden = {"reason": "电话号码", "legal_reason": "privacy"}
    assert shop.decide(answer_id, "hide", kind="answer", **hidden) == "changed"
    assert (points(first), everybody.get(question).get_json()["answers"]) == (0, 2)


def test_a_doubtful_question_waits_for_staff(shop: ReviewShop) -> None:
    asker = shop.enter()
    path = f"{API}/products/{shop.product_id}/questions"
    question_id = asker.http.post(path, {"text": "加微信能便宜吗？"}).get_json()["id"]
    shop.judged()
    (waiting,) = shop.queue()
    assert (waiting["kind"], waiting["ref"], codes(waiting)) == (
        "question",
        question_id,
        ["text_review"],
    )
    assert shop.decide(question_id, "refuse", kind="question", reason="请勿私下交易") == "changed"
    (own,) = asker.http.get(f"{API}/my/questions").get_json()["items"]
    assert (own["status"], own["reason"]) == ("refused", "请勿私下交易")
    assert Http(shop.app).get(path).get_json()["items"] == []
