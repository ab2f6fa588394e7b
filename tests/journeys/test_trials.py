"""The story of an experience officer by HTTP: applies, is picked, gets the goods for nothing, says
what is bad about them, and is asked to become a promoter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from mall.reviews.trials.jobs import sweep_trials
from mall.reviews.trials.settings import OFFICER_DONE
from tests.support.http import Http, error_code
from tests.support.payments import assert_money_is_right
from tests.support.promoters import AGREEMENT, PATH
from tests.support.review_shop import ADMIN, API, ReviewShop, tell_where_the_mall_is
from tests.support.servers import LiveServer
from tests.support.settings import set_setting, without_quiet_hours
from tests.support.trials import days_pass


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[ReviewShop]:
    shop = ReviewShop(app, simulator, work)
    tell_where_the_mall_is(simulator, live_mall)
    yield shop
    assert_money_is_right(shop)
    shop.control("/reset")


def terms(shop: ReviewShop, **more: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "sku_id": str(shop.sku_id),
        "name": "四件套试用",
        "text": "免费试用，收到后请如实评价",
        "units": 1,
        "apply_from": (now - timedelta(hours=1)).isoformat(),
        "apply_until": (now + timedelta(days=1)).isoformat(),
        "accept_warnings": True,
        **more,
    }


def sellable(shop: ReviewShop) -> int:
    rows = shop.owner.get(f"{ADMIN}/stock", sku_ids=str(shop.sku_id)).get_json()["items"]
    return int(rows[0]["sellable"])


def applications(shop: ReviewShop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.shopper.get(f"{API}/my/trials").get_json()["items"]
    return found


def test_from_an_application_to_a_promoter(shop: ReviewShop) -> None:
    without_quiet_hours()  # The offer is marketing, which waits for the morning.
    set_setting(OFFICER_DONE, 1)
    praise = shop.owner.post(f"{ADMIN}/trials", terms(shop, text="收到后请给五星好评"))
    assert error_code(praise) == "campaign_refused"
    before = sellable(shop)
    trial = shop.made("trials", terms(shop))
    of_trial = f"{ADMIN}/trials/{trial['id']}"
    assert sellable(shop) == before - 1

    # Two apply; staff see what they did before, and pick one of them.
    path = f"{API}/trials/{trial['id']}/applications"
    mine = shop.shopper.post(path, {"note": "家里有猫，想试试会不会勾丝"}).get_json()["id"]
    assert error_code(shop.shopper.post(path, {})) == "trial_applied"
    other = shop.enter()
    assert other.http.post(path, {"note": "想试试"}).status_code == 201
    seen = shop.owner.get(f"{of_trial}/applications").get_json()["items"]
    assert [one["id"] for one in seen][:1] == [mine]
    assert "picture_reviews" in seen[0]["figures"]
    ids = {"application_ids": [one["id"] for one in seen]}
    assert error_code(shop.owner.post(f"{of_trial}/picks", ids)) == "trial_full"
    picked = shop.owner.post(f"{of_trial}/picks", {"application_ids": [mine]})
    assert picked.get_json() == {"picked": 1}
    shop.work()

    # Accepting is an order for nothing; the review is due from the receipt on.
    accept = f"{API}/trial-applications/{mine}/acceptance"
    others = other.http.post(accept, {"address_id": str(other.address_id)})
    assert others.status_code == 404
    placed = shop.shopper.post(accept, {"address_id": str(shop.address_id)}).get_json()
    order_no = placed["order_no"]
    detail = shop.detail(order_no)
    assert (placed["status"], detail["payable_fen"]) == ("paid", 0)
    assert shop.ship(order_no).status_code == 201
    assert shop.shopper.post(f"{API}/orders/{order_no}/receipt").status_code == 204
    shop.work()
    (own,) = applications(shop)
    assert (own["status"], own["due_at"] is not None) == ("accepted", True)

    # Two stars with three pictures are what the trial asked for.
    review_id = shop.written(order_no)
    shop.judged()
    assert shop.status_of(review_id) == "approved"
    (own,) = applications(shop)
    assert (own["status"], own["review_id"], own["late"]) == ("done", review_id, False)
    shown = Http(shop.app).get(f"{API}/reviews/{review_id}").get_json()
    assert (shown["trial"], shown["goods_stars"]) == (True, 2)

    # Staff see the record and offer; becoming a promoter stays an application of their own.
    officers = shop.owner.get(f"{ADMIN}/trial-officers").get_json()
    (record,) = officers["items"]
    assert (record["user_id"], record["done"], record["meets"]) == (str(shop.user_id), 1, True)
    offer = f"{ADMIN}/trial-officers/{shop.user_id}/promoter-offer"
    thin = shop.owner.post(f"{ADMIN}/trial-officers/{other.user_id}/promoter-offer")
    assert error_code(thin) == "trial_record_thin"
    offered = shop.owner.post(offer).get_json()
    assert shop.owner.post(offer).get_json() == offered
    shop.work()
    mine_now = shop.shopper.get(f"{API}/my/trial-record").get_json()
    assert mine_now["promoter_offered_at"] == offered["offered_at"]
    assert mine_now["promoter_page"] == "pages/promoter"
    inbox = shop.shopper.get(f"{API}/messages/inbox").get_json()["items"]
    assert len([one for one in inbox if "推广员" in one["title"]]) == 1
    become_promoter(shop)


def become_promoter(shop: ReviewShop) -> None:
    shop.made("promoter-agreements", {**AGREEMENT, "replaces": 0})
    shop.made("promoter-levels", {"name": "推广员", "position": 10})
    agreement = shop.shopper.get(f"{PATH}/agreement").get_json()
    body = {"agreement_version": agreement["version"], "note": "体验官"}
    assert shop.shopper.post(f"{PATH}/application", body).get_json()["status"] == "applied"
    decision = f"{ADMIN}/promoters/{shop.user_id}/decision"
    assert shop.owner.post(decision, {"accept": True}).status_code == 200
    shop.work()
    shown = shop.shopper.get(PATH).get_json()
    assert (shown["is_paid"], shown["level"]["name"]) == (True, "推广员")


def test_who_does_not_write_is_overdue_and_may_make_up_for_it(shop: ReviewShop) -> None:
    trial = shop.made("trials", terms(shop, review_days=1))
    path = f"{API}/trials/{trial['id']}/applications"
    mine = shop.shopper.post(path, {}).get_json()["id"]
    picks = f"{ADMIN}/trials/{trial['id']}/picks"
    assert shop.owner.post(picks, {"application_ids": [mine]}).status_code == 200
    accept = f"{API}/trial-applications/{mine}/acceptance"
    order_no = shop.shopper.post(accept, {"address_id": str(shop.address_id)}).get_json()[
        "order_no"
    ]
    assert shop.ship(order_no).status_code == 201
    assert shop.shopper.post(f"{API}/orders/{order_no}/receipt").status_code == 204
    shop.work()
    days_pass(2)
    sweep_trials()
    (own,) = applications(shop)
    assert own["status"] == "overdue"
    later = shop.made("trials", terms(shop))
    again = shop.shopper.post(f"{API}/trials/{later['id']}/applications", {})
    assert error_code(again) == "trial_barred"

    # Two pictures are too few; the follow-up brings the third.
    review_id = shop.written(order_no, pictures=shop.pictures(2))
    shop.judged()
    assert applications(shop)[0]["status"] == "overdue"
    body = {"text": "用了一周，补一张图", "pictures": shop.pictures(1)}
    follow_up = shop.shopper.put(f"{API}/my-reviews/{review_id}/follow-up", body)
    assert follow_up.status_code == 200
    shop.judged()
    (own,) = applications(shop)
    assert (own["status"], own["late"]) == ("done", True)
    again = shop.shopper.post(f"{API}/trials/{later['id']}/applications", {})
    assert again.status_code == 201
