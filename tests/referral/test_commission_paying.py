"""Who is paid for an order: by its attribution, the settings, and how promoters stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.kernel.db import db, transaction
from mall.kernel.events import publish
from mall.kernel.jobs import run_pending
from mall.referral.attribution.models import BINDING
from mall.referral.attribution.settings import RULE
from mall.referral.commission.settings import LEVELS, ORDER_KINDS_PAID, SELF_PURCHASE
from mall.referral.promoters import deciding
from mall.referral.screening.events import ScreeningDecided
from mall.referral.screening.settings import SHADOW
from mall.settings.errors import SettingInvalid
from mall.settings.store import put
from tests.support.commission import (
    commission_lines,
    figures,
    hear,
    make_rates,
    settle_all,
    settle_order,
    settled,
    states,
)
from tests.support.invariants import rows_of
from tests.support.orders import Buyer, buy, make_buyer, make_goods, order_of, pay
from tests.support.promoters import make_promoter
from tests.support.settings import set_setting
from tests.support.sharing import make_share, opened
from tests.support.staff import make_staff

PROMISED = ("I1f", "I1g", "I1h", "I1i", "I1j", "I2b", "I21a", "I21b", "I21c", "I21d")


@pytest.fixture(autouse=True)
def _rates(app: Flask) -> Iterator[None]:
    make_rates()
    yield
    found = {code: rows for code in PROMISED if (rows := rows_of(code))}
    assert not found, found


@pytest.fixture
def _screening_holds(app: Flask) -> None:
    """The shop doesn't only look on."""
    set_setting(SHADOW, False)


def brought_by(inviter: Buyer, *, promotes: bool = True) -> Buyer:
    """A new shopper whom a share brought; a promoter now, if they `promote`."""
    invitee = make_buyer()
    opened(invitee.user_id, make_share(inviter.user_id))
    if promotes:
        make_promoter(invitee.user_id)
    return invitee


def a_promoter() -> Buyer:
    found = make_buyer()
    make_promoter(found.user_id)
    return found


def bought(app: Flask, buyer: Buyer) -> str:
    """A paid order over 10 yuan, which everybody has heard of: its number."""
    order_no = buy(buyer, {make_goods(price_fen=1_000): 1})
    pay(order_no)
    run_pending(app)
    db.session.remove()
    return order_no


def paid(order_no: str) -> list[tuple[int, int, int]]:
    """(level, who, how much) of each line."""
    return [(one.level, one.promoter_id, one.amount_fen) for one in commission_lines(order_no)]


def reason_of(order_no: str) -> Any:
    with transaction() as session:
        query = text("SELECT reason FROM commission_orders WHERE order_id = :order_id")
        return session.scalar(query, {"order_id": order_of(order_no).id})


def test_one_level_unless_the_shop_says_two(app: Flask) -> None:
    first = a_promoter()
    second = brought_by(first)
    buyer = brought_by(second, promotes=False)
    one = bought(app, buyer)
    assert paid(one) == [(1, second.user_id, 100)]
    set_setting(LEVELS, 2)
    two = bought(app, buyer)
    assert paid(two) == [(1, second.user_id, 100), (2, first.user_id, 30)]
    bound, upper = commission_lines(two)[1].binding_id, commission_lines(two)[1].upper_binding_id
    assert bound is not None
    assert upper not in {None, bound}
    set_setting(LEVELS, 0)
    none = bought(app, buyer)
    assert (paid(none), reason_of(none)) == ([], "no_levels")


def test_nobody_is_paid_at_a_third_level(app: Flask) -> None:
    """Whatever the database says of the setting: the code and the table know two."""
    set_setting(LEVELS, 2)
    top = a_promoter()
    order_no = bought(app, brought_by(brought_by(brought_by(top)), promotes=False))
    assert top.user_id not in {who for _, who, _ in paid(order_no)}
    assert len(paid(order_no)) == 2


def test_three_levels_cant_be_set(app: Flask) -> None:
    with pytest.raises(SettingInvalid), transaction() as session:
        put(session, LEVELS, 3, 0)
    assert LEVELS.get() == 1


def test_the_second_level_needs_a_first(app: Flask) -> None:
    set_setting(LEVELS, 2)
    first = a_promoter()
    between = brought_by(first, promotes=False)
    order_no = bought(app, brought_by(between, promotes=False))
    assert (paid(order_no), reason_of(order_no)) == ([], "no_promoter")
    assert figures(first.user_id) == (0, 0, 0, 0)


@pytest.mark.parametrize("verb", ["block", "end"])
def test_who_isnt_a_promoter_when_it_is_paid(app: Flask, verb: str) -> None:
    promoter = a_promoter()
    buyer = brought_by(promoter, promotes=False)
    getattr(deciding, verb)(promoter.user_id, reason="查核")
    order_no = bought(app, buyer)
    assert (paid(order_no), reason_of(order_no)) == ([], "no_promoter")
    settled(order_no)
    assert paid(order_no) == []


