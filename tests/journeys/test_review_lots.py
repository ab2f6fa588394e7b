"""晒单抽奖 by HTTP: a review with pictures takes part, lots are drawn at the published time, the
winner is public under a masked name, and anybody can draw the lots again."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from mall.kernel.db import db
from mall.lottery.lots import jobs
from mall.lottery.lots.rules import Lot, draw_lots, hash_of
from tests.support.http import Http, error_code
from tests.support.lots import ADMIN, NONCE, SHOPPER, lot_prize, lot_terms, lots_are_due, shift_lots
from tests.support.review_shop import ReviewShop, tell_where_the_mall_is
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[ReviewShop]:
    shop = ReviewShop(app, simulator, work)
    tell_where_the_mall_is(simulator, live_mall)
    yield shop
    shop.control("/reset")


def test_a_review_wins(shop: ReviewShop) -> None:
    anybody = Http(shop.app)
    draft = shop.owner.post(ADMIN, lot_terms(lot_prize(1, name="大奖"), min_pictures=2))
    campaign_id = draft.get_json()["id"]
    path = f"{SHOPPER}/{campaign_id}"
    assert error_code(anybody.get(path)) == "lot_campaign_not_found", "a draft is nobody's"
    preview = shop.owner.get(f"{ADMIN}/{campaign_id}/preview").get_json()
    assert preview == {"prizes": 1, "expected_fen": 10, "worst_fen": 10}
    public = {"replaces": 1, "accept_warnings": True}
    assert shop.owner.post(f"{ADMIN}/{campaign_id}/publication", public).status_code == 200
    assert anybody.get(path).get_json()["state"] == "coming"
    shift_lots(int(campaign_id), "starts_at = now() - interval '1 second'")

    review_id = shop.written(shop.received())
    entry = {"review_id": review_id, "nonce": NONCE}
    taken = shop.shopper.put(f"{path}/entry", entry)
    assert (taken.status_code, taken.get_json()["review_status"]) == (200, "pending")
    shop.judged()
    before = shop.points
    lots_are_due(int(campaign_id))
    jobs.draw_due.run()
    jobs.give_prizes.run()
    db.session.remove()

    own = shop.shopper.get(f"{path}/entry").get_json()
    assert (own["took_part"], own["prize"], own["refusal"]) == (True, "大奖", None)
    assert shop.points == before + 10
    shown = anybody.get(path).get_json()
    assert (shown["state"], shown["entered"], shown["took_part"]) == ("drawn", 1, 1)
    rows = anybody.get(f"{path}/entries").get_json()["items"]
    lots = [Lot(one["number"], one["alias"], one["nonce"]) for one in rows if one["took_part"]]
    assert hash_of(lots) == shown["entries_digest"]
    drawn = draw_lots(bytes.fromhex(shown["secret"]), int(campaign_id), lots, [1])
    (winner,) = anybody.get(f"{path}/winners").get_json()["items"]
    assert (winner["number"], winner["alias"]) == (drawn[0].number, lots[0].alias)
    figures = shop.owner.get(f"{ADMIN}/{campaign_id}").get_json()
    assert [figures[name] for name in ("wins", "given", "refused")] == [1, 1, 0]
