"""Sharing: what another shopper did counts, once and within the caps; never the sharing itself."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import transaction
from mall.kernel.jobs import run_pending
from mall.sharing.shares import jobs, queries
from mall.sharing.shares.events import (
    ShareBroughtShopper,
    ShareOpened,
    ShareShopperLeft,
)
from mall.sharing.shares.settings import (
    SHARE_OPENS_PER_DAY,
    SHARE_SHOPPERS_PER_DAY,
    SHARES_PER_DAY,
)
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.browsing import make_product
from tests.support.heard import heard
from tests.support.http import Http, error_code
from tests.support.invariants import check_invariants, rows_of
from tests.support.orders import Buyer, buy, make_buyer, make_goods, pay
from tests.support.settings import set_setting
from tests.support.sharing import SHARES, day_of, days_pass, make_share, opened, register
from tests.support.staff import make_staff
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def product_body(**more: Any) -> dict[str, Any]:
    return {"page": {"kind": "product", "id": str(make_product(**more)[0])}}


def bought(buyer: Buyer) -> str:
    """An order that is paid: its number."""
    order_no = buy(buyer, {make_goods(): 1})
    pay(order_no)
    return order_no


def check_shares() -> None:
    """The promises of shares hold; the orders here have no payments of WeChat."""
    assert not rows_of("I34a")
    assert not rows_of("I34b")


# -- shares and openings --------------------------------------------------------------------


def test_a_share_of_a_page_has_one_token(http: Http) -> None:
    user_id, token = make_shopper()
    sharer, body = http.as_(token), product_body()
    made, again = sharer.post(SHARES, body), sharer.post(SHARES, body)
    assert made.status_code == again.status_code == 200
    assert made.get_json() == again.get_json()
    assert re.fullmatch(r"[0-9A-Za-z_-]{24}", made.get_json()["token"])
    assert made.get_json()["page"] == body["page"]
    assert day_of(user_id) == {"shares": 1}
    check_invariants()


def test_what_cant_be_shared(http: Http) -> None:
    user_id, token = make_shopper()
    sharer = http.as_(token)
    assert error_code(sharer.post(SHARES, product_body(on_sale=False))) == "page_not_found"
    set_setting(SHARES_PER_DAY, 1)
    first = product_body()
    assert sharer.post(SHARES, first).status_code == 200
    refused = sharer.post(SHARES, product_body())
    assert (refused.status_code, error_code(refused)) == (429, "share_limit")
    assert sharer.post(SHARES, first).status_code == 200, "an old one takes no place"
    assert day_of(user_id) == {"shares": 1}
    check_invariants()


def test_an_opening_counts_once_a_sharer(app: Flask, http: Http) -> None:
    sharer, token = make_shopper()
    share, other = make_share(sharer), make_share(sharer)
    openers = [make_shopper() for _ in range(2)]
    with heard(ShareOpened) as events:
        for _, login in openers:
            for _ in range(2):
                answer = http.as_(login).post(f"{SHARES}/{share}/opens")
                assert answer.get_json()["page"]["kind"] == "product"
            http.as_(login).post(f"{SHARES}/{other}/opens")
        assert http.as_(token).post(f"{SHARES}/{share}/opens").status_code == 200
        days_pass(1)
        opened(openers[0][0], share)
        run_pending(app)
    assert [(one.sharer_id, one.opener_id) for one in events] == [  # type: ignore[attr-defined]
        (sharer, opener) for opener, _ in openers
    ]
    shown = http.as_(token).get(SHARES).get_json()["items"]
    assert [one["opened"] for one in shown] == [0, 2]
    check_invariants()


@pytest.mark.parametrize("token", ["x" * 24, "x" * 23, "x" * 4_000, "分" * 24, "x" * 23 + "%0A"])
def test_made_up_tokens_open_nothing(http: Http, token: str) -> None:
    opener = http.as_(make_shopper()[1])
    assert opener.post(f"{SHARES}/{token}/opens").status_code == 404


def test_who_opened_is_kept_as_they_were() -> None:
    sharer, _ = make_shopper()
    old, new = make_buyer(), make_buyer()
    bought(old)
    share = make_share(sharer)
    for one in (old, new):
        opened(one.user_id, share)
    bought(new)
    with transaction() as session:
        kept = text(
            "SELECT opener_bought, opener_since = u.created_at FROM share_opens o"
            " JOIN users u ON u.id = o.opener_id ORDER BY o.id"
        )
        assert session.execute(kept).all() == [(True, True), (False, True)]
    check_shares()


# -- new shoppers ---------------------------------------------------------------------------


def test_a_new_shopper_counts_for_the_share_that_brought_them(app: Flask) -> None:
    sharer, _ = make_shopper()
    share = make_share(sharer)
    with heard(ShareBroughtShopper, ShareOpened) as events:
        came = register({"share": share, "scene": 1007})
        run_pending(app)
        opened(came, share)
        run_pending(app)
    assert sorted((type(one).__name__, one.opener_id) for one in events) == [  # type: ignore[attr-defined]
        ("ShareBroughtShopper", came),
        ("ShareOpened", came),
    ]
    assert day_of(sharer) == {"shares": 1, "opens": 1, "shoppers": 1}
    check_invariants()


def test_attributions_that_bring_nobody(app: Flask) -> None:
    sharer, _ = make_shopper()
    share = make_share(sharer)
    for touch in (
        *(None, share, {"share": [share]}, {"share": {"share": share}}, {"Share": share}),
        *({"share": f"{share}\n"}, {"share": "x" * 24}, {"share": "分" * 24}, {"inviter": share}),
    ):
        register(touch)
    existing, _ = make_shopper()
    opened(existing, share)
    run_pending(app)
    assert day_of(sharer) == {"shares": 1, "opens": 1}
    check_invariants()


def test_a_share_that_is_younger_than_the_shopper_brought_nobody(app: Flask) -> None:
    sharer, _ = make_shopper()
    share = make_share(sharer)
    came = register({"share": share})
    with transaction() as session:
        session.execute(
            text("UPDATE users SET created_at = created_at - interval '1 hour' WHERE id = :id"),
            {"id": came},
        )
    run_pending(app)
    assert day_of(sharer) == {"shares": 1}


def test_a_customer_who_came_back_is_not_new(app: Flask) -> None:
    sharer, _ = make_shopper()
    came = register({"share": make_share(sharer)})
    with transaction() as session:
        session.execute(
            text("UPDATE users SET bought_before_until = now() + interval '1 day' WHERE id = :id"),
            {"id": came},
        )
    run_pending(app)
    assert day_of(sharer) == {"shares": 1}


@pytest.mark.parametrize(("days", "left"), [(0, True), (29, True), (31, False)])
def test_a_new_shopper_who_leaves_soon_counts_no_more(app: Flask, days: int, left: bool) -> None:
    sharer, _ = make_shopper()
    came = register({"share": make_share(sharer)})
    with heard(ShareBroughtShopper, ShareShopperLeft) as events:
        run_pending(app)
        if days:
            days_pass(days)
        close_account(came)
        run_pending(app)
        erasing.erase_at_once(came)
        run_pending(app)
    brought, *gone = events
    assert len(gone) == left
    with transaction() as session:
        stands = queries.brought_shopper(session, brought.shopper_no)  # type: ignore[attr-defined]
        assert stands is not None
        assert (stands.sharer_id, stands.stands) == (sharer, not left)
        (share,) = queries.shares(session, sharer, before=None, limit=5)
        assert share.shoppers == (not left)
    check_invariants()


def test_who_closed_the_account_meanwhile_is_nobody(app: Flask) -> None:
    sharer, _ = make_shopper()
    came = register({"share": make_share(sharer)})
    with transaction() as session:
        session.execute(
            text(
                "UPDATE users SET closed_at = now(), openid = NULL, first_touch = NULL"
                " WHERE id = :id"
            ),
            {"id": came},
        )
    run_pending(app)
    assert day_of(sharer) == {"shares": 1}


# -- caps, staff, closing the account, old rows ---------------------------------------------


def test_a_day_of_a_sharer_has_caps(app: Flask) -> None:
    for cap in (SHARE_OPENS_PER_DAY, SHARE_SHOPPERS_PER_DAY):
        set_setting(cap, 1)
    sharer, _ = make_shopper()
    share = make_share(sharer)
    with heard(ShareOpened, ShareBroughtShopper) as events:
        for _ in range(2):
            register({"share": share})
            run_pending(app)
    assert sorted(type(one).__name__ for one in events) == ["ShareBroughtShopper", "ShareOpened"]
    assert day_of(sharer) == {"shares": 1, "opens": 1, "shoppers": 1}
    for cap in (SHARE_OPENS_PER_DAY, SHARE_SHOPPERS_PER_DAY):
        set_setting(cap, 0)
    other, _ = make_shopper()
    register({"share": make_share(other)})
    run_pending(app)
    assert day_of(other) == {"shares": 1}
    check_shares()


def test_staff_see_what_a_share_brought(app: Flask, http: Http) -> None:
    sharer, _ = make_shopper()
    buyer = make_buyer()
    opened(buyer.user_id, make_share(sharer))
    bought(buyer)
    run_pending(app)
    staff, query = http.as_(make_staff("sharing:read")), {"user_id": str(sharer)}
    (one,) = staff.get("/admin/api/v1/shares", **query).get_json()["items"]
    assert (one["opened"], one["shoppers"], one["orders"]) == (1, 0, 1)
    other = http.as_(make_staff("browsing:read"))
    assert other.get("/admin/api/v1/shares", **query).status_code == 403


def test_closed_accounts_leave_neither_shares_nor_their_names(app: Flask, http: Http) -> None:
    sharer, _ = make_shopper()
    share = make_share(sharer)
    came = register({"share": share})
    run_pending(app)
    erasing.erase_at_once(came)
    assert day_of(sharer) == {"shares": 1, "opens": 1, "shoppers": 1}
    check_invariants()
    erasing.erase_at_once(sharer)
    with transaction() as session:
        for table in ("shares", "share_opens", "share_shoppers", "share_days"):
            assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    refused = http.as_(make_shopper()[1]).post(f"{SHARES}/{share}/opens")
    assert error_code(refused) == "share_not_found"
    check_invariants()


def test_old_openings_are_forgotten_by_the_day() -> None:
    sharer, _ = make_shopper()
    share = make_share(sharer)
    for days in (2, 179):
        opened(make_shopper()[0], share)
        days_pass(days)
    jobs.forget_opens()
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM share_opens")) == 1
    check_invariants()
