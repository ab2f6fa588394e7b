"""The tour's review: what is missing for the reward, the machine's verdict, the points; a question
that somebody else asks and who has the goods answers."""

from __future__ import annotations

import secrets
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from mall.tour.client import Client, check, until
from mall.tour.scene import Story

SHORT = "很好很好很好"
QUESTION, ANSWER = "会不会掉色？", "洗了两次没有掉色"
TRIES, CLAUSES, PICTURES, SIDE = 20, 9, 3, 320
# Said in another way each time: who repeats an earlier tour's words is taken for pasting them.
_HOW = (
    "柔软",
    "厚实",
    "轻巧",
    "干净",
    "细密",
    "平整",
    "清爽",
    "结实",
    "蓬松",
    "光滑",
    "利落",
    "温润",
    "挺括",
    "素净",
)
_WHAT = (
    "边角",
    "走线",
    "面料",
    "包装",
    "颜色",
    "手感",
    "尺寸",
    "气味",
    "纹路",
    "做工",
    "重量",
    "开口",
    "配件",
    "说明",
)
_SAID = (
    "比图上好看",
    "家里人都夸",
    "没有一点毛刺",
    "跟描述对得上",
    "用着顺手",
    "洗后没变样",
    "拍照很上镜",
    "值这个价钱",
    "送人也体面",
    "超出我预想",
    "摸起来安心",
    "放久了没味",
    "收纳不占地",
    "换季正合适",
)
_ORDERS, _REVIEWS = "/api/v1/orders", "/api/v1/my-reviews"


def write_review(story: Story) -> None:
    """A review of an order that was received: written, judged by the machine, rewarded."""
    number = _received_order(story)
    line = {"order_no": number, "position": 1}
    seen = story.shop.post("/api/v1/reviews/preview", {**line, "text": SHORT}, expect=200)
    check(bool(seen["rewards"]), "the shop rewards no reviews; load the demo shop")
    story.say(f"of “{SHORT}” {seen['characters']} characters count; before sending one reads:")
    for one in seen["rewards"]:
        check(bool(one["lacks"]), f"“{SHORT}” would earn {one['label']}")
        story.say(f"  {one['label']}: " + ", ".join(lack["text"] for lack in one["lacks"]))
    body, points = _worth_it(story, line)
    before = _points(story)
    path = f"{_ORDERS}/{number}/lines/1/review"
    review = story.shop.post(path, {**body, **_stars(4)})
    check(review["status"] == "pending", f"the review is {review['status']} at once")
    story.shop.post(path, {**body, **_stars(5)}, expect=409)
    other = Client(story.shop.base_url)
    other.get(f"/api/v1/reviews/{review['id']}", expect=404)
    story.say(
        "the review waits for WeChat's verdict, and only its writer sees it; a second one of the"
        " same line is refused"
    )
    own = f"{_REVIEWS}/{review['id']}"
    until("the verdict", lambda: story.shop.get(own)["status"] != "pending", within_s=60)
    shown = story.shop.get(own)
    check(shown["status"] == "approved", f"the review is {shown['status']}: {shown['reason']}")
    other.get(f"/api/v1/reviews/{review['id']}")
    story.say(
        f"WeChat has passed the text at once and {PICTURES} pictures by push: all can read it"
    )
    until("the points", lambda: _points(story) == before + points)
    story.say(f"{points} points are there, for what it says and shows, not for its stars")


def ask_and_answer(story: Story) -> None:
    """Somebody asks of the product; its buyer is asked, and answers."""
    friend, reviewed = _newcomer(story), story.shop.get(_REVIEWS)["items"][0]
    path = f"/api/v1/products/{reviewed['product_id']}/questions"
    asked = friend.post(path, {"text": QUESTION})
    question = f"/api/v1/questions/{asked['id']}"
    friend.post(f"{question}/answers", {"text": ANSWER}, expect=404)
    until("the question", lambda: asked["id"] in _ids(friend.get(path, sort="new")))
    story.say(f"a new shopper asks “{QUESTION}”; once the machine has passed it all can read it")
    friend.post(f"{question}/answers", {"text": ANSWER}, expect=409)
    mine = "/api/v1/my/asked-questions"
    until("the invitation to answer", lambda: asked["id"] in _ids(story.shop.get(mine)))
    story.shop.post(f"{question}/answers", {"text": ANSWER})
    until("the answer", lambda: friend.get(question)["answers"] == 1)
    top = friend.get(question)["top_answer"]
    check(top["text"] == ANSWER, f"the answer reads {top['text']}")
    check(asked["id"] not in _ids(story.shop.get(mine)), "who has answered is asked still")
    story.say(f"who has bought it is asked, and answers “{ANSWER}”; nobody else may")


