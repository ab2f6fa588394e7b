"""The tour's referral: a promoter shares a product, and a new friend buys it."""

from __future__ import annotations

from typing import Any

from mall.kernel.money import yuan
from mall.tour.client import Client, TourFailed, check, until
from mall.tour.scene import Story, sellable

NAME = "导览佣金"
RATE_BP, WHOLE_BP = 1_000, 10_000
DESIGN = "导览海报"
_PLANS = "/admin/api/v1/commission-plans"
_DESIGNS = "/admin/api/v1/poster-templates"


def bring_friends(story: Story) -> None:
    """A promoter, a signed share, a poster; a friend buys; commission and reward wait."""
    _join(story)
    rate_bp = _rates(story)
    product = story.shop.get(f"/api/v1/products/{_product(story)}")
    token = _share(story, product["id"])
    _poster(story, product["id"])
    friend, address_id = _friend(story, token)
    paid_fen = _buy(story, friend, address_id, product["skus"][0])
    wanted_fen = paid_fen * rate_bp // WHOLE_BP
    until("the commission", lambda: _pending(story) == wanted_fen)
    story.say(
        f"the friend pays ¥{yuan(paid_fen)} for it: ¥{yuan(wanted_fen)} of commission is pending,"
        " until nothing can be returned any more"
    )
    _progress(story)


def _join(story: Story) -> None:
    """Joining is free: an agreement, and a clerk who decides."""
    agreement = story.shop.get("/api/v1/promoter/agreement")
    body = {"agreement_version": agreement["version"]}
    standing = story.shop.post("/api/v1/promoter/application", body, expect=200)
    if standing["status"] == "applied":
        waiting = story.staff.get("/admin/api/v1/promoter-applications")["items"]
        path = f"/admin/api/v1/promoters/{waiting[-1]['user_id']}/decision"
        story.staff.post(path, {"accept": True}, expect=200)
        standing = story.shop.get("/api/v1/promoter")
    check(standing["status"] == "active", f"the promoter is {standing['status']}")
    story.say(
        f"the shopper accepts version {agreement['version']} of the agreement, for free and"
        f" without an order, and is a promoter: {standing['level']['name']}"
    )


def _rates(story: Story) -> int:
    """The rate of all goods in force; the tour's own where the shop has none."""
    plans = story.staff.get(_PLANS)["items"]
    if not plans:
        rates = [{"scope": "all", "rate_bp": RATE_BP}]
        body: dict[str, Any] = {"name": NAME, "replaces": 0, "accept_warnings": True}
        too_much = [{"scope": "all", "rate_bp": WHOLE_BP + 1}]
        story.staff.post(_PLANS, {**body, "rates": too_much}, expect=422)
        plans = [story.staff.post(_PLANS, {**body, "rates": rates})]
        story.say(f"staff set a commission of {RATE_BP // 100} %; more than 100 % was refused")
    of_all = [one["rate_bp"] for one in plans[0]["rates"] if one["scope"] == "all"]
    check(bool(of_all), "the shop has no rate for all goods")
    return int(of_all[0])


def _product(story: Story) -> str:
    for product in story.shop.get("/api/v1/products", limit=50)["items"]:
        sku = story.shop.get(f"/api/v1/products/{product['id']}")["skus"][0]
        if sellable(story, sku["id"]) >= 2:
            return str(product["id"])
    raise TourFailed("no product has two units left")


def _share(story: Story, product_id: str) -> str:
    page = {"kind": "product", "id": product_id}
    token = str(story.shop.post("/api/v1/shares", {"page": page}, expect=200)["token"])
    forged = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    story.shop.post(f"/api/v1/shares/{forged}/opens", expect=404)
    story.say(f"the share of a product is signed: {token}; a forged one opens nothing")
    return token


def _poster(story: Story, product_id: str) -> None:
    """Staff's design, drawn by a worker."""
    known = [one for one in story.staff.get(_DESIGNS)["items"] if one["name"] == DESIGN]
    design = known[0] if known else story.staff.post(_DESIGNS, _design())
    page = {"kind": "product", "id": product_id}
    asked = story.shop.post(
        "/api/v1/posters", {"template_id": design["id"], "page": page}, expect=200
    )
    until("the poster", lambda: story.shop.get(f"/api/v1/posters/{asked['id']}")["url"])
    story.say("a poster of it with the mini-program code is drawn by a worker")


def _design() -> dict[str, Any]:
    def box(kind: str, y: int, height: int, **more: Any) -> dict[str, Any]:
        return {"kind": kind, "x": 40, "y": y, "width": 520, "height": height, **more}

    boxes = [
        box("title", 40, 100, font_px=36, max_lines=2, bold=True),
        box("price", 160, 60, font_px=44, color="#e4393c"),
        {"kind": "code", "x": 180, "y": 300, "width": 240, "height": 240},
    ]
    layout = {"width": 600, "height": 600, "boxes": boxes}
    return {"name": DESIGN, "page_kinds": ["product"], "layout": layout}


def _friend(story: Story, token: str) -> tuple[Client, str]:
    """Somebody new, who came by the share."""
    given = story.wechat.post("/_control/login-codes", expect=200)
    client = Client(story.shop.base_url)
    login = {"code": given["code"], "attribution": {"share": token}}
    client.token = client.post("/api/v1/sessions", login)["token"]
    opened = client.post(f"/api/v1/shares/{token}/opens", expect=200)
    check(opened["page"]["kind"] == "product", "the share leads elsewhere")
    own = story.shop.get("/api/v1/addresses")["items"][0]
    number = given["openid"][-6:]
    address = {
        "receiver": "周小燕",
        "phone": "137" + "".join(str(ord(one) % 10) for one in given["openid"][-8:]),
        "region_code": own["region_code"],
        "detail": f"学院路 {number} 号",
        "is_default": True,
    }
    return client, str(client.post("/api/v1/addresses", address)["id"])


def _buy(story: Story, friend: Client, address_id: str, sku: dict[str, Any]) -> int:
    """The friend's first order, paid: what the goods cost."""
    wanted = {"lines": [{"sku_id": sku["id"], "quantity": 1}], "address_id": address_id}
    quote = friend.post("/api/v1/quotes", wanted, expect=200)
    agreed = {**wanted, "expected_payable_fen": quote["payable_fen"]}
    order = friend.post("/api/v1/orders", agreed)
    paying = friend.post(f"/api/v1/orders/{order['order_no']}/payment", expect=200)
    story.wechat.post("/_control/request-payment", paying["parameters"], expect=200)
    return int(quote["payable_fen"] - quote["freight_fen"])


def _pending(story: Story) -> int:
    return int(story.shop.get("/api/v1/commission")["pending_fen"])


def _progress(story: Story) -> None:
    """The ladder says who is how far, without naming them."""
    ladders = story.shop.get("/api/v1/ladders")["items"]
    if not ladders:
        return
    path = f"/api/v1/ladders/{ladders[0]['id']}/invitees"
    invitees = until("the ladder", lambda: story.shop.get(path)["items"])
    check(invitees[0]["state"] == "waiting", f"the invitee is {invitees[0]['state']}")
    story.say(
        f"the ladder “{ladders[0]['name']}” shows {invitees[0]['name']}:"
        f" {invitees[0]['reason_text']}; nothing is given for a registration"
    )
