"""What is copied: a shopper's whole story, as the tour plays it, and the demo shop's reviews."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks.seed import demo_shop
from benchmarks.stack import Stack
from mall.staff.admins import create_admin
from mall.tour.client import Client
from mall.tour.flash import flash_sale
from mall.tour.scene import Story
from mall.tour.story import CHAPTERS

_IDS = {
    "order_no": "SELECT order_no FROM orders WHERE user_id = {me} ORDER BY id LIMIT 1",
    "after_sale_no": "SELECT after_sale_no FROM after_sales ORDER BY id LIMIT 1",
    "refund_no": "SELECT refund_no FROM refunds ORDER BY id LIMIT 1",
    "user_id": "SELECT {me}",
    "product_id": "SELECT spu_id FROM order_lines ORDER BY id LIMIT 1",
    "sku_id": "SELECT sku_id FROM order_lines ORDER BY id LIMIT 1",
    "activity_id": "SELECT max(activity_id) FROM groupbuy_teams",
    "review_id": "SELECT max(id) FROM reviews",
    "code": "SELECT code FROM groupbuy_teams ORDER BY id LIMIT 1",
}


@dataclass(frozen=True)
class Played:
    """Who may ask in the shop (tokens), what they may ask about, what the shopper may buy."""

    shopper: str
    staff: str
    ids: dict[str, str]
    order: dict[str, Any]


def play(stack: Stack) -> Played:
    """Play the tour in the demo shop: orders of every kind and what becomes of them."""
    sku_ids = demo_shop(stack)
    url = f"http://127.0.0.1:{stack.web_port}"
    with stack.app.app_context():
        password = create_admin("bench")
    staff = Client(url)
    login = {"username": "bench", "password": password}
    staff.token = str(staff.post("/admin/api/v1/sessions", login)["token"])
    story = Story(Client(url), staff, Client(stack.simulator_url), say=lambda _: None)
    for _, chapter in CHAPTERS:
        if chapter is not flash_sale:  # it needs its own worker, and its orders are as others
            chapter(story)
    order = {
        "lines": [{"sku_id": sku_ids[0], "quantity": 1}],
        "address_id": story.address_id,
    }
    return Played(str(story.shop.token), str(staff.token), _ids(stack, story.openid), order)


def _ids(stack: Stack, openid: str) -> dict[str, str]:
    with psycopg.connect(stack.database_url) as connection:
        row = connection.execute("SELECT id FROM users WHERE openid = %s", [openid]).fetchone()
        me = row[0] if row else 0
        found = {
            name: connection.execute(query.format(me=me)).fetchone() for name, query in _IDS.items()
        }
    return {name: str(row[0]) for name, row in found.items() if row and row[0] is not None}
