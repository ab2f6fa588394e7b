"""Withdrawals that race: eight of the whole balance, an end that is told by callbacks and a query
at once, and taking back against asking and against the confirmation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import partial
from threading import Event
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.kernel.http.access import Staff
from mall.kernel.prepared import PreparedStatement
from mall.payouts import applying, asking
from mall.payouts.applying import apply_transfer
from mall.payouts.asking import ask_for
from mall.payouts.cancelling import cancel_transfer
from mall.payouts.models import PayoutTransfer
from mall.referral.withdrawals import cancelling
from mall.referral.withdrawals.cancelling import cancel
from mall.referral.withdrawals.deciding import decide
from mall.referral.withdrawals.requesting import withdraw
from mall.referral.withdrawals.settings import AUTO_APPROVE_MAX, BY_TRANSFER, DAY_COUNT, FOUR_EYES
from mall.staff.models import StaffMember
from mall.wechat.gateway import Transfer, gateway
from tests.support.invariants import check_invariants, rows_of
from tests.support.payouts import assert_payouts_are_right, payouts_of
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.staff import make_staff
from tests.support.withdrawals import WithdrawalShop, balance, make_earner, withdrawals_of

AT_ONCE = 8
RIGHT = ({"done": 1, "payout_not_ready": 1}, {"done": 1, "withdrawal_under_way": 1})
NOT_NEGATIVE = (
    "ALTER TABLE commission_accounts DROP CONSTRAINT ck_commission_accounts_not_negative",
    "ALTER TABLE commission_accounts ADD CONSTRAINT ck_commission_accounts_not_negative CHECK"
    " (pending_fen >= 0 AND available_fen >= 0 AND held_fen >= 0 AND debt_fen >= 0)",
)
_CONDITIONS = re.compile(r"AND \w+_fen \+ \$\d+ >= 0|\w+_fen \+ \$\d+ >= 0\s+AND")


@pytest.fixture
def earner(app: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    """A promoter with 100 yuan; WeChat is asked by the job, which doesn't run here."""
    monkeypatch.setattr(asking, "run_outbound_call", lambda *_: None)
    set_setting(BY_TRANSFER, True)
    set_setting(AUTO_APPROVE_MAX, 1_000_000)
    set_setting(FOUR_EYES, 1_000_000)
    set_setting(DAY_COUNT, 100)
    return make_earner(10_000)


def outcomes(found: list[Any]) -> dict[str, int]:
    return dict(Counter(_name(one) for one in found))


def _name(outcome: Any) -> str:
    if isinstance(outcome, IntegrityError):
        assert isinstance(outcome.orig, psycopg.Error)
        return outcome.orig.diag.constraint_name or "?"
    if isinstance(outcome, Exception):
        return str(getattr(outcome, "code", type(outcome).__name__))
    return "done"


def withdraw_at_once(app: Flask, user_id: int) -> dict[str, int]:
    with slow_writes("commission_accounts", of="UPDATE", seconds=0.05):
        return outcomes(together(app, [partial(withdraw, user_id, 10_000)] * AT_ONCE))


def test_eight_of_the_whole_balance(app: Flask, earner: int) -> None:
    assert withdraw_at_once(app, earner) == {"done": 1, "commission_short": AT_ONCE - 1}
    assert len(withdrawals_of(earner)) == 1
    assert (balance(earner).available_fen, balance(earner).held_fen) == (0, 10_000)
    check_invariants()


@contextmanager
def without_conditions() -> Iterator[None]:
    """The ledger moves accounts below zero."""
    rows, careless = PreparedStatement.rows, {}

    def careless_rows(statement: PreparedStatement, session: Session, **values: Any) -> list[Any]:
        if "commission_" in statement.sql and statement not in careless:
            careless[statement] = copy(statement)
            careless[statement].sql = _CONDITIONS.sub("", statement.sql)
        return rows(careless.get(statement, statement), session, **values)

    PreparedStatement.rows = careless_rows  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        PreparedStatement.rows = rows  # type: ignore[method-assign]


