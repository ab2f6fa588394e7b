"""Bindings: who is new belongs to one inviter at a time, by the owner's rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db_now, transaction
from mall.kernel.jobs import run_pending
from mall.referral.bindings import jobs
from mall.referral.bindings.events import BindingEnded, ShopperBound
from mall.referral.bindings.handlers import bind_by_registration
from mall.referral.bindings.queries import binding_at, inviter_chain, open_binding
from mall.referral.bindings.settings import (
    BINDING_DAYS,
    NOBODY,
    OPENING,
    ORDER,
    PROTECTION_DAYS,
    WON_BY,
)
from mall.users import erasing
from mall.users.closing import close_account
from tests.support.bindings import bound, history_of, same_person, sharing_holds
from tests.support.heard import heard
from tests.support.orders import buy, make_buyer, make_goods, pay
from tests.support.settings import set_setting
from tests.support.sharing import days_pass, make_share, opened, register
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")


def inviter_of(invitee_id: int) -> int | None:
    """Whose the shopper is now."""
    with transaction() as session:
        found = open_binding(session, invitee_id)
        return None if found is None else found.inviter_id


def blocked(user_id: int) -> None:
    with transaction() as session:
        session.execute(text("UPDATE users SET blocked_at = now() WHERE id = :id"), {"id": user_id})


# -- who is bound, and to whom ----------------------------------------------------------------


def test_a_new_shopper_is_bound_to_who_brought_them(app: Flask) -> None:
    sharer, _ = make_shopper()
    with heard(ShopperBound) as events:
        came = register({"share": make_share(sharer)})
        run_pending(app)
        with transaction() as session:
            assert bind_by_registration(session, came) is None, "the same event again"
        opened(came, make_share(make_shopper()[0]))
        run_pending(app)
    assert history_of(came) == [(sharer, None)]
    assert [(one.inviter_id, one.invitee_id) for one in events] == [(sharer, came)]  # type: ignore[attr-defined]
    sharing_holds()


def test_who_never_bought_is_bound_by_opening_a_share(app: Flask) -> None:
    (first, _), (second, _), (opener, _) = make_shopper(), make_shopper(), make_shopper()
    opened(opener, make_share(first), make_share(second))
    run_pending(app)
    assert history_of(opener) == [(first, None)]
    sharing_holds()


@pytest.mark.parametrize("column", [None, "unionid", "phone_index"])
def test_a_customer_is_not_new_under_any_account(app: Flask, column: str | None) -> None:
    sharer, _ = make_shopper()
    old, opener = make_buyer(), make_buyer()
    pay(buy(old, {make_goods(): 1}))
    if column:
        same_person(column, old.user_id, opener.user_id)
    opened((opener if column else old).user_id, make_share(sharer))
    run_pending(app)
    assert history_of(opener.user_id) == history_of(old.user_id) == []


@pytest.mark.parametrize("column", ["unionid", "phone_index"])
def test_nobody_brings_themselves_by_another_account(app: Flask, column: str) -> None:
    (sharer, _), (other, _) = make_shopper(), make_shopper()
    same_person(column, sharer, other)
    opened(other, make_share(sharer))
    opened(sharer, make_share(sharer))
    run_pending(app)
    assert history_of(other) == history_of(sharer) == []


def test_who_is_blocked_or_gone_brings_nobody(app: Flask) -> None:
    (bad, _), (gone, _), (opener, _) = make_shopper(), make_shopper(), make_shopper()
    shares = [make_share(bad), make_share(gone)]
    opened(opener, *shares)
    blocked(bad)
    close_account(gone)
    run_pending(app)
    assert history_of(opener) == []
    sharing_holds()


def test_no_rings(app: Flask) -> None:
    one, two, three = (make_shopper()[0] for _ in range(3))
    assert bound(one, two)
    assert bound(two, three)
    assert bound(three, one) is None
    assert bound(two, one) is None
    assert bound(one, one) is None
    with transaction() as session:
        chain = inviter_chain(session, three)
        assert [(row.inviter_id, row.depth) for row in chain] == [(two, 1), (one, 2)]
        assert [row.inviter_id for row in inviter_chain(session, three, 1)] == [two]
        for depth in (0, 3):
            with pytest.raises(ValueError, match="levels"):
                inviter_chain(session, three, depth)
    sharing_holds()


# -- how long, and who may win ----------------------------------------------------------------


def test_a_binding_expires_and_is_not_made_anew_by_old_facts(app: Flask) -> None:
    set_setting(BINDING_DAYS, 30)
    (sharer, _), (other, _) = make_shopper(), make_shopper()
    came = register({"share": make_share(sharer)})
    run_pending(app)
    days_pass(29)
    assert inviter_of(came) == sharer
    days_pass(2)
    assert inviter_of(came) is None, "over, even before the sweep"
    with heard(BindingEnded) as events:
        jobs.end_expired()
        jobs.end_expired()
        run_pending(app)
    assert [one.reason for one in events] == ["expired"]  # type: ignore[attr-defined]
    with transaction() as session:
        assert bind_by_registration(session, came) is None
    opened(came, make_share(other))
    run_pending(app)
    assert history_of(came) == [(sharer, "expired"), (other, None)]
    sharing_holds()


def test_without_days_it_is_for_good(app: Flask) -> None:
    set_setting(BINDING_DAYS, 0)
    (sharer, _), (opener, _) = make_shopper(), make_shopper()
    assert bound(sharer, opener)
    days_pass(3650)
    jobs.end_expired()
    assert inviter_of(opener) == sharer


@pytest.mark.parametrize(
    ("won_by", "days", "is_won"),
    [
        (NOBODY, 31, False),
        (OPENING, 29, False),
        (OPENING, 31, True),
        (ORDER, 31, False),
    ],
)
def test_another_may_win_by_opening(app: Flask, won_by: str, days: int, is_won: bool) -> None:
    set_setting(PROTECTION_DAYS, 30)
    set_setting(WON_BY, won_by)
    (first, _), (second, _), (opener, _) = make_shopper(), make_shopper(), make_shopper()
    assert bound(first, opener)
    days_pass(days)
    with transaction() as session:
        before = db_now(session)
    opened(opener, make_share(first), make_share(second))
    run_pending(app)
    kept, won = [(first, None)], [(first, "replaced"), (second, None)]
    assert history_of(opener) == (won if is_won else kept)
    with transaction() as session:
        earlier = binding_at(session, opener, before)
        assert earlier is not None
        assert earlier.inviter_id == first
    sharing_holds()


@pytest.mark.parametrize(("days", "is_won"), [(29, False), (31, True)])
def test_another_may_win_by_the_first_order(app: Flask, days: int, is_won: bool) -> None:
    set_setting(PROTECTION_DAYS, 30)
    set_setting(WON_BY, ORDER)
    (first, _), (second, _), (third, _) = make_shopper(), make_shopper(), make_shopper()
    buyer = make_buyer()
    assert bound(first, buyer.user_id)
    days_pass(days)
    opened(buyer.user_id, make_share(second))
    pay(buy(buyer, {make_goods(): 1}))
    run_pending(app)
    kept, won = [(first, None)], [(first, "replaced"), (second, None)]
    assert history_of(buyer.user_id) == (won if is_won else kept)
    days_pass(31)
    opened(buyer.user_id, make_share(third))
    pay(buy(buyer, {make_goods(): 1}))
    run_pending(app)
    assert history_of(buyer.user_id) == (won if is_won else kept), "no longer new"
    sharing_holds()


def test_who_has_bought_is_never_won(app: Flask) -> None:
    set_setting(PROTECTION_DAYS, 0)
    set_setting(WON_BY, OPENING)
    (first, _), (second, _) = make_shopper(), make_shopper()
    buyer = make_buyer()
    assert bound(first, buyer.user_id)
    pay(buy(buyer, {make_goods(): 1}))
    opened(buyer.user_id, make_share(second))
    run_pending(app)
    assert history_of(buyer.user_id) == [(first, None)]


def test_events_that_come_late_bind_nobody(app: Flask) -> None:
    """What was opened before a later binding began, or while another held, was decided then."""
    set_setting(PROTECTION_DAYS, 0)
    set_setting(WON_BY, OPENING)
    one, two, three, opener = (make_shopper()[0] for _ in range(4))
    with transaction() as session:
        now = db_now(session)
    assert bound(two, opener, now - timedelta(hours=2))
    assert bound(one, opener, now - timedelta(hours=3)) is None
    assert bound(three, opener, now - timedelta(hours=1))
    assert bound(one, opener, now - timedelta(hours=1, minutes=1)) is None
    assert bound(one, opener, now - timedelta(minutes=1))
    assert bound(one, opener, now) is None, "they belong to this inviter already"
    assert history_of(opener) == [(two, "replaced"), (three, "replaced"), (one, None)]
    sharing_holds()


# -- leaving ----------------------------------------------------------------------------------


def test_who_closes_the_account_belongs_to_nobody(app: Flask) -> None:
    above, middle, below = (make_shopper()[0] for _ in range(3))
    assert bound(above, middle)
    assert bound(middle, below)
    close_account(middle)
    with heard(BindingEnded) as events:
        run_pending(app)
        erasing.erase_at_once(middle)
        run_pending(app)
    assert [one.reason for one in events] == ["closed"] * 2  # type: ignore[attr-defined]
    assert history_of(middle) == [(above, "closed")]
    assert history_of(below) == [(middle, "closed")]
    sharing_holds()
