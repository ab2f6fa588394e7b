"""Likes and collections, one a shopper; lists by freshness and likes; shares of an entry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.reviews.show import liking
from mall.reviews.show.errors import OwnShow, ShowEntryNotFound
from mall.reviews.show.featuring import end_entry
from mall.reviews.show.heat import heat_of
from mall.reviews.show.models import ShowEntry
from mall.sharing.pages.kinds import PAGE_KINDS
from mall.users.closing import close_account
from mall.users.errors import AccountClosed
from tests.support.http import Http, error_code
from tests.support.show import entry, featured, make_column, pictured, show_holds
from tests.support.users import make_shopper
from tests.support.written import make_picture, spu_of, work

pytestmark = pytest.mark.usefixtures("app")
Work = Callable[[], None]
SHOWS = "/api/v1/buyer-shows"


def older(entry_id: int, **ago: int) -> None:
    """The entry was featured earlier."""
    shift = timedelta(**ago)
    with transaction() as session:
        session.execute(
            text("UPDATE show_entries SET featured_at = featured_at - :by WHERE id = :id"),
            {"by": shift, "id": entry_id},
        )
        heat = heat_of(ShowEntry.likes, ShowEntry.featured_at)
        session.query(ShowEntry).filter(ShowEntry.id == entry_id).update(
            {"heat": heat}, synchronize_session=False
        )


def page(http: Http, column_id: int, **query: Any) -> dict[str, Any]:
    answer = http.get(f"/api/v1/buyer-show-columns/{column_id}/entries", **query)
    assert answer.status_code == 200, answer.get_json()
    body: dict[str, Any] = answer.get_json()
    return body


def listed(http: Http, column_id: int, **query: Any) -> list[int]:
    return [int(one["id"]) for one in page(http, column_id, **query)["items"]]


def test_a_shopper_likes_and_collects_once() -> None:
    entry_id = featured()
    me, other = make_shopper()[0], make_shopper()[0]
    assert [liking.like(me, entry_id), liking.like(me, entry_id)] == [1, 1]
    assert liking.like(other, entry_id) == 2
    assert [liking.collect(me, entry_id), liking.collect(me, entry_id)] == [1, 1]
    row = entry(entry_id)
    assert (row.likes, row.collects) == (2, 1)
    show_holds()
    assert [liking.unlike(me, entry_id), liking.unlike(me, entry_id)] == [1, 1]
    assert [liking.uncollect(me, entry_id), liking.uncollect(me, entry_id)] == [0, 0]
    assert liking.like(me, entry_id) == 2
    show_holds()


def test_nobody_likes_their_own_but_may_collect_it() -> None:
    order, review_id = pictured()
    entry_id = featured(review_id=review_id)
    with pytest.raises(OwnShow):
        liking.like(order.user_id, entry_id)
    assert liking.collect(order.user_id, entry_id) == 1
    assert entry(entry_id).likes == 0


def test_what_isnt_shown_isnt_liked() -> None:
    _, review_id = pictured()
    entry_id = featured(review_id=review_id)
    me = make_shopper()[0]
    liking.like(me, entry_id)
    end_entry(review_id)
    for press in (liking.like, liking.collect):
        with pytest.raises(ShowEntryNotFound):
            press(me, entry_id)
        with pytest.raises(ShowEntryNotFound):
            press(me, 10**12)
    assert liking.unlike(me, entry_id) == 0
    with pytest.raises(ShowEntryNotFound):
        liking.unlike(me, 10**12)
    show_holds()


def test_marks_of_a_closed_account_stay_without_a_name() -> None:
    entry_id = featured()
    me, other = make_shopper()[0], make_shopper()[0]
    for who in (me, other):
        liking.like(who, entry_id)
        liking.collect(who, entry_id)
        close_account(who)
    work()
    row = entry(entry_id)
    assert (row.likes, row.collects) == (2, 2)
    named = "SELECT count(user_id) FROM show_likes UNION SELECT count(user_id) FROM show_collects"
    assert db.session.scalars(text(named)).all() == [0]
    with pytest.raises(AccountClosed):
        liking.like(me, entry_id)
    show_holds()


def test_by_http(http: Http) -> None:
    entry_id, other = featured(), featured()
    me = http.as_(make_shopper()[1])
    url = f"{SHOWS}/{entry_id}"
    for path in ("like", "collection"):
        assert (
            me.put(f"{url}/{path}").get_json() == me.put(f"{url}/{path}").get_json() == {"count": 1}
        )
    marks = me.get("/api/v1/buyer-show-marks", entry_ids=f"{entry_id},{other}").get_json()["items"]
    assert marks == [
        {"id": str(entry_id), "liked": True, "collected": True},
        {"id": str(other), "liked": False, "collected": False},
    ]
    for wrong in ("", "x", "0", "1,,2", ",".join("1" * 101)):
        assert me.get("/api/v1/buyer-show-marks", entry_ids=wrong).status_code == 422, wrong
    shown = http.get(url).get_json()
    assert (shown["likes"], shown["collects"]) == (1, 1)
    for path in ("like", "collection"):
        assert (
            me.delete(f"{url}/{path}").get_json()
            == me.delete(f"{url}/{path}").get_json()
            == {"count": 0}
        )
    unknown = me.put(f"{SHOWS}/987654321/like")
    assert (unknown.status_code, error_code(unknown)) == (404, "show_entry_not_found")


# -- lists --------------------------------------------------------------------------------------


def test_a_column_opens_by_freshness_and_likes(http: Http) -> None:
    column = make_column()
    yesterday, old, fresh = (featured(column) for _ in range(3))
    older(yesterday, hours=12)
    older(old, days=3)
    assert listed(http, column) == [fresh, yesterday, old]
    # Ten times one more than the likes weigh 12.5 hours.
    fans = [make_shopper()[0] for _ in range(9)]
    for who in fans:
        liking.like(who, yesterday)
    assert listed(http, column) == [yesterday, fresh, old]
    assert listed(http, column, sort="newest") == [fresh, yesterday, old]
    for who in fans:
        liking.unlike(who, yesterday)
    assert listed(http, column) == [fresh, yesterday, old]
    assert listed(http, make_column(sort="newest")) == []


@pytest.mark.parametrize("sort", ["hot", "newest"])
def test_pages_follow_each_other(http: Http, sort: str) -> None:
    column = make_column()
    made = [featured(column) for _ in range(5)]
    for n, one in enumerate(made):
        older(one, hours=n)
    whole = listed(http, column, sort=sort)
    assert sorted(whole) == sorted(made)
    found, cursor = [], None
    for _ in range(3):
        part = page(http, column, sort=sort, limit=2, **({"cursor": cursor} if cursor else {}))
        found += [int(one["id"]) for one in part["items"]]
        cursor = part["next_cursor"]
    assert (found, cursor) == (whole, None)


def test_a_cursor_of_the_other_sort_is_refused(http: Http) -> None:
    column = make_column()
    featured(column)
    featured(column)
    hot = page(http, column, sort="hot", limit=1)["next_cursor"]
    refused = http.get(f"/api/v1/buyer-show-columns/{column}/entries", sort="newest", cursor=hot)
    assert refused.status_code == 422
    far = http.get(
        f"/api/v1/buyer-show-columns/{column}/entries",
        sort="newest",
        cursor="WzkyMjMzNzIwMzY4NTQ3NzU4MDcsIDFd",
    )
    assert far.status_code == 422, "microseconds beyond any date"


def test_the_collection_has_what_is_still_shown(http: Http) -> None:
    me_id, token = make_shopper()
    me = http.as_(token)
    _, review_id = pictured()
    kept, gone, last = featured(), featured(review_id=review_id), featured()
    for one in (kept, gone, last):
        liking.collect(me_id, one)
    end_entry(review_id)
    url = "/api/v1/buyer-show-collection"
    assert [one["id"] for one in me.get(url).get_json()["items"]] == [str(last), str(kept)]
    first = me.get(url, limit=2).get_json()
    assert [one["id"] for one in first["items"]] == [str(last)]
    rest = me.get(url, limit=2, cursor=first["next_cursor"]).get_json()
    assert ([one["id"] for one in rest["items"]], rest["next_cursor"]) == ([str(kept)], None)


# -- shares -------------------------------------------------------------------------------------


def test_a_share_carries_the_token_and_opens_the_product(http: Http) -> None:
    order, review_id = pictured()
    entry_id = featured(review_id=review_id)
    sharer, friend = http.as_(make_shopper()[1]), http.as_(make_shopper()[1])
    body = {"page": {"kind": "buyer_show", "id": str(entry_id)}}
    share = sharer.post("/api/v1/shares", body)
    assert share.status_code == 200, share.get_json()
    path = f"pages/product?id={spu_of(order.sku_id)}&show={entry_id}"
    assert share.get_json()["path"].endswith(f"&share={share.get_json()['token']}")
    led = friend.post(f"/api/v1/shares/{share.get_json()['token']}/opens").get_json()
    assert led["page"] == body["page"]
    assert led["path"].endswith(path.partition("?")[2])
    end_entry(review_id)
    refused = sharer.post("/api/v1/shares", {"page": {"kind": "buyer_show", "id": "987654321"}})
    assert (refused.status_code, error_code(refused)) == (404, "page_not_found")
    ended = http.as_(make_shopper()[1]).post("/api/v1/shares", body)
    assert (ended.status_code, error_code(ended)) == (404, "page_not_found")


def test_a_poster_shows_the_buyers_picture(http: Http) -> None:
    order, review_id = pictured()
    entry_id = featured(review_id=review_id)
    kind = PAGE_KINDS["buyer_show"]
    assert kind.card is not None
    with transaction() as session:
        card = kind.card(session, entry_id)
        names = session.scalar(
            text("SELECT pictures[1] FROM reviews WHERE id = :id"), {"id": review_id}
        )
    assert card is not None
    assert card.picture.endswith(f"/{names}")
    assert http.get(card.picture).status_code == 200
    assert (card.title, card.price_fen) == ("测试商品", 1_000)
    assert make_picture(order.user_id) not in card.picture