def test_kinds_of_orders_by_setting(app: Flask) -> None:
    buyer = brought_by(a_promoter(), promotes=False)
    set_setting(ORDER_KINDS_PAID, "groupbuy,flash")
    order_no = bought(app, buyer)
    assert (paid(order_no), reason_of(order_no)) == ([], "kind")
    set_setting(ORDER_KINDS_PAID, "groupbuy,normal")
    assert len(paid(bought(app, buyer))) == 1


def test_own_orders_only_where_the_shop_says_so(app: Flask) -> None:
    set_setting(LEVELS, 2)
    above = a_promoter()
    me = brought_by(above)
    assert paid(bought(app, me)) == [(1, above.user_id, 100)]
    set_setting(SELF_PURCHASE, True)
    assert paid(bought(app, me)) == [(1, me.user_id, 100), (2, above.user_id, 30)]
    assert paid(bought(app, above)) == [(1, above.user_id, 100)]
    assert paid(bought(app, make_buyer())) == []


def test_a_buyer_isnt_paid_at_the_second_level(app: Flask) -> None:
    """They buy by a share of whom they brought."""
    set_setting(LEVELS, 2)
    above = a_promoter()
    below = brought_by(above)
    opened(above.user_id, make_share(below.user_id))
    assert paid(bought(app, above)) == [(1, below.user_id, 100)]


def test_another_share_wins_and_the_binding_isnt_asked(app: Flask) -> None:
    bound_to, shared = a_promoter(), a_promoter()
    buyer = brought_by(bound_to, promotes=False)
    opened(buyer.user_id, make_share(shared.user_id))
    by_touch = bought(app, buyer)
    assert paid(by_touch) == [(1, shared.user_id, 100)]
    assert commission_lines(by_touch)[0].binding_id is None
    set_setting(RULE, BINDING)
    assert paid(bought(app, buyer)) == [(1, bound_to.user_id, 100)]


def screened(app: Flask, order_no: str, status: str) -> None:
    """Staff have decided how the order's binding stands."""
    line = commission_lines(order_no)[0]
    make_staff()
    with transaction() as session:
        session.execute(
            text(
                "INSERT INTO referral_screenings (binding_id, status, decided_at, staff_id)"
                " VALUES (:id, :status, now(), (SELECT max(id) FROM staff_members))"
                " ON CONFLICT (binding_id) DO UPDATE SET status = excluded.status,"
                " decided_at = now(), staff_id = excluded.staff_id"
            ),
            {"id": line.binding_id, "status": status},
        )
        buyer_id = order_of(order_no).user_id
        publish(session, ScreeningDecided(line.binding_id or 0, buyer_id, status))
    run_pending(app)
    db.session.remove()


@pytest.mark.usefixtures("_screening_holds")
def test_what_is_held_waits_until_it_is_clear(app: Flask) -> None:
    promoter = a_promoter()
    order_no = bought(app, brought_by(promoter, promotes=False))
    screened(app, order_no, "held")
    settled(order_no)
    (line,) = commission_lines(order_no)
    assert (line.status, line.waits) == ("pending", "screening")
    assert settle_all() == 0
    screened(app, order_no, "clear")
    assert settle_all() == 1
    assert figures(promoter.user_id) == (0, 100, 0, 0)


@pytest.mark.parametrize("settles_first", [True, False])
@pytest.mark.usefixtures("_screening_holds")
def test_a_void_invitation_pays_nothing(app: Flask, settles_first: bool) -> None:
    promoter = a_promoter()
    order_no = bought(app, brought_by(promoter, promotes=False))
    screened(app, order_no, "clear")
    if settles_first:
        settled(order_no)
        assert figures(promoter.user_id) == (0, 100, 0, 0)
    screened(app, order_no, "void")
    assert figures(promoter.user_id) == (0, 0, 0, 0)
    assert states(order_no) == [("void", 0)]
    settle_order(order_no)
    hear(order_no)
    assert settle_all() == 0


@pytest.mark.usefixtures("_screening_holds")
def test_the_sweep_finds_void_what_nobody_told(app: Flask) -> None:
    promoter = a_promoter()
    order_no = bought(app, brought_by(promoter, promotes=False))
    screened(app, order_no, "held")
    settled(order_no)
    with transaction() as session:
        session.execute(text("UPDATE referral_screenings SET status = 'void'"))
        session.execute(text("UPDATE commission_lines SET look_at = due_at"))
    assert settle_all() == 1
    assert states(order_no) == [("void", 0)]
    assert figures(promoter.user_id) == (0, 0, 0, 0)
