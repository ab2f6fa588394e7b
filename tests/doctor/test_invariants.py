"""Each invariant is broken on purpose, by raw SQL, and found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.doctor.checking import RECENT, broken_rows
from mall.kernel.db import transaction
from mall.kernel.invariants import INVARIANTS, Rows
from mall.orders import invariants as orders
from mall.orders.refunding import reserve_refund
from mall.orders.states import TRANSITIONS
from mall.shipping import commands
from tests.doctor import (
    boards,
    boxes,
    campaigns,
    cashback,
    channels,
    collages,
    commission,
    communities,
    exchange,
    flash,
    gifts,
    group_bringing,
    groupbuy,
    groupbuy_teams,
    lockups,
    lots,
    lottery,
    messages,
    missions,
    moderation,
    packets,
    payments,
    payouts,
    people,
    pets,
    points,
    prizes,
    promoters,
    questions,
    races,
    referral,
    reminders,
    reviews,
    reviews_importing,
    reviews_rewarding,
    reviews_show,
    team_draws,
    till,
    trials,
    uploads,
)
from tests.doctor import shop as shop_breaks
from tests.support.invariants import check_invariants
from tests.support.servers import LiveServer
from tests.support.shipping import (
    TestOrder,
    make_order_paid_in_wechat,
    make_paid_order,
    place_test_order,
)
from tests.support.wechat import control

BREAKS: dict[str, list[str]] = {
    **shop_breaks.BREAKS,
    **gifts.BREAKS,
    **group_bringing.BREAKS,
    **campaigns.BREAKS,
    **channels.BREAKS,
    **collages.BREAKS,
    **exchange.BREAKS,
    **flash.BREAKS,
    **groupbuy.BREAKS,
    **groupbuy_teams.BREAKS,
    **messages.BREAKS,
    **missions.BREAKS,
    **payments.BREAKS,
    **payouts.BREAKS,
    **people.BREAKS,
    **points.BREAKS,
    **till.BREAKS,
    **uploads.BREAKS,
    **lockups.BREAKS,
    **lottery.BREAKS,
    **lots.BREAKS,
    **team_draws.BREAKS,
    **packets.BREAKS,
    **communities.BREAKS,
    **prizes.BREAKS,
    **races.BREAKS,
    **pets.BREAKS,
    **reminders.BREAKS,
    **boards.BREAKS,
    **boxes.BREAKS,
    **commission.BREAKS,
    **promoters.BREAKS,
    **referral.BREAKS,
    **reviews.BREAKS,
    **moderation.BREAKS,
    **reviews_importing.BREAKS,
    **reviews_rewarding.BREAKS,
    **reviews_show.BREAKS,
    **trials.BREAKS,
    **questions.BREAKS,
    **cashback.BREAKS,
}
CASES = [(code, sql) for code, statements in BREAKS.items() for sql in statements]


@pytest.fixture
def shop(app: Flask) -> tuple[TestOrder, TestOrder]:
    """A sound shop: an unpaid order, and a paid one, partly sent and partly being refunded."""
    unpaid, paid = place_test_order(2, price_fen=2000), make_paid_order(3)
    commands.ship(paid.order_no, "ZTO", "A0001", {paid.line_ids[0]: 1})
    with transaction() as session:
        amount = reserve_refund(session, paid.order_no, [(paid.line_ids[0], 1, 9900)], 0, "staff")
        session.execute(
            text(
                "WITH r AS (INSERT INTO refunds (refund_no, out_refund_no, order_id, attempt_id,"
                " kind, cause, amount_fen, reason, request)"
                " SELECT 'R1', 'R1', :order, id, 'order', 'staff',"
                " :amount, 'test', '{}' FROM payment_attempts WHERE order_id = :order"
                " RETURNING id), c AS (INSERT INTO outbound_calls (kind, key, due_at)"
                " SELECT 'payments.refund', id, now() FROM r)"
                " INSERT INTO refund_lines SELECT id, :line, 1, :amount FROM r"
            ),
            {"order": paid.id, "amount": amount, "line": paid.line_ids[0]},
        )
    return unpaid, paid


def test_a_sound_shop_breaks_nothing(shop: object) -> None:
    check_invariants()


def test_every_invariant_is_tried(app: Flask) -> None:
    asked_by_sql = {one.code for one in INVARIANTS.items().values() if one.find is None}
    assert set(BREAKS) == asked_by_sql


@pytest.mark.parametrize(("code", "sql"), CASES)
def test_a_break_is_found(shop: tuple[TestOrder, TestOrder], code: str, sql: str) -> None:
    unpaid, paid = shop
    invariant = INVARIANTS[code]
    with undone() as session:
        assert broken_rows(session, invariant) == []
        lift_constraints(session)
        for statement in sql.split(";"):
            names = {
                n: v for n, v in (("paid", paid.id), ("unpaid", unpaid.id)) if f":{n}" in statement
            }
            session.execute(text(statement), names)
        found = broken_rows(session, invariant)
        recent = broken_rows(session, invariant, recent=RECENT)
    assert found, f"{code} saw nothing"
    assert all(found)
    assert sorted(map(str, recent)) == sorted(map(str, found)), (
        "the frequent run doesn't see what has just happened"
    )


@pytest.mark.parametrize(
    "sql",
    [
        *(*gifts.SOUND, *flash.SOUND, *messages.SOUND, missions.SOUND),
        *(*points.SOUND, till.TILL, lockups.LOCK, exchange.SOUND, groupbuy.ACTIVITY),
        *(*groupbuy_teams.SOUND, *payments.SOUND, *lottery.SOUND, *prizes.SOUND, *boxes.SOUND),
        *(*packets.SOUND, *communities.SOUND, *races.SOUND, *pets.SOUND),
        *(*channels.SOUND, *boards.SOUND, *commission.SOUND, *promoters.SOUND, *referral.SOUND),
        *(reviews.SOUND, reviews.FOLLOWED, f"{reviews.SOUND}; {reviews.DELETED}"),
        *(payouts.ASKED, payouts.PAID, trials.SOUND, trials.DUE, questions.SOUND),
        *(reviews_show.SOUND, reviews_show.ENDED),
        *(cashback.RUNS, cashback.GIVEN, collages.SOUND),
    ],
)
def test_what_is_sound_breaks_nothing(shop: tuple[TestOrder, TestOrder], sql: str) -> None:
    with undone() as session:
        lift_constraints(session)
        for statement in sql.split(";"):
            ids = {"unpaid": shop[0].id, "paid": shop[1].id}
            names = {name: order_id for name, order_id in ids.items() if f":{name}" in statement}
            session.execute(text(statement), names)
        found = {code for code in INVARIANTS.items() if rows_in(session, code)}
    asked = {
        *(*gifts.BREAKS, *flash.BREAKS, *messages.BREAKS, *missions.BREAKS),
        *(*points.BREAKS, *till.BREAKS, *lockups.BREAKS, *exchange.BREAKS, *groupbuy.BREAKS),
        *groupbuy_teams.BREAKS,
        *channels.BREAKS,
        *(*boards.BREAKS, *commission.BREAKS, *promoters.BREAKS, *referral.BREAKS),
        *(*payments.BREAKS, *payouts.BREAKS, *reviews.BREAKS, *trials.BREAKS, *questions.BREAKS),
        *reviews_show.BREAKS,
        *(*lottery.BREAKS, *prizes.BREAKS, *boxes.BREAKS),
        *(*packets.BREAKS, *communities.BREAKS, *races.BREAKS, *pets.BREAKS),
        *cashback.BREAKS,
    }
    assert not found & {"I3a", "I3b", "I3c", *asked}


def rows_in(session: Session, code: str) -> Rows:
    """What an invariant's SQL finds."""
    return [] if INVARIANTS[code].find else broken_rows(session, INVARIANTS[code])


