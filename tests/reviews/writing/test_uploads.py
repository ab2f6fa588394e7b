"""Pictures and videos of reviews: sent by the routes of uploads, used once, by their sender."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.aftersales import send_picture, upload
from tests.support.http import Http, error_code
from tests.support.pictures import motif
from tests.support.videos import mp4
from tests.support.written import decide, received, review_row, reviews_hold

BODY = {"goods_stars": 5, "logistics_stars": 4, "service_stars": 5, "text": "料子很舒服"}
VIDEOS = "/api/v1/videos"


def path_of(order_no: str) -> str:
    return f"/api/v1/orders/{order_no}/lines/1/review"


@pytest.mark.parametrize(
    ("path", "raw", "code"),
    [
        ("/api/v1/uploads", motif(1)[:300], "picture_invalid"),
        ("/api/v1/uploads", b"<svg onload=alert(1)>", "picture_invalid"),
        ("/api/v1/uploads", mp4(), "picture_invalid"),
        (VIDEOS, mp4()[:60], "video_invalid"),
        (VIDEOS, motif(1), "video_invalid"),
    ],
)
def test_what_is_no_picture_or_video_is_never_taken(
    app: Flask, http: Http, path: str, raw: bytes, code: str
) -> None:
    me = http.as_(received().buyer.token)
    assert error_code(send_picture(me, raw, path)) == code


def test_a_video_of_ones_own_is_shown_with_the_review(app: Flask, http: Http) -> None:
    order = received()
    me = http.as_(order.buyer.token)
    film, still = upload(me, mp4(), VIDEOS), upload(me, motif(1))
    assert me.post(path_of(order.order_no), {**BODY, "video": still}).status_code == 422
    made = me.post(path_of(order.order_no), {**BODY, "video": film, "pictures": [still]})
    review_id = int(made.get_json()["id"])
    decide("approved", review_id)
    shown = http.get(f"/api/v1/reviews/{review_id}").get_json()
    assert shown["video"]["url"].endswith(film)
    assert http.get(shown["video"]["url"]).status_code == 200
    reviews_hold()


def test_nothing_is_used_twice_nor_by_another(app: Flask, http: Http) -> None:
    first, second = received(), received()
    other = received(buyer=first.buyer)
    me, stranger = http.as_(first.buyer.token), http.as_(second.buyer.token)
    film, still = upload(me, mp4(), VIDEOS), upload(me, motif(1))
    used = {**BODY, "video": film, "pictures": [still]}
    assert error_code(stranger.post(path_of(second.order_no), used)) == "upload_not_found"
    made = me.post(path_of(first.order_no), used)
    assert made.status_code == 201, made.get_json()
    for again in ({"video": film}, {"pictures": [still]}):
        refused = me.post(path_of(other.order_no), {**BODY, **again})
        assert error_code(refused) == "upload_not_found"
    assert review_row(int(made.get_json()["id"])).video == film
    reviews_hold()
