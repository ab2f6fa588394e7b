"""Commission of orders: accrued, settled, taken back, void; debts; who is paid."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mall.kernel.db import db, transaction
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.referral.commission.accruing import Payee
from mall.referral.commission.closed_accounts import forfeit
from mall.referral.commission.errors import CommissionShort
from mall.referral.commission.holding import hold, release_hold, settle_hold
from mall.referral.commission.settings import SETTLE_DAYS
from mall.referral.promoters import deciding
from mall.users.closing import hindrances, losses
from tests.support.commission import (
    bought,
    brought,
    commission_lines,
    figures,
    give_rebate,
    hear,
    make_payee,
    make_rates,
    rate,
    refund,
    refund_all,
    settle_all,
    settle_order,
    settled,
    states,
)
from tests.support.groupbuy import refunds_arrive
from tests.support.invariants import rows_of
from tests.support.orders import lines_of, make_goods
from tests.support.settings import set_setting
from tests.support.users import make_shopper

pytestmark = pytest.mark.usefixtures("app")
PROMISED = ("I1f", "I1g", "I1h", "I1i", "I1j", "I2b")


@pytest.fixture(autouse=True)
def _what_must_hold(app: object) -> object:
    yield
    found = {code: rows for code in PROMISED if (rows := rows_of(code))}
    assert not found, found


def an_order(units: int = 3, price_fen: int = 999) -> tuple[str, Payee]:
    """A paid order of one line, that pays 10 % to one promoter."""
    make_rates()
    payee = make_payee()
    order_no = bought({make_goods(price_fen=price_fen): units})
    brought(order_no, payee)
    return order_no, payee


def test_pending_then_settled_after_the_days(app: object) -> None:
    order_no, payee = an_order()
    assert figures(payee.promoter_id) == (299, 0, 0, 0)
    assert settle_all() == 0
    set_setting(SETTLE_DAYS, 5)
    settle_order(order_no)
    hear(order_no)
    (line,) = commission_lines(order_no)
    assert line.due_at is not None
    assert settle_all() == 0
    days_pass(5)
    assert settle_all() == 1
    assert figures(payee.promoter_id) == (0, 299, 0, 0)
    assert states(order_no) == [("settled", 299)]
    hear(order_no)
    assert settle_all() == 0


def days_pass(days: int) -> None:
    with transaction() as session:
        session.execute(
            text(
                f"UPDATE commission_lines SET due_at = due_at - interval '{days} days',"
                f" look_at = look_at - interval '{days} days'"
            )
        )
    db.session.remove()


def test_two_levels_of_lines_by_their_rates(app: object) -> None:
    first, second = make_payee(), make_payee(2)
    dear, cheap, free = make_goods(price_fen=1_999), make_goods(price_fen=500), make_goods()
    make_rates(
        rate(1_000, 300),
        rate(1_500, 0, scope="sku", scope_id=dear, level_id=first.promoter_level_id),
        rate(0, 0, scope="sku", scope_id=free),
    )
    order_no = bought({dear: 1, cheap: 2, free: 1})
    brought(order_no, first, second)
    brought(order_no, first, second)
    assert figures(first.promoter_id)[0] == 299 + 100
    assert figures(second.promoter_id)[0] == 30
    assert [(line.level, line.rate_bp) for line in commission_lines(order_no)] == [
        (1, 1_500),
        (1, 1_000),
        (2, 300),
    ]


def test_a_part_comes_back_before_it_settles(app: object) -> None:
    order_no, payee = an_order()
    refund(order_no, 1)
    hear(order_no)
    hear(order_no)
    assert figures(payee.promoter_id) == (199, 0, 0, 0)
    settled(order_no)
    assert figures(payee.promoter_id) == (0, 199, 0, 0)


def test_money_that_is_on_its_way_takes_nothing_back_yet(app: object) -> None:
    order_no, payee = an_order()
    request_refund(order_no, [RequestedLine(lines_of(order_no)[0].id, 1)], 0, "不想要了")
    hear(order_no)
    assert figures(payee.promoter_id) == (299, 0, 0, 0)
    refunds_arrive(order_no)
    hear(order_no)
    assert figures(payee.promoter_id) == (199, 0, 0, 0)


def test_all_comes_back(app: object) -> None:
    order_no, payee = an_order()
    refund(order_no, 2)
    hear(order_no)
    assert states(order_no) == [("pending", 99)]
    refund_all(order_no)
    hear(order_no)
    assert figures(payee.promoter_id) == (0, 0, 0, 0)
    assert states(order_no) == [("reversed", 0)]


def test_rebates_take_back_their_part(app: object) -> None:
    order_no, payee = an_order()
    give_rebate(order_no, {1: 7}, "a")
    hear(order_no)
    assert figures(payee.promoter_id)[0] == 299
    give_rebate(order_no, {1: 1}, "b")
    hear(order_no)
    assert figures(payee.promoter_id)[0] == 298
    refund(order_no, 3)
    hear(order_no)
    assert states(order_no) == [("reversed", 0)]


def test_known_only_after_the_refund(app: object) -> None:
    """The attribution is late: what went back meanwhile is taken back at once."""
    make_rates()
    payee = make_payee()
    order_no = bought({make_goods(price_fen=999): 3})
    refund(order_no, 1)
    hear(order_no)
    brought(order_no, payee)
    assert figures(payee.promoter_id) == (199, 0, 0, 0)


def test_after_it_settled_available_money_is_taken(app: object) -> None:
    order_no, payee = an_order()
    settled(order_no)
    refund(order_no, 1)
    hear(order_no)
    assert figures(payee.promoter_id) == (0, 199, 0, 0)
    assert states(order_no) == [("settled", 199)]


def test_withdrawn_money_is_a_debt_that_is_paid_first(app: object) -> None:
    order_no, payee = an_order()
    settled(order_no)
    me = payee.promoter_id
    with transaction() as session:
        hold(session, me, "W1", 250)
        settle_hold(session, "W1")
        settle_hold(session, "W1")
    refund(order_no, 2)
    hear(order_no)
    assert figures(me) == (0, 0, 0, 150 + 1)
    with pytest.raises(CommissionShort), transaction() as session:
        hold(session, me, "W2", 1)
    other = bought({make_goods(price_fen=999): 2})
    brought(other, payee)
    assert figures(me) == (199, 0, 0, 151)
    settled(other)
    assert figures(me) == (0, 48, 0, 0)


def test_a_released_hold_pays_the_debt(app: object) -> None:
    order_no, payee = an_order()
    settled(order_no)
    me = payee.promoter_id
    with transaction() as session:
        first = hold(session, me, "W1", 299)
        assert hold(session, me, "W1", 299) == first
    refund(order_no, 1)
    hear(order_no)
    assert figures(me) == (0, 0, 299, 100)
    with transaction() as session:
        assert release_hold(session, "W1") == 299
        assert release_hold(session, "W1") == settle_hold(session, "W1") == 0
        assert release_hold(session, "W9") == 0
    assert figures(me) == (0, 199, 0, 0)
    with pytest.raises(ValueError, match="above zero"), transaction() as session:
        hold(session, me, "W3", 0)


def test_a_blocked_promoter_waits_and_an_ended_one_is_paid(app: object) -> None:
    order_no, payee = an_order()
    deciding.block(payee.promoter_id, reason="查核")
    settled(order_no)
    (line,) = commission_lines(order_no)
    assert (line.status, line.waits) == ("pending", "promoter_blocked")
    deciding.unblock(payee.promoter_id, reason="查清")
    deciding.end(payee.promoter_id, reason="结束合作")
    hear(order_no)
    settle_all()
    assert figures(payee.promoter_id) == (0, 299, 0, 0)


def test_a_closed_account_loses_all_but_its_debts(app: object) -> None:
    order_no, payee = an_order()
    me = payee.promoter_id
    settled(order_no)
    waiting = bought({make_goods(price_fen=999): 2})
    brought(waiting, payee)
    with transaction() as session:
        assert [one.message for one in losses(session, me) if one.name == "commission"] == [
            "佣金 4.98 元将作废"
        ]
        hold(session, me, "W1", 10)
        assert [one.name for one in hindrances(session, me)] == ["commission"]
        release_hold(session, "W1")
    with transaction() as session:
        forfeit(session, me)
        forfeit(session, me)
    assert figures(me) == (0, 0, 0, 0)
    assert states(waiting) == [("void", 0)]
    refund(order_no, 1)
    hear(order_no)
    assert figures(me) == (0, 0, 0, 100)


def test_paid_before_there_were_rates(app: object) -> None:
    order_no = bought({make_goods(): 1})
    with transaction() as session:
        session.execute(text("UPDATE orders SET paid_at = now() - interval '1 minute'"))
    make_rates()
    payee = make_payee()
    brought(order_no, payee)
    assert commission_lines(order_no) == []
    with transaction() as session:
        assert session.scalar(text("SELECT reason FROM commission_orders")) == "no_rates"


def test_an_order_keeps_the_rates_that_it_was_paid_under(app: object) -> None:
    version = make_rates()
    with transaction() as session:
        session.execute(text("UPDATE commission_plans SET created_at = now() - interval '1 hour'"))
    order_no = bought({make_goods(): 1})
    with transaction() as session:
        session.execute(text("UPDATE orders SET paid_at = now() - interval '1 minute'"))
    make_rates(rate(5_000), replaces=version)
    payee = make_payee()
    brought(order_no, payee)
    assert [line.rate_bp for line in commission_lines(order_no)] == [1_000]


@pytest.mark.parametrize("level", [0, 3])
def test_the_table_knows_two_levels(app: object, level: int) -> None:
    order_no, _ = an_order()
    with pytest.raises(IntegrityError, match="ck_commission_lines_level"), transaction() as session:
        session.execute(text("UPDATE commission_lines SET level = :level"), {"level": level})
    assert [line.level for line in commission_lines(order_no)] == [1]


@pytest.mark.parametrize(("first", "second"), [(10_001, 0), (-1, 0), (0, 10_001), (6_000, 4_001)])
def test_the_table_refuses_more_than_all(app: object, first: int, second: int) -> None:
    make_rates()
    with pytest.raises(IntegrityError, match="ck_commission_rates_"), transaction() as session:
        session.execute(
            text("UPDATE commission_rates SET rate_bp = :first, second_bp = :second"),
            {"first": first, "second": second},
        )


def test_a_hold_of_nobody(app: object) -> None:
    with pytest.raises(CommissionShort), transaction() as session:
        hold(session, make_shopper()[0], "W1", 1)