def test_control_without_the_ledgers_guards(app: Flask, earner: int) -> None:
    """The locks of the accounts, the condition of the statement, the check of the table."""
    tables = "withdrawals, commission_accounts, commission_entries, commission_holds"
    with (
        without(*NOT_NEGATIVE, table=tables),
        without_conditions(),
        without_row_locks("commission_accounts"),
        without_row_locks("payout_accounts"),
    ):
        assert withdraw_at_once(app, earner).get("done", 0) > 1
        assert rows_of("I2b")


def asked(user_id: int) -> tuple[str, str]:
    """A withdrawal whose transfer is under way: its number, its payout's."""
    number = withdraw(user_id, 10_000)
    (payout,) = payouts_of(user_id)
    ask_for(user_id, payout.payout_no)
    db.session.remove()
    return number, payout.payout_no


def said(state: str) -> Transfer:
    """What WeChat says of the only transfer."""
    with transaction() as session:
        transfer = session.scalars(select(PayoutTransfer)).one()
    return Transfer.from_wechat(
        {
            "out_bill_no": transfer.out_bill_no,
            "transfer_bill_no": "1330",
            "state": state,
            "mch_id": gateway().pay.mchid,
            "transfer_amount": transfer.amount_fen,
        }
    )


def hear_at_once(app: Flask, state: str) -> dict[str, int]:
    """The callback comes twice, and a query's answer with it."""
    told = said(state)

    def hear(source: str) -> str:
        with transaction() as session:
            return apply_transfer(session, told, source=source)

    calls = [partial(hear, source) for source in ("callback", "callback", "query")]
    with slow_writes("payout_transfers", of="UPDATE", seconds=0.05):
        found = together(app, calls)
    return dict(Counter(_heard(one) for one in found))


def _heard(outcome: Any) -> str:
    if isinstance(outcome, ValueError):
        assert str(outcome).endswith("is void"), "the payout was void already"
        return "not_ready"
    return outcome if isinstance(outcome, str) else _name(outcome)


@pytest.mark.parametrize(
    ("state", "status", "available"), [("SUCCESS", "paid", 0), ("FAIL", "failed", 10_000)]
)
def test_an_end_told_three_times_is_one(
    app: Flask, earner: int, state: str, status: str, available: int
) -> None:
    asked(earner)
    assert hear_at_once(app, state) == {"applied": 1, "repeated": 2}
    assert withdrawals_of(earner)[0].status == status
    assert (balance(earner).available_fen, balance(earner).held_fen) == (available, 0)
    check_invariants()


@pytest.mark.parametrize(
    ("state", "stopped_by"), [("SUCCESS", "withdrawal_decided"), ("FAIL", "not_ready")]
)
def test_control_without_the_condition_of_a_state(
    app: Flask, earner: int, monkeypatch: pytest.MonkeyPatch, state: str, stopped_by: str
) -> None:
    """Who hears of the end looks at the state and writes the new one later, without a lock: nobody
    knows that it is a repeat, and only the guards behind stop a second payment."""

    def move(session: Session, transfer_id: int, to: str, /, **_: Any) -> bool:
        session.execute(
            update(PayoutTransfer)
            .where(PayoutTransfer.id == transfer_id)
            .values(status=to, ended_at=PayoutTransfer.created_at, name_sealed=None)
        )
        return True

    asked(earner)
    monkeypatch.setattr(applying, "move_transfer", move)
    with without_row_locks("payouts"), without_row_locks("payout_transfers"):
        assert hear_at_once(app, state) == {"applied": 1, stopped_by: 2}


def take_back_and_ask(app: Flask, user_id: int) -> dict[str, int]:
    number = withdraw(user_id, 10_000)
    payout = payouts_of(user_id)[-1]
    db.session.remove()
    calls: list[Callable[[], Any]] = [
        partial(cancel, user_id, number),
        partial(ask_for, user_id, payout.payout_no),
    ]
    with slow_writes("payouts", of="UPDATE", seconds=0.2):
        return outcomes(together(app, calls))


