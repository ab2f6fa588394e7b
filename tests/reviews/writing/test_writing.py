"""A review of a line: once, after the receipt, in time, with own pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.orders.errors import OrderNotFound
from mall.orders.fulfilling import confirm_receipt
from mall.reviews.writing.defaults import write_defaults
from mall.reviews.writing.editing import delete_review, edit_review
from mall.reviews.writing.errors import (
    FollowUpNotPossible,
    FollowUpTooLate,
    ReviewExists,
    ReviewLineIsGift,
    ReviewLineRefunded,
    ReviewNotEditable,
    ReviewNotFound,
    ReviewTagUnknown,
    ReviewTooEarly,
    ReviewTooLate,
)
from mall.reviews.writing.events import ReviewChanged
from mall.reviews.writing.follow_ups import write_follow_up
from mall.reviews.writing.reviewing import write_review
from mall.reviews.writing.settings import DEFAULT_STARS, WINDOW_DAYS
from mall.uploads.errors import UploadNotFound
from tests.support.heard import heard
from tests.support.orders import (
    buy,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
    ship,
    write_payment,
)
from tests.support.promotions import make_gift
from tests.support.settings import set_setting
from tests.support.written import (
    TERMS,
    approved,
    completed_days_ago,
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

pytestmark = pytest.mark.usefixtures("app")


def chances() -> list[int]:
    db.session.rollback()
    with transaction() as session:
        query = text("SELECT order_line_id FROM review_chances ORDER BY 1")
        return list(session.scalars(query))


def held_by(name: str) -> str | None:
    """What an upload is attached to."""
    db.session.rollback()
    with transaction() as session:
        query = text("SELECT attached_to FROM uploads WHERE name = :name")
        found: str | None = session.scalar(query, {"name": name})
        return found


def test_a_received_line_is_reviewed_once() -> None:
    order = received()
    line = lines_of(order.order_no)[0]
    assert chances() == [line.id]
    with heard(ReviewChanged) as events:
        review_id = written(order, tags=("质量很好",), anonymous=True)
        decide("approved", review_id)
    assert events == [ReviewChanged(review_id, order.user_id)] * 2
    row = review_row(review_id)
    assert (row.order_line_id, row.sku_id, row.spu_id) == (line.id, order.sku_id, line.spu_id)
    assert (row.status, row.origin, row.order_kind) == ("approved", "shopper", "normal")
    assert (row.goods_stars, row.logistics_stars, row.service_stars) == (5, 4, 5)
    assert chances() == []
    with pytest.raises(ReviewExists):
        written(order)
    delete_review(order.user_id, review_id)
    with pytest.raises(ReviewExists):
        written(order)
    reviews_hold()


def test_only_the_buyer_reviews_a_line_that_is_there() -> None:
    order, other = received(), make_buyer()
    with pytest.raises(OrderNotFound):
        write_review(other.user_id, order.order_no, 1, TERMS)
    with pytest.raises(OrderNotFound):
        write_review(order.user_id, order.order_no, 2, TERMS)
    with pytest.raises(OrderNotFound):
        write_review(order.user_id, "nothing", 1, TERMS)
    with pytest.raises(ReviewTagUnknown):
        written(order, tags=("不存在",))


def test_not_before_the_receipt_and_not_after_the_window() -> None:
    buyer = make_buyer()
    order_no = buy(buyer, {make_goods(): 1})
    pay(order_no)
    with pytest.raises(ReviewTooEarly):
        write_review(buyer.user_id, order_no, 1, TERMS)
    order = received()
    completed_days_ago(order.order_no, 14)
    late = received()
    completed_days_ago(late.order_no, 16)
    written(order)
    with pytest.raises(ReviewTooLate):
        written(late)


def test_a_window_that_is_made_shorter_counts_for_later_receipts() -> None:
    order = received()
    completed_days_ago(order.order_no, 10)
    set_setting(WINDOW_DAYS, 5)
    written(order)


def test_what_was_refunded_whole_isnt_reviewed() -> None:
    order, kept = received(), received(units=2)
    refund_line(order.order_no)
    refund_line(kept.order_no)
    with pytest.raises(ReviewLineRefunded):
        written(order)
    written(kept)
    assert chances() == []


def test_a_gift_isnt_reviewed() -> None:
    sku, given = make_goods(), make_goods()
    make_gift(given, sku)
    order = received(sku)
    with pytest.raises(ReviewLineIsGift):
        write_review(order.user_id, order.order_no, 2, TERMS)
    written(order)


def test_a_refund_marks_the_review() -> None:
    order = received(units=2)
    review_id = approved(order)
    with heard(ReviewChanged) as events:
        refund_line(order.order_no)
        assert not review_row(review_id).order_refunded
        assert not events, "a unit is kept"
        refund_line(order.order_no)
    assert review_row(review_id).order_refunded
    assert len(events) == 1
    reviews_hold()


def test_pictures_are_the_writers_own_and_used_once() -> None:
    order, other = received(), received()
    name = make_picture(order.user_id)
    with pytest.raises(UploadNotFound):
        written(other, pictures=(name,))
    review_id = written(order, pictures=(name,))
    assert held_by(name) == f"review:{review_id}"
    again = received(buyer=order.buyer)
    with pytest.raises(UploadNotFound):
        written(again, pictures=(name,))
    assert chances() != [], "a refused review leaves the line as it was"
    reviews_hold()


def test_it_is_edited_until_it_is_decided_on() -> None:
    order = received()
    first, second = make_picture(order.user_id), make_picture(order.user_id)
    review_id = written(order, pictures=(first,))
    edit_review(order.user_id, review_id, replace(TERMS, text="改过了", pictures=(second,)))
    assert (held_by(first), held_by(second)) == (None, f"review:{review_id}")
    decide("refused", review_id, reason="含有广告")
    assert review_row(review_id).reason == "含有广告"
    edit_review(order.user_id, review_id, replace(TERMS, text="没有广告", goods_stars=3))
    row = review_row(review_id)
    assert (row.status, row.reason, row.text, row.pictures) == ("pending", None, "没有广告", [])
    decide("approved", review_id)
    with pytest.raises(ReviewNotEditable):
        edit_review(order.user_id, review_id, TERMS)
    with pytest.raises(ReviewNotFound):
        edit_review(received().user_id, review_id, TERMS)
    reviews_hold()


def test_a_deleted_review_is_gone() -> None:
    order = received()
    name, later = make_picture(order.user_id), make_picture(order.user_id)
    review_id = approved(order, pictures=(name,), goods_stars=1)
    write_follow_up(order.user_id, review_id, "用了一个月", [later])
    decide("approved", review_id, "follow_up")
    delete_review(order.user_id, review_id)
    row = review_row(review_id)
    assert (row.status, row.text, row.pictures) == ("deleted", "", [])
    assert (held_by(name), held_by(later)) == (None, None)
    delete_review(order.user_id, review_id)
    with pytest.raises(ReviewNotFound):
        delete_review(received().user_id, review_id)
    decide("approved", review_id)
    assert review_row(review_id).status == "deleted", "nothing brings it back"
    reviews_hold()


def test_a_follow_up_comes_once_and_in_time() -> None:
    order = received()
    review_id = written(order)
    with pytest.raises(FollowUpNotPossible):
        write_follow_up(order.user_id, review_id, "还没通过", [])
    decide("approved", review_id)
    with pytest.raises(ReviewNotFound):
        write_follow_up(received().user_id, review_id, "别人的", [])
    write_follow_up(order.user_id, review_id, "一个月后", [])
    write_follow_up(order.user_id, review_id, "一个月以后", [])
    decide("approved", review_id, "follow_up")
    with pytest.raises(ReviewNotEditable):
        write_follow_up(order.user_id, review_id, "再来一次", [])
    late = approved()
    with transaction() as session:
        session.execute(text("UPDATE reviews SET created_at = now() - interval '181 days'"))
    with pytest.raises(FollowUpTooLate):
        write_follow_up(review_row(late).user_id, late, "太晚了", [])
    reviews_hold()


def test_five_stars_by_default_when_the_time_is_over() -> None:
    order, early, refunded = received(), received(), received()
    completed_days_ago(order.order_no, 16)
    completed_days_ago(refunded.order_no, 16)
    refund_line(refunded.order_no)
    with heard(ReviewChanged) as events:
        write_defaults()
        assert write_defaults() == 0
    assert events == []
    with transaction() as session:
        found = session.execute(text("SELECT id, user_id, origin, status, text FROM reviews")).all()
    assert [tuple(row[1:]) for row in found] == [(order.user_id, "default", "approved", "")]
    with pytest.raises(ReviewExists):
        written(order)
    with pytest.raises(FollowUpNotPossible):
        write_follow_up(order.user_id, found[0].id, "默认的", [])
    assert chances() == [lines_of(early.order_no)[0].id]
    assert spu_of(order.sku_id)
    reviews_hold()


def test_a_receipt_heard_of_too_late_gets_its_default_at_once() -> None:
    order_no = buy(make_buyer(), {make_goods(): 1})
    pay(order_no)
    write_payment(order_no)
    ship(order_no, {row.id: row.quantity for row in lines_of(order_no)})
    confirm_receipt(order_of(order_no).user_id, order_no)
    completed_days_ago(order_no, 30)
    work()
    reviews_hold()
    assert write_defaults() == 1
    reviews_hold()


def test_no_default_where_the_owner_wants_none() -> None:
    set_setting(DEFAULT_STARS, value=False)
    order = received()
    completed_days_ago(order.order_no, 16)
    assert write_defaults() == 1
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM reviews")) == 0
    assert chances() == []


def test_a_line_that_was_reviewed_gets_no_default(app: Flask) -> None:
    order = received()
    line_id = lines_of(order.order_no)[0].id
    written(order)
    with transaction() as session:
        session.execute(
            text("INSERT INTO review_chances VALUES (:line, :user, now() - interval '1 minute')"),
            {"line": line_id, "user": order.user_id},
        )
    assert write_defaults() == 1
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM reviews")) == 1
    reviews_hold()
