"""Reviews come into the show and leave it; their writers get a coupon, once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from mall.coupons.models import Coupon
from mall.kernel.db import db, transaction
from mall.messages.models import Message
from mall.reviews.show.columns import change_column, columns
from mall.reviews.show.errors import ReviewUnfit, ShowColumnNotFound, ShowEntryNotFound
from mall.reviews.show.featuring import end_entry, feature_review
from mall.reviews.writing.editing import delete_review
from mall.reviews.writing.errors import ReviewNotFound
from mall.users.closing import close_account
from tests.support.catalog import make_category
from tests.support.coupons import coupon_of, make_template
from tests.support.http import Http, error_code
from tests.support.orders import Buyer, make_buyer, make_goods
from tests.support.reviews import grants, offer, points_of, rule
from tests.support.show import (
    clerk,
    coupon_column,
    entry,
    featured,
    made_of,
    make_column,
    pictured,
    show_holds,
)
from tests.support.staff import make_staff
from tests.support.written import (
    Received,
    approved,
    decide,
    make_picture,
    received,
    refund_line,
    review_row,
    work,
    written,
)

pytestmark = pytest.mark.usefixtures("app")


def coupons_of(user_id: int) -> list[str]:
    """Statuses of a shopper's coupons, the oldest first."""
    db.session.rollback()
    query = select(Coupon.status).where(Coupon.user_id == user_id).order_by(Coupon.id)
    return list(db.session.scalars(query))


def listed(http: Http, column_id: int, **query: Any) -> list[str]:
    """The entries that shoppers see in a column."""
    page = http.get(f"/api/v1/buyer-show-columns/{column_id}/entries", **query)
    assert page.status_code == 200, page.get_json()
    return [one["id"] for one in page.get_json()["items"]]


# -- which reviews ----------------------------------------------------------------------------


def test_a_column_takes_its_category_and_those_below(http: Http) -> None:
    home = make_category("家居")
    bedding, quilt = made_of("被子", home)
    _, cream = made_of("护手霜")
    column = make_column(category_id=home)
    staff = clerk()
    _, of_quilt = pictured(quilt)
    _, of_cream = pictured(cream)
    entry_id = feature_review(staff, of_quilt, column)
    with pytest.raises(ReviewUnfit):
        feature_review(staff, of_cream, column)
    feature_review(staff, of_cream, make_column())
    feature_review(staff, of_quilt, make_column(category_id=bedding))
    assert feature_review(staff, of_quilt, column) == entry_id
    assert listed(http, column) == [str(entry_id)]
    show_holds()


def test_a_deleted_category_takes_nothing(http: Http) -> None:
    empty = make_category("空类目")
    column = make_column(category_id=empty)
    with transaction() as session:
        session.execute(text("DELETE FROM categories WHERE id = :id"), {"id": empty})
    with pytest.raises(ReviewUnfit):
        feature_review(clerk(), pictured()[1], column)
    assert listed(http, column) == []


def test_only_an_approved_review_with_pictures_of_kept_goods() -> None:
    staff, column = clerk(), make_column()
    order = received()
    waiting = written(order, pictures=(make_picture(order.user_id),))
    hidden = pictured()[1]
    decide("hidden", hidden, reason="侵权")
    refunded, of_refunded = pictured()
    refund_line(refunded.order_no)
    for review_id in (waiting, approved(), hidden, of_refunded):
        with pytest.raises(ReviewUnfit):
            feature_review(staff, review_id, column)
    with pytest.raises(ReviewNotFound):
        feature_review(staff, 10**12, column)
    show_holds()


def test_a_column_that_is_off_takes_nothing_and_shows_nothing(http: Http) -> None:
    column = make_column()
    entry_id = featured(column)
    terms = {"name": "停用", "category_id": None, "sort": "newest", "position": 3}
    change_column(column, {**terms, "enabled": False, "coupon_template_id": None})
    with pytest.raises(ShowColumnNotFound):
        feature_review(clerk(), pictured()[1], column)
    with transaction() as session:
        assert columns(session, only_enabled=True) == []
    gone = http.get(f"/api/v1/buyer-show-columns/{column}/entries")
    assert (gone.status_code, error_code(gone)) == (404, "show_column_not_found")
    assert entry(entry_id).ended_at is None


# -- the writer's coupon ----------------------------------------------------------------------


def test_its_writer_gets_one_coupon_and_one_message(http: Http) -> None:
    column = coupon_column()
    order, review_id = pictured()
    entry_id = featured(column, review_id)
    assert featured(column, review_id) == featured(coupon_column(), review_id) == entry_id
    assert coupons_of(order.user_id) == ["available"]
    assert review_row(review_id).featured
    db.session.rollback()
    told = select(func.count()).where(Message.kind == "review_featured")
    assert db.session.scalar(told) == 1
    inbox = http.as_(order.buyer.token).get("/api/v1/messages/inbox").get_json()["items"]
    (message,) = [one for one in inbox if one["title"] == "评价入选买家秀"]
    assert "满 20 减 5" in message["body"]
    show_holds()


