"""An invitee counts once their order is settled and screening is clear; and no more when either
goes."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.aftersales.settling import settle_due
from mall.kernel.db import transaction
from mall.kernel.events import publish
from mall.kernel.jobs import run_pending
from mall.orders.fulfilling import confirm_receipt
from mall.referral.invites.events import InviteChanged
from mall.referral.invites.following import follow
from mall.referral.invites.queries import qualified_count
from mall.referral.screening.settings import SHADOW
from mall.users import erasing
from tests.support.bringing import refunded, settled_event
from tests.support.heard import heard
from tests.support.http import Http, error_code
from tests.support.invariants import rows_of
from tests.support.orders import (
    Buyer,
    buy,
    lines_of,
    make_buyer,
    make_goods,
    order_of,
    pay,
    ship,
    write_payment,
)
from tests.support.settings import set_setting
from tests.support.sharing import make_share, opened
from tests.support.staff import make_staff
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
SCREENINGS = "/admin/api/v1/referral-screenings"


def own(number: int) -> dict[str, str]:
    """An address and a phone of their own."""
    return {
        "detail": f"学院路 {number} 号",
        "phone": f"139{number:04d}{secrets.randbelow(10**4):04d}",
    }


def brought(app: Flask, inviter_id: int, **address: str) -> tuple[Buyer, str]:
    """Somebody who opened the inviter's share and has paid for a first order."""
    buyer = make_buyer(**address)
    opened(buyer.user_id, make_share(inviter_id))
    run_pending(app)
    order_no = buy(buyer, {make_goods(): 2})
    pay(order_no)
    write_payment(order_no)
    run_pending(app)
    return buyer, order_no


def settle(app: Flask, order_no: str) -> None:
    """The order is received and its time for returns is over; told once more if it was so."""
    order = order_of(order_no)
    if order.settled_at is None:
        ship(order_no, {row.id: row.quantity - row.refunded_quantity for row in lines_of(order_no)})
        confirm_receipt(order.user_id, order_no)
        with transaction() as session:
            session.execute(
                text("UPDATE orders SET completed_at = now() - interval '99 days' WHERE id = :id"),
                {"id": order.id},
            )
        assert settle_due() == 1
        run_pending(app)
    else:
        tell(app, settled_event(order_no))


def tell(app: Flask, *events: Any) -> None:
    with transaction() as session:
        for event in events:
            publish(session, event)
    run_pending(app)


def invite_of(buyer: Buyer) -> tuple[str, int] | None:
    """(status, settled orders) of an invitee's invite."""
    query = text("SELECT status, orders_settled FROM referral_invites WHERE invitee_id = :id")
    with transaction() as session:
        row = session.execute(query, {"id": buyer.user_id}).one_or_none()
    return None if row is None else (row.status, row.orders_settled)


def binding_of(buyer: Buyer) -> str:
    query = text("SELECT id FROM referral_bindings WHERE invitee_id = :id ORDER BY id DESC")
    with transaction() as session:
        return str(session.scalars(query, {"id": buyer.user_id}).first())


def check() -> None:
    for code in ("I21a", "I21b", "I21c", "I56a", "I56b"):
        assert not rows_of(code)


def test_an_invite_counts_when_the_order_is_settled(app: Flask) -> None:
    inviter, _ = make_shopper()
    with heard(InviteChanged) as events:
        buyer, order_no = brought(app, inviter, **own(1))
        assert invite_of(buyer) == ("ordered", 0)
        settle(app, order_no)
        assert invite_of(buyer) == ("qualified", 1)
        settle(app, order_no)
    assert len(events) == 2, "the same said again changes nothing"
    with transaction() as session:
        day = text("SELECT now() - interval '1 day' AS since, now() + interval '1 day' AS until")
        since, until = session.execute(day).one()
        assert qualified_count(session, inviter, since, until) == 1
        assert qualified_count(session, inviter, until, until) == 0
    check()


def test_whom_staff_bind_anew_is_no_invitee_of_another(app: Flask, http: Http) -> None:
    first, second = make_shopper()[0], make_shopper()[0]
    buyer, order_no = brought(app, first, **own(1))
    settle(app, order_no)
    before = binding_of(buyer)
    staff = http.as_(make_staff("referral:read", "referral:write"))
    anew = {"inviter_id": str(second), "invitee_id": str(buyer.user_id), "reason": "换绑"}
    assert staff.post("/admin/api/v1/referral-bindings", anew).status_code == 201
    opened(buyer.user_id, make_share(second))
    run_pending(app)
    pay(buy(buyer, {make_goods(): 1}))
    run_pending(app)
    after = binding_of(buyer)
    assert after != before
    with transaction() as session:
        follow(session, int(after))
    assert invite_of(buyer) == ("qualified", 1)
    check()


def test_an_order_that_comes_back_whole_counts_no_more(app: Flask) -> None:
    inviter, _ = make_shopper()
    buyer, order_no = brought(app, inviter, **own(1))
    settle(app, order_no)
    tell(app, refunded(order_no, 1))
    assert invite_of(buyer) == ("qualified", 1), "a unit is kept"
    tell(app, refunded(order_no, 1))
    assert invite_of(buyer) == ("void", 0)
    again = buy(buyer, {make_goods(): 1})
    pay(again)
    run_pending(app)
    assert invite_of(buyer) == ("ordered", 0)
    settle(app, again)
    assert invite_of(buyer) == ("qualified", 1)
    check()