def test_taken_back_or_asked_for(app: Flask, earner: int) -> None:
    for _ in range(4):
        found = take_back_and_ask(app, earner)
        assert found in RIGHT
        check_invariants()
        if "withdrawal_under_way" in found:
            break


def test_control_taking_back_without_the_payouts_lock(app: Flask, earner: int) -> None:
    with without_row_locks("payouts"):
        found = take_back_and_ask(app, earner)
    assert found == {"done": 1, "ck_payouts_void": 1}, "only the table's check stops the second"


def waiting(user_id: int) -> tuple[str, Staff]:
    """A withdrawal that waits for staff, and who may decide it alone."""
    set_setting(AUTO_APPROVE_MAX, 0)
    number = withdraw(user_id, 1_000)
    with transaction() as session:
        staff_id = session.scalars(select(StaffMember.id).order_by(StaffMember.id.desc())).first()
    db.session.remove()
    return number, Staff(staff_id or 0, "clerk", 0)


def approve_and_cancel(app: Flask, user_id: int, number: str, staff: Staff) -> dict[str, int]:
    calls: list[Callable[[], Any]] = [
        partial(decide, staff, number, approve=True, reason="已核对"),
        partial(cancel, user_id, number),
    ]
    with slow_writes("withdrawals", of="UPDATE", seconds=0.1):
        return outcomes(together(app, calls))


def test_approved_or_taken_back(app: Flask, earner: int) -> None:
    """Whichever is first, there is no payout of commission that is available again."""
    make_staff("withdrawal:write")
    for _ in range(4):
        number, staff = waiting(earner)
        found = approve_and_cancel(app, earner, number, staff)
        assert found in ({"done": 1, "withdrawal_decided": 1}, {"done": 2})
        status = withdrawals_of(earner)[-1].status
        assert status == "canceled" or found == {"done": 1, "withdrawal_decided": 1}
        check_invariants()


def test_control_taken_back_without_the_withdrawals_lock(
    app: Flask, earner: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes it back has seen no payout; there is one when they write."""
    make_staff("withdrawal:write")
    number, staff = waiting(earner)
    seen, approved, end = Event(), Event(), cancelling.end

    def end_late(*args: Any, **more: Any) -> None:
        seen.set()
        assert approved.wait(10)
        end(*args, **more)

    def approve() -> None:
        assert seen.wait(10)
        decide(staff, number, approve=True, reason="已核对")
        approved.set()

    monkeypatch.setattr(cancelling, "end", end_late)
    with without_row_locks("withdrawals"):
        found = outcomes(together(app, [approve, partial(cancel, earner, number)]))
    assert found == {"done": 2}
    assert [row["number"] for row in rows_of("I18h")] == [number]


def test_staff_cancel_while_the_promoter_confirms(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> None:
    """WeChat decides which was first; our books follow, whatever we were told meanwhile."""
    shop = WithdrawalShop(app, simulator, work)
    for _ in range(3):
        withdrawal = shop.under_way(1_000)
        before, _held = shop.money()
        number = shop.wechat_transfers()[0]["out_bill_no"]

        def confirm(bill_no: str = number) -> None:
            shop.control(f"/transfers/{bill_no}/confirm")

        together(app, [confirm, partial(cancel_transfer, withdrawal["payout_no"], "错发")])
        shop.settle_down()
        shop.time_for_calls(10)
        shop.settle_down()
        status = shop.withdrawal(withdrawal["number"])["status"]
        theirs = shop.wechat_transfers()[0]["state"]
        assert (status, theirs) in (("paid", "SUCCESS"), ("canceled", "CANCELLED"))
        assert shop.money() == (before + (0 if status == "paid" else 1_000), 0)
    db.session.remove()
    check_invariants()
    assert_payouts_are_right(shop)