def test_nobody_else_can_use_it(http: Http) -> None:
    order, review_id = pictured()
    entry_id = featured(coupon_column(), review_id)
    coupon_id, goods = entry(entry_id).coupon_id, make_goods(price_fen=3_000)
    assert coupon_id is not None
    assert quoted(http, order.buyer, goods, coupon_id)["discount_fen"] == 500
    stranger = make_buyer()
    refused = ask(http, stranger, goods, coupon_id)
    assert (refused.status_code, error_code(refused)) == (404, "coupon_not_found")
    bought = http.as_(stranger.token)
    claim = bought.post(f"/api/v1/coupon-templates/{coupon_of(coupon_id).template_id}/claims")
    assert claim.status_code == 404


def ask(http: Http, buyer: Buyer, sku_id: int, coupon_id: int) -> Any:
    body = {
        "lines": [{"sku_id": str(sku_id), "quantity": 1}],
        "address_id": str(buyer.address_id),
        "choices": {"coupons": str(coupon_id)},
    }
    return http.as_(buyer.token).post("/api/v1/quotes", body)


def quoted(http: Http, buyer: Buyer, sku_id: int, coupon_id: int) -> dict[str, Any]:
    answer = ask(http, buyer, sku_id, coupon_id)
    assert answer.status_code == 200, answer.get_json()
    shown: dict[str, Any] = answer.get_json()
    return shown


def test_a_column_whose_coupons_are_gone_features_nothing(http: Http) -> None:
    column = coupon_column(total_limit=1)
    featured(column)
    _, review_id = pictured()
    admin = staff_of(http)
    refused = admin.put(featuring(review_id), {"column_id": str(column)})
    assert (refused.status_code, error_code(refused)) == (409, "coupon_all_claimed")
    assert not review_row(review_id).featured
    show_holds()


def test_a_coupon_that_comes_later_is_given_when_staff_feature_again() -> None:
    column = make_column()
    order, review_id = pictured()
    entry_id = featured(column, review_id)
    assert coupons_of(order.user_id) == []
    assert featured(coupon_column(), review_id) == entry_id
    assert coupons_of(order.user_id) == ["available"]
    show_holds()


# -- out of the show ----------------------------------------------------------------------------


def out_by_staff(_order: Received, review_id: int) -> None:
    end_entry(review_id)
    end_entry(review_id)


def hidden(_order: Received, review_id: int) -> None:
    decide("hidden", review_id, reason="侵权")


def deleted(order: Received, review_id: int) -> None:
    delete_review(order.user_id, review_id)


def refunded(order: Received, _review_id: int) -> None:
    refund_line(order.order_no)


@pytest.mark.parametrize(
    ("leave", "why"),
    [(out_by_staff, "staff"), (hidden, "hidden"), (deleted, "deleted"), (refunded, "refunded")],
)
def test_what_takes_a_review_out_takes_its_coupon_and_its_reward(
    http: Http, leave: Any, why: str
) -> None:
    offer("featured", rule(30))
    column = coupon_column()
    order, review_id = pictured()
    entry_id = featured(column, review_id)
    assert (points_of(order.user_id), listed(http, column)) == (30, [str(entry_id)])
    leave(order, review_id)
    work()
    assert entry(entry_id).ended_why == why
    assert listed(http, column) == []
    assert http.get(f"/api/v1/buyer-shows/{entry_id}").status_code == 404
    assert not review_row(review_id).featured
    assert coupons_of(order.user_id) == ["revoked"]
    assert (points_of(order.user_id), grants()) == (0, [("featured", "reversed")])
    show_holds()


def test_it_leaves_the_lists_at_once_when_it_is_hidden(http: Http) -> None:
    column = make_column()
    _, review_id = pictured()
    entry_id = featured(column, review_id)
    with transaction() as session:
        session.execute(
            text("UPDATE reviews SET status = 'hidden' WHERE id = :id"), {"id": review_id}
        )
    assert listed(http, column) == []
    assert http.get(f"/api/v1/buyer-shows/{entry_id}").status_code == 404
    assert entry(entry_id).ended_at is None


def test_featured_again_it_has_its_likes_and_its_reward_but_no_second_coupon() -> None:
    offer("featured", rule(30))
    column = coupon_column()
    order, review_id = pictured()
    entry_id = featured(column, review_id)
    before = entry(entry_id)
    first = (before.featured_at, before.heat)
    end_entry(review_id)
    work()
    assert points_of(order.user_id) == 0
    assert featured(column, review_id) == entry_id
    again = entry(entry_id)
    assert again.ended_why is None
    assert (again.featured_at, again.heat) > first
    assert coupons_of(order.user_id) == ["revoked"]
    assert points_of(order.user_id) == 30
    assert grants() == [("featured", "reversed"), ("featured", "granted")]
    show_holds()