class _Undo(Exception):
    """Ends a transaction that isn't to be kept."""


@contextmanager
def undone() -> Iterator[Session]:
    """A transaction that is rolled back at its end."""
    with suppress(_Undo), transaction() as session:
        yield session
        raise _Undo


def lift_constraints(session: Session) -> None:
    """Drop every check, and let foreign keys and triggers sleep, until the rollback."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text(
            "DO $$ DECLARE c record; BEGIN"
            " FOR c IN SELECT conrelid::regclass AS t, conname FROM pg_constraint"
            "   WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            "     AND conrelid::regclass::text NOT LIKE 'procrastinate%' LOOP"
            "   EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', c.t, c.conname);"
            " END LOOP; END $$"
        )
    )


def test_the_transition_table_is_in_the_query() -> None:
    (invariant,) = [one for one in orders.INVARIANTS if one.code == "I6a"]
    for start, ends in TRANSITIONS.items():
        for end in ends:
            step = f"({'NULL' if start is None else repr(start)}, '{end}')"
            assert step in str(invariant.sql)


def test_the_rows_shown_are_limited(shop: tuple[TestOrder, TestOrder]) -> None:
    with undone() as session:
        lift_constraints(session)
        session.execute(text("UPDATE stocks SET sellable = sellable + 1"))
        assert len(broken_rows(session, INVARIANTS["I3a"])) > 1
        assert len(broken_rows(session, INVARIANTS["I3a"], limit=1)) == 1


def test_a_whole_purchase_breaks_nothing(
    app: Flask, simulator: LiveServer, work: Callable[[], None]
) -> None:
    control(simulator, "/reset")
    order = make_order_paid_in_wechat(simulator, 2, 1)
    commands.ship(order.order_no, "ZTO", "A0001", {order.line_ids[0]: 1})
    work()
    commands.ship(order.order_no, "ZTO", "A0002")
    work()
    check_invariants()
