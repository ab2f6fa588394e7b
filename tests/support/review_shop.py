"""A shop whose shoppers review what they bought, and a WeChat that judges it, for the journeys."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import requests
from sqlalchemy import text

from mall.kernel.db import db
from mall.reviews.moderation.jobs import hand_over_late_checks
from mall.reviews.ratings.cache import CACHE
from tests.support.aftersales import AfterSalesShop, upload
from tests.support.http import Http
from tests.support.pictures import motif
from tests.support.servers import LiveServer
from tests.support.staff import make_staff
from tests.support.users import make_address
from tests.support.wechat import control, login_code

ADMIN, API = "/admin/api/v1", "/api/v1"
POINTS = 200
GOOD = (
    "被芯比想象中轻，盖着却很暖，前几天降到八度也没觉得冷。机洗过一次，晾了半天就干，"
    "没有结块也没有跑棉，四个角的扣带都对得上。"
)
ANOTHER = (
    "床单的边压得很直，铺上去四面都能垂到床箱下面。颜色偏灰，和木头的床头很配，"
    "熨过一遍之后到现在还没有起皱，枕套的开口也藏得住。"
)
STARS = {"goods_stars": 2, "logistics_stars": 5, "service_stars": 4}
_seeds = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """A shopper who has logged in with WeChat, with an address."""

    openid: str
    user_id: int
    http: Http
    address_id: int


@dataclass
class ReviewShop(AfterSalesShop):
    """Reviews of 50 characters and 3 pictures get points. WeChat pushes its verdicts encrypted."""

    owner: Http = field(init=False)
    product_id: str = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.owner = Http(self.app).as_(make_staff("*"))
        self.become(self.enter(self.openid))
        self.product_id = str(
            db.session.scalar(text("SELECT spu_id FROM skus WHERE id = :id"), {"id": self.sku_id})
        )
        db.session.remove()
        rule = {"name": "优质评价", "reward": [{"kind": "points", "count": POINTS}]}
        rule_id = self.made("reward-rules", rule)["id"]
        terms = {"kind": "quality", "min_characters": 50, "min_pictures": 3}
        self.made("review-rewards", {**terms, "rule_id": rule_id, "accept_warnings": True})

    def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What staff make."""
        answer = self.owner.post(f"{ADMIN}/{path}", body)
        assert answer.status_code == 201, answer.get_json()
        found: dict[str, Any] = answer.get_json()
        return found

    # -- shoppers ----------------------------------------------------------------------

    def enter(self, openid: str | None = None) -> Person:
        """Somebody opens the mini-program just now; somebody new without an openid."""
        code, known = login_code(self.simulator, openid)
        body = Http(self.app).post(f"{API}/sessions", {"code": code}).get_json()
        user_id = int(body["user_id"])
        return Person(known, user_id, Http(self.app).as_(body["token"]), make_address(user_id))

    def become(self, person: Person) -> Person:
        """From now on this shopper buys and pays."""
        self.openid, self.user_id = person.openid, person.user_id
        self.shopper, self.address_id = person.http, person.address_id
        return person

    def received(self, quantity: int = 1) -> str:
        """An order that was paid, sent and received."""
        order_no = self.sent(quantity)
        assert self.shopper.post(f"{API}/orders/{order_no}/receipt").status_code == 204
        self.judged()
        return order_no

    def pictures(self, count: int = 3) -> list[str]:
        """Names of pictures that the shopper sends, each with a motif of its own."""
        return [upload(self.shopper, motif(next(_seeds))) for _ in range(count)]

    def terms(self, **more: Any) -> dict[str, Any]:
        """What a review of three pictures says, or what `more` says."""
        return {**STARS, "text": GOOD, **({} if "pictures" in more else self._three()), **more}

    def _three(self) -> dict[str, Any]:
        return {"pictures": self.pictures(3)}

    def written(self, order_no: str, **more: Any) -> str:
        """A review of the order's first line, which waits; its id. WeChat isn't asked yet."""
        path = f"{API}/orders/{order_no}/lines/1/review"
        answer = self.shopper.post(path, self.terms(**more))
        assert answer.status_code == 201, answer.get_json()
        assert answer.get_json()["status"] == "pending"
        return str(answer.get_json()["id"])

    def own(self, review_id: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.shopper.get(f"{API}/my-reviews/{review_id}").get_json()
        return shown

    def status_of(self, review_id: str) -> str:
        return str(self.own(review_id)["status"])

    def listed(self) -> list[str]:
        """The reviews that everybody reads, by id; and the rating says the same number."""
        CACHE.invalidate()  # what everybody reads may be five seconds old
        path = f"{API}/products/{self.product_id}"
        items = Http(self.app).get(f"{path}/reviews", sort="newest").get_json()["items"]
        count = Http(self.app).get(f"{path}/rating").get_json()["count"]
        assert count == len(items)
        return [one["id"] for one in items]

    @property
    def points(self) -> int:
        return int(self.shopper.get(f"{API}/points").get_json()["available"])

    # -- moderation --------------------------------------------------------------------

    def judged(self) -> None:
        """Workers ask WeChat, its pushes come, workers hear of what follows."""
        self.work()
        self.settle_down()
        self.work()

    def pushes(self) -> list[dict[str, Any]]:
        """The verdicts on pictures that WeChat pushed or should have, the newest first."""
        return [one for one in self.callbacks("push") if one["event_type"] == "wxa_media_check"]

    def push_again(self, callback_id: str) -> None:
        """WeChat sends a verdict once more, or at last."""
        path = f"{self.simulator.url}/_control/callbacks/{callback_id}/redeliver"
        assert requests.post(path, json={}, timeout=10).ok
        self.judged()

    def mend(self) -> None:
        """WeChat answers again."""
        assert requests.delete(f"{self.simulator.url}/_control/faults", timeout=10).ok

    def half_an_hour_passes(self) -> None:
        """So long WeChat has for its verdicts; then the sweep runs."""
        shift = "sent_at = sent_at - interval '31 minutes'"
        db.session.execute(text(f"UPDATE content_checks SET {shift}"))
        db.session.commit()
        db.session.remove()
        hand_over_late_checks()
        db.session.remove()

    def queue(self) -> list[dict[str, Any]]:
        """What waits for staff."""
        path = f"{ADMIN}/moderated-contents"
        found: list[dict[str, Any]] = self.owner.get(path, waiting="true").get_json()["items"]
        return found

    def content_of(self, ref: str, kind: str = "review") -> dict[str, Any]:
        """A content as staff see it now."""
        items = self.owner.get(f"{ADMIN}/moderated-contents", kind=kind).get_json()["items"]
        (found,) = [one for one in items if one["ref"] == ref]
        return dict(found)

    def decide(self, ref: str, decision: str, kind: str = "review", **more: Any) -> str:
        """Staff decide on what they see now; workers hear of it. What became of it."""
        seen = self.content_of(ref, kind)
        item = {"content_id": seen["id"], "version": seen["version"], "status": seen["status"]}
        body = {"items": [item], "decision": decision, **more}
        answer = self.owner.post(f"{ADMIN}/moderated-contents/decisions", body)
        assert answer.status_code == 200, answer.get_json()
        self.work()
        return str(answer.get_json()["items"][0]["outcome"])


def codes(content: dict[str, Any]) -> list[str]:
    """What the checks found, by code."""
    return sorted(one["code"] for one in content["findings"])


def tell_where_the_mall_is(simulator: LiveServer, mall: LiveServer) -> None:
    """WeChat pushes to the mall that runs, encrypted."""
    control(simulator, "/settings", mall_url=mall.url, push_mode="encrypted")