def test_what_is_not_in_the_show_cant_be_taken_out() -> None:
    with pytest.raises(ShowEntryNotFound):
        end_entry(pictured()[1])
    with pytest.raises(ReviewNotFound):
        end_entry(10**12)


def test_the_reward_for_being_picked_waits_for_that() -> None:
    offer("featured", rule(30))
    order, review_id = pictured()
    assert (points_of(order.user_id), grants()) == (0, [])
    featured(review_id=review_id)
    assert points_of(order.user_id) == 30
    show_holds()


def test_a_promised_reward_is_canceled_when_staff_take_the_review_out() -> None:
    offer("featured", rule(30), after_settling=True)
    order, review_id = pictured()
    featured(review_id=review_id)
    assert (points_of(order.user_id), grants()) == (0, [("featured", "pending")])
    end_entry(review_id)
    work()
    assert grants() == [("featured", "canceled")]
    show_holds()


# -- accounts that are closed -------------------------------------------------------------------


def test_a_writer_who_closes_the_account_leaves_the_show(http: Http) -> None:
    offer("featured", rule(30))
    column = coupon_column()
    order, review_id = pictured()
    entry_id = featured(column, review_id)
    close_account(order.user_id)
    work()
    assert entry(entry_id).ended_why == "no_pictures"
    assert listed(http, column) == []
    assert review_row(review_id).user_id is None
    show_holds()


# -- staff, by HTTP -----------------------------------------------------------------------------


def staff_of(http: Http) -> Http:
    return http.as_(make_staff("buyer_show:read", "buyer_show:write", "audit:read"))


def featuring(review_id: int) -> str:
    return f"/admin/api/v1/reviews/{review_id}/featuring"


def test_staff_make_columns_and_feature(http: Http) -> None:
    staff, url = staff_of(http), "/admin/api/v1/buyer-show-columns"
    body = {"name": "被子晒图", "sort": "newest", "position": 2}
    column_id = staff.post(url, body).get_json()["id"]
    assert staff.put(f"{url}/{column_id}", {**body, "name": "晒被子"}).status_code == 204
    assert staff.put(f"{url}/{column_id}", {**body, "name": "晒被子"}).status_code == 204
    (column,) = staff.get(url).get_json()["items"]
    assert column == {
        "id": column_id,
        "name": "晒被子",
        "category_id": None,
        "sort": "newest",
        "position": 2,
        "enabled": True,
        "coupon_template_id": None,
    }
    (shown,) = http.get("/api/v1/buyer-show-columns").get_json()["items"]
    assert set(shown) == {"id", "name", "category_id", "sort"}
    _, review_id = pictured()
    put = staff.put(featuring(review_id), {"column_id": column_id})
    assert put.status_code == 200, put.get_json()
    (one,) = http.get(f"/api/v1/buyer-show-columns/{column_id}/entries").get_json()["items"]
    assert (one["id"], one["review"]["id"]) == (put.get_json()["id"], str(review_id))
    assert one["review"]["featured"] is True
    assert one == http.get(f"/api/v1/buyer-shows/{one['id']}").get_json()
    assert staff.delete(featuring(review_id)).status_code == 204
    assert staff.delete(featuring(review_id)).status_code == 204
    db.session.rollback()
    trail = db.session.scalars(
        text("SELECT action FROM audit_entries WHERE action LIKE 'show%' ORDER BY id")
    ).all()
    assert trail == [
        *("show_column.create", "show_column.change", "show_entry.feature", "show_entry.end")
    ]


def test_what_a_column_names_must_be_there(http: Http) -> None:
    staff, url = staff_of(http), "/admin/api/v1/buyer-show-columns"
    for field, code in (
        ("category_id", "category_not_found"),
        ("coupon_template_id", "template_not_found"),
    ):
        refused = staff.post(url, {"name": "专栏", field: "987654321"})
        assert (refused.status_code, refused.get_json()["error"]["param"]) == (404, field)
        assert error_code(refused).endswith("not_found"), code
    gone = staff.put(f"{url}/987654321", {"name": "专栏"})
    assert (gone.status_code, error_code(gone)) == (404, "show_column_not_found")
    assert staff.post(url, {"name": "专栏", "coupon_template_id": str(make_template())}).get_json()
    assert len(staff.get(url).get_json()["items"]) == 1


def test_looking_is_no_permission_to_feature(app: Flask, http: Http) -> None:
    reader = http.as_(make_staff("buyer_show:read"))
    refused = reader.put(featuring(pictured()[1]), {"column_id": str(make_column())})
    assert (refused.status_code, error_code(refused)) == (403, "not_permitted")
