"""Reviews over HTTP: what shoppers send and read, what staff may do and what they may not."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.missions.board import listing
from mall.reviews.writing.figures import REVIEWS_APPROVED
from mall.staff.models import AuditEntry
from mall.users import erasing
from mall.users.figures import figures_of
from tests.support.board import mission
from tests.support.http import Http, error_code
from tests.support.invariants import rows_of
from tests.support.staff import make_staff
from tests.support.users import make_shopper
from tests.support.written import (
    Received,
    approved,
    decide,
    make_picture,
    received,
    refund_line,
    review_row,
    reviews_hold,
    spu_of,
    work,
    written,
)

STARS = {"goods_stars": 5, "logistics_stars": 4, "service_stars": 5}
BODY = {**STARS, "text": "料子很舒服"}
STAFF = "/admin/api/v1"


def path_of(order: Received) -> str:
    return f"/api/v1/orders/{order.order_no}/lines/1/review"


@pytest.fixture
def order(app: Flask) -> Received:
    return received()


@pytest.fixture
def me(http: Http, order: Received) -> Http:
    return http.as_(order.buyer.token)


@pytest.fixture
def staff(http: Http) -> Http:
    return http.as_(make_staff("review:read", "review:answer"))


def test_from_the_chance_to_the_follow_up(http: Http, me: Http, order: Received) -> None:
    (chance,) = me.get("/api/v1/review-chances").get_json()["items"]
    assert (chance["order_no"], chance["position"]) == (order.order_no, 1)
    name = make_picture(order.user_id)
    sent = {**BODY, "pictures": [name], "tags": ["质量很好"], "anonymous": True}
    made = me.post(path_of(order), sent)
    assert made.status_code == 201, made.get_json()
    review = made.get_json()
    assert (review["status"], review["reason"], review["follow_up"]) == ("pending", None, None)
    assert me.get("/api/v1/review-chances").get_json()["items"] == []
    mine = f"/api/v1/my-reviews/{review['id']}"
    assert http.get(f"/api/v1/reviews/{review['id']}").status_code == 404, "only its writer sees it"
    decide("refused", int(review["id"]), reason="图片含有联系方式")
    shown = me.get(mine).get_json()
    assert (shown["status"], shown["reason"]) == ("refused", "图片含有联系方式")
    assert me.put(mine, {**sent, "pictures": []}).get_json()["status"] == "pending"
    decide("approved", int(review["id"]))
    followed = me.put(f"{mine}/follow-up", {"text": "用了一个月"})
    assert followed.get_json()["follow_up"]["status"] == "pending"
    public = http.get(f"/api/v1/reviews/{review['id']}").get_json()
    assert (public["follow_up"], public["writer"]["name"]) == (None, "匿名用户")
    decide("approved", int(review["id"]), "follow_up")
    public = http.get(f"/api/v1/reviews/{review['id']}").get_json()
    assert public["follow_up"]["text"] == "用了一个月"
    listed = me.get("/api/v1/my-reviews", status="approved").get_json()["items"]
    assert [one["id"] for one in listed] == [review["id"]]
    assert me.get("/api/v1/my-reviews", status="hidden").get_json()["items"] == []
    assert me.delete(mine).status_code == 204
    assert me.delete(mine).status_code == 204
    assert error_code(me.get(mine)) == "review_not_found"
    reviews_hold()


def test_the_same_key_writes_once(me: Http, order: Received) -> None:
    first = me.post(path_of(order), BODY, key="k" * 16)
    again = me.post(path_of(order), BODY, key="k" * 16)
    assert first.get_json() == again.get_json()
    assert error_code(me.post(path_of(order), BODY)) == "review_exists"


@pytest.mark.parametrize(
    "wrong",
    [
        {"goods_stars": 0},
        {"goods_stars": 6},
        {"service_stars": 1.5},
        {"logistics_stars": "5"},
        {"text": ""},
        {"text": "\u200b\u2060\u202e"},
        {"text": "字" * 10_000},
        {"pictures": ["../etc/passwd"]},
        {"pictures": ["0" * 32 + ".jpg"] * 2},
        {"pictures": [f"{n:032x}.jpg" for n in range(10)]},
        {"video": "0" * 32 + ".jpg"},
        {"tags": ["质量很好", "质量很好"]},
        {"tags": ["好评返现"]},
        {"status": "approved"},
        {"helpful": 100},
        {"featured": True},
    ],
    ids=str,
)
def test_what_no_review_is(me: Http, order: Received, wrong: dict[str, Any]) -> None:
    answer = me.post(path_of(order), {**BODY, **wrong})
    assert answer.status_code == 422, answer.get_json()
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM reviews")) == 0


def test_text_is_text(http: Http, me: Http, order: Received) -> None:
    sent = '<img src=x onerror=alert(1)>\u202e好\u200b评 & "引号"\n第二行'
    made = me.post(path_of(order), {**BODY, "text": sent}).get_json()
    assert made["text"] == '<img src=x onerror=alert(1)>好评 & "引号"\n第二行'
    decide("approved", int(made["id"]))
    public = http.get(f"/api/v1/reviews/{made['id']}")
    assert public.content_type == "application/json"
    assert public.get_json()["text"] == made["text"]


def test_pictures_that_are_none_of_ones_own(me: Http, order: Received) -> None:
    stranger, _ = make_shopper()
    for name in (make_picture(stranger), "0" * 32 + ".jpg"):
        answer = me.post(path_of(order), {**BODY, "pictures": [name]})
        assert error_code(answer) == "upload_not_found"


def test_names_are_masked(http: Http, order: Received) -> None:
    with transaction() as session:
        session.execute(text("UPDATE users SET nickname = '王小明'"))
    review_id = approved(order)
    writer = http.get(f"/api/v1/reviews/{review_id}").get_json()["writer"]
    assert writer == {"name": "王**", "avatar_url": None}


# -- staff ----------------------------------------------------------------------------------


def test_a_low_review_wants_an_answer(staff: Http, me: Http, order: Received) -> None:
    review_id = approved(order, goods_stars=1)
    approved(goods_stars=3)
    (task,) = staff.get(f"{STAFF}/review-tasks").get_json()["items"]
    assert task["id"] == str(review_id)
    assert staff.get(f"{STAFF}/review-tasks", overdue="true").get_json()["items"] == []
    with transaction() as session:
        session.execute(text("UPDATE review_tasks SET due_at = now() - interval '1 minute'"))
    assert len(staff.get(f"{STAFF}/review-tasks", overdue="true").get_json()["items"]) == 1
    answered = staff.put(f"{STAFF}/reviews/{review_id}/reply", {"text": "抱歉，为您换一件"})
    assert answered.status_code == 200, answered.get_json()
    assert answered.get_json()["task"]["done_at"] is not None
    assert staff.get(f"{STAFF}/review-tasks").get_json()["items"] == []
    staff.put(f"{STAFF}/reviews/{review_id}/reply", {"text": "抱歉，已为您换货"})
    work()
    (message,) = me.get("/api/v1/messages/inbox").get_json()["items"]
    assert message["title"] == "商家回复了您的评价"
    assert me.get(f"/api/v1/my-reviews/{review_id}").get_json()["reply"] == "抱歉，已为您换货"
    with transaction() as session:
        actions = session.scalars(text("SELECT action FROM audit_entries ORDER BY id")).all()
    assert list(actions)[-2:] == ["review.reply", "review.reply"]
    assert AuditEntry.__tablename__ == "audit_entries"
    reviews_hold()


def test_a_task_closes_by_a_note_or_when_the_review_goes(staff: Http, order: Received) -> None:
    review_id = written(order, goods_stars=2)
    path = f"{STAFF}/review-tasks/{review_id}/closing"
    assert staff.post(path, {"note": "已电话沟通"}).get_json()["task"]["note"] == "已电话沟通"
    assert error_code(staff.post(path, {"note": "再一次"})) == "review_task_not_found"
    other = received()
    gone = written(other, goods_stars=1)
    mine = staff.as_(other.buyer.token)
    assert mine.delete(f"/api/v1/my-reviews/{gone}").status_code == 204
    assert error_code(staff.post(f"{STAFF}/review-tasks/{gone}/closing", {"note": "x"}))
    raised = received()
    better = written(raised, goods_stars=1)
    edited = staff.as_(raised.buyer.token).put(f"/api/v1/my-reviews/{better}", BODY)
    assert edited.status_code == 200
    assert staff.get(f"{STAFF}/review-tasks").get_json()["items"] == []


def test_what_staff_read_and_what_they_cannot_do(app: Flask, staff: Http, order: Received) -> None:
    review_id = approved(order, goods_stars=2)
    path = f"{STAFF}/reviews/{review_id}"
    assert staff.get(path).get_json()["user_id"] == str(order.user_id)
    for query in ({"low": "true"}, {"status": "approved"}, {"product_id": spu_of(order.sku_id)}):
        found = staff.get(f"{STAFF}/reviews", **query).get_json()["items"]
        assert [one["id"] for one in found] == [str(review_id)], query
    assert staff.get(f"{STAFF}/reviews", low="false").get_json()["items"] == []
    assert staff.get(f"{STAFF}/reviews", sort="goods_stars").status_code == 422
    decide("hidden", review_id, reason="侵权")
    answer = staff.put(f"{path}/reply", {"text": "感谢"})
    assert error_code(answer) == "review_not_answerable"
    methods = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(f"{STAFF}/reviews")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS", "GET"}
    }
    methods -= {("DELETE", f"{STAFF}/reviews/<id:review_id>/featuring")}  # out of the buyer show
    assert not [one for one in methods if one[0] == "DELETE" or one[1] == f"{STAFF}/reviews"]
    assert staff.post(f"{STAFF}/reviews", BODY).status_code == 405
    assert staff.delete(path).status_code == 405
    assert staff.put(path, BODY).status_code == 405


def test_clerks_without_the_permission(http: Http, order: Received) -> None:
    review_id = approved(order)
    reader = http.as_(make_staff("review:read"))
    answer = reader.put(f"{STAFF}/reviews/{review_id}/reply", {"text": "感谢"})
    assert error_code(answer) == "not_permitted"


# -- what others count ----------------------------------------------------------------------


def test_missions_and_figures_count_approved_reviews(app: Flask, order: Received) -> None:
    mission_id = mission(trigger="review_approved", measure="count", name="写评价")

    def counted() -> tuple[int, int]:
        db.session.rollback()
        with transaction() as session:
            figure = figures_of(session, [order.user_id])[order.user_id][REVIEWS_APPROVED]
            return listing.mission_view(session, order.user_id, mission_id).counted, figure

    review_id = written(order, goods_stars=1)
    work()
    assert counted() == (0, 0)
    decide("approved", review_id)
    assert counted() == (1, 1), "whatever the stars are"
    decide("hidden", review_id, reason="侵权")
    assert counted() == (0, 0)
    decide("approved", review_id)
    assert counted() == (1, 1)
    refund_line(order.order_no)
    assert counted() == (0, 1)


def test_a_closed_account_leaves_its_words_without_a_name(http: Http, order: Received) -> None:
    name = make_picture(order.user_id)
    shown = approved(order, pictures=(name,))
    waiting = written(received(buyer=order.buyer))
    received(buyer=order.buyer)
    with transaction() as session:
        session.execute(
            text("UPDATE users SET closed_at = now(), openid = NULL WHERE id = :id"),
            {"id": order.user_id},
        )
    erasing.erase_at_once(order.user_id)
    erasing.erase_at_once(order.user_id)
    public = http.get(f"/api/v1/reviews/{shown}").get_json()
    assert (public["writer"]["name"], public["pictures"]) == ("匿名用户", [])
    assert public["text"] == review_row(shown).text != ""
    assert review_row(waiting).status == "deleted"
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM review_chances")) == 0
        assert session.scalar(text("SELECT count(*) FROM reviews WHERE user_id > 0")) == 0
        held = text("SELECT attached_to FROM uploads WHERE name = :name")
        assert session.scalar(held, {"name": name}) is None
    reviews_hold()
    assert not rows_of("I28b")