def _received_order(story: Story) -> str:
    """One more unit, bought, sent and received: the order's number."""
    lines = [{"sku_id": story.skus[0]["id"], "quantity": 1}]
    wanted = {"lines": lines, "address_id": story.address_id}
    quote = story.shop.post("/api/v1/quotes", wanted, expect=200)
    body = {**wanted, "expected_payable_fen": quote["payable_fen"]}
    number = str(story.shop.post(_ORDERS, body)["order_no"])
    order = f"{_ORDERS}/{number}"
    story.shop.post(f"{order}/lines/1/review", {"text": SHORT, **_stars(5)}, expect=409)
    pay = story.shop.post(f"{order}/payment", expect=200)["parameters"]
    story.wechat.post("/_control/request-payment", pay, expect=200)
    until("payment", lambda: story.shop.get(order)["status"] == "paid")
    parcel = {"carrier_code": "ZTO", "tracking_no": "ZTO" + secrets.token_hex(5).upper()}
    story.staff.post(f"/admin/api/v1/orders/{number}/shipments", parcel)
    story.shop.post(f"{order}/receipt", expect=204)
    story.say(f"order {number} is bought and received; before that it can't be reviewed")
    return number


def _worth_it(story: Story, line: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """A text with pictures for which nothing is missing, and the points that it will earn."""
    random = Random(secrets.randbits(64))  # noqa: S311 - only to be another one
    pictures = [
        story.shop.upload("/api/v1/uploads", _picture(random))["name"] for _ in range(PICTURES)
    ]
    for _ in range(TRIES):
        body = {"text": _text(random), "pictures": pictures}
        seen = story.shop.post("/api/v1/reviews/preview", {**line, **body}, expect=200)
        if not any(one["lacks"] for one in seen["rewards"]):
            break
    check(not any(one["lacks"] for one in seen["rewards"]), "no text is worth the rewards")
    points = sum(
        one["times"] * part["count"]
        for one in seen["rewards"]
        for part in one["reward"]
        if part["kind"] == "points"
    )
    story.say(
        f"with {seen['characters']} characters that say something and {seen['pictures']} pictures"
        f" nothing is missing: {points} points, whatever the stars"
    )
    return body, points


def _text(random: Random) -> str:
    """Some sentences, no word of them twice."""
    how, what = random.sample(_HOW, CLAUSES), random.sample(_WHAT, CLAUSES)
    said = random.sample(_SAID, CLAUSES)
    clauses = [f"{how[at]}的{what[at]}{said[at]}" for at in range(CLAUSES)]
    return "，".join(clauses) + "。"


def _picture(random: Random) -> bytes:
    """A JPEG with shapes that no other picture has."""
    image = Image.new("RGB", (SIDE, SIDE), (225, 215, 205))
    draw = ImageDraw.Draw(image)
    for _ in range(16):
        left, top = random.randrange(SIDE * 3 // 4), random.randrange(SIDE * 3 // 4)
        right, bottom = left + random.randrange(30, 140), top + random.randrange(30, 140)
        draw.ellipse((left, top, right, bottom), fill=f"#{random.randrange(2**24):06x}")
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def _stars(goods: int) -> dict[str, int]:
    return {"goods_stars": goods, "logistics_stars": 5, "service_stars": 5}


def _newcomer(story: Story) -> Client:
    given = story.wechat.post("/_control/login-codes", expect=200)
    client = Client(story.shop.base_url)
    client.token = client.post("/api/v1/sessions", {"code": given["code"]})["token"]
    return client


def _points(story: Story) -> int:
    return int(story.shop.get("/api/v1/points")["available"])


def _ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page["items"]]