def test_further_orders_of_an_invitee_are_counted(app: Flask) -> None:
    inviter, _ = make_shopper()
    buyer, order_no = brought(app, inviter, **own(1))
    settle(app, order_no)
    for _ in range(2):
        further = buy(buyer, {make_goods(): 1})
        pay(further)
        run_pending(app)
        settle(app, further)
    assert invite_of(buyer) == ("qualified", 3)
    check()


def test_nobody_is_brought_without_a_share(app: Flask) -> None:
    buyer = make_buyer()
    order_no = buy(buyer, {make_goods(): 1})
    pay(order_no)
    opened(buyer.user_id, make_share(make_shopper()[0]))
    run_pending(app)
    settle(app, order_no)
    assert invite_of(buyer) is None
    check()


# -- screening ------------------------------------------------------------------------------


def test_a_farm_on_one_device_waits_for_staff(app: Flask, http: Http) -> None:
    inviter, _ = make_shopper()
    people = []
    for number in range(3):
        buyer = make_buyer(**own(number))
        told = http.as_(buyer.token).put("/api/v1/me/device", {"device": "one and the same"})
        assert told.status_code == 204
        opened(buyer.user_id, make_share(inviter))
        run_pending(app)
        order_no = buy(buyer, {make_goods(): 1})
        pay(order_no)
        people.append((buyer, order_no))
    run_pending(app)
    for _, order_no in people:
        settle(app, order_no)
    assert [invite_of(buyer) for buyer, _ in people] == [("waiting", 1)] * 3

    staff = http.as_(make_staff("referral:read", "referral:write"))
    held = staff.get(SCREENINGS, status="held").get_json()["items"]
    assert len(held) == 3
    reasons = {one["name"]: one["points"] for one in held[0]["reasons"]}
    assert reasons["device_shared"] == 60
    assert held[0]["score"] >= 60
    first, second, third = (binding_of(buyer) for buyer, _ in people)
    released = staff.put(f"{SCREENINGS}/{first}", {"decision": "release", "reason": "一家人"})
    assert released.status_code == 204
    both = {"binding_ids": [second, third, "999999"], "decision": "void", "reason": "刷单"}
    done = staff.post(f"{SCREENINGS}/decisions", both)
    assert [one["outcome"] for one in done.get_json()["items"]] == ["changed", "changed", "unknown"]
    again = staff.post(f"{SCREENINGS}/decisions", both).get_json()["items"]
    assert [one["outcome"] for one in again] == ["unchanged", "unchanged", "unknown"]
    run_pending(app)
    assert [invite_of(buyer) for buyer, _ in people] == [
        *(("qualified", 1), ("void", 1), ("void", 1))
    ]
    settle(app, people[0][1])
    assert invite_of(people[0][0]) == ("qualified", 1), "staff have the last word"
    audit = text(
        "SELECT action, count(*) AS n FROM audit_entries"
        " WHERE action LIKE 'referral_screening%' GROUP BY action ORDER BY action"
    )
    with transaction() as session:
        assert [tuple(row) for row in session.execute(audit)] == [
            ("referral_screening.release", 1),
            ("referral_screening.void", 2),
        ]
    check()


def test_a_shop_that_only_looks_on_holds_nobody(app: Flask, http: Http) -> None:
    set_setting(SHADOW, True)
    inviter, _ = make_shopper()
    people = [brought(app, inviter) for _ in range(5)]
    for _, order_no in people:
        settle(app, order_no)
    assert [invite_of(buyer) for buyer, _ in people] == [("qualified", 1)] * 5
    staff = http.as_(make_staff("referral:read", "referral:write"))
    assert staff.get(SCREENINGS, status="held").get_json()["items"]
    staff.put(f"{SCREENINGS}/{binding_of(people[0][0])}", {"decision": "void", "reason": "刷单"})
    run_pending(app)
    assert invite_of(people[0][0]) == ("void", 1)
    check()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"device": "short"}, 422),
        ({"device": "x" * 129}, 422),
        ({"device": 12345678}, 422),
        ({}, 422),
        ({"device": "enough of it", "more": 1}, 422),
    ],
)
def test_wrong_devices_are_refused(http: Http, body: dict[str, Any], status: int) -> None:
    shopper = http.as_(make_shopper()[1])
    assert shopper.put("/api/v1/me/device", body).status_code == status


def test_wrong_decisions_are_refused(http: Http) -> None:
    staff = http.as_(make_staff("referral:read", "referral:write"))
    unknown = staff.put(f"{SCREENINGS}/999", {"decision": "void", "reason": "刷单"})
    assert (unknown.status_code, error_code(unknown)) == (404, "screening_not_found")
    for body in ({"decision": "void"}, {"decision": "kill", "reason": "x"}, {}):
        assert staff.put(f"{SCREENINGS}/999", body).status_code == 422
    many = {"binding_ids": [str(n) for n in range(1, 502)], "decision": "void", "reason": "x"}
    assert staff.post(f"{SCREENINGS}/decisions", many).status_code == 422
    reader = http.as_(make_staff("referral:read"))
    assert reader.post(f"{SCREENINGS}/decisions", {}).status_code == 403


def test_hashes_go_with_the_account_and_nothing_is_kept_in_clear(app: Flask, http: Http) -> None:
    buyer, _ = brought(app, make_shopper()[0], detail="机密路 1 号", phone="13900001234")
    http.as_(buyer.token).put("/api/v1/me/device", {"device": "a device of mine"})
    with transaction() as session:
        kept = session.execute(text("SELECT kind, digest FROM referral_traits")).all()
    assert {row.kind for row in kept} == {"device", "address", "phone", "phone_prefix"}
    assert all(len(row.digest) == 32 for row in kept)
    erasing.erase_at_once(buyer.user_id)
    with transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM referral_traits")) == 0
