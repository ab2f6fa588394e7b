"""Payouts that race: one asked for by two phones, two over a day's limit, by hand against a
transfer, and an end that a callback and a query tell at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from mall.kernel.db import db, transaction
from mall.payouts import applying, asking, merchant_sums, owing
from mall.payouts.applying import apply_transfer
from mall.payouts.asking import ask_for
from mall.payouts.errors import PayoutMerchantLimit, PayoutMerchantMonthLimit
from mall.payouts.models import PayoutTransfer
from mall.payouts.owing import take_back
from mall.payouts.paying_by_hand import ask_to_pay_by_hand
from mall.payouts.settings import (
    DAY_MAX_FEN,
    MERCHANT_DAY_MAX_FEN,
    MERCHANT_MONTH_MAX_FEN,
    OPEN,
)
from mall.settings import Setting
from mall.wechat.gateway import Transfer, gateway
from tests.support.invariants import check_invariants, rows_of
from tests.support.payouts import debt_of, owed, payout_of, transfers_in_all, transfers_of
from tests.support.races import slow_writes, together, without, without_row_locks
from tests.support.settings import set_setting
from tests.support.users import make_shopper

PHONES = 8
_WRITE_SUM = text(
    "INSERT INTO payout_sums (period, amount_fen) VALUES (:day, :fen)"
    " ON CONFLICT (period) DO UPDATE SET amount_fen = excluded.amount_fen"
)
LIVE = (
    "DROP INDEX uq_payout_transfers_live",
    "CREATE UNIQUE INDEX uq_payout_transfers_live ON payout_transfers (payout_id)"
    " WHERE ended_at IS NULL",
)


@pytest.fixture(autouse=True)
def _no_call(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """WeChat is asked by the job, which doesn't run here."""
    monkeypatch.setattr(asking, "run_outbound_call", lambda *_: None)
    set_setting(OPEN, True)


def press(app: Flask, user_id: int, payout_ids: list[int]) -> dict[str, int]:
    """Phones ask for these payouts at once; how that went."""
    numbers = [payout_of(payout_id).payout_no for payout_id in payout_ids]
    with slow_writes("payout_transfers", of="INSERT", seconds=0.05):
        outcomes = together(app, [partial(ask_for, user_id, number) for number in numbers])
    found = [getattr(one, "code", type(one).__name__) for one in outcomes]
    return {name: found.count(name) for name in sorted(set(found))}


def test_one_payout_by_many_phones_is_one_transfer(app: Flask) -> None:
    user_id = make_shopper()[0]
    payout_id = owed(user_id)
    assert press(app, user_id, [payout_id] * PHONES) == {"NoneType": PHONES}
    assert transfers_of(payout_id) == ["pending"]
    check_invariants()


def test_control_without_the_lock_and_the_index(app: Flask) -> None:
    user_id = make_shopper()[0]
    payout_id = owed(user_id)
    guards = without_row_locks("payouts"), without_row_locks("payout_accounts")
    with without(*LIVE, table="payout_transfers"), guards[0], guards[1]:
        press(app, user_id, [payout_id] * PHONES)
        assert len(transfers_of(payout_id)) > 1
        assert rows_of("I18b")


def test_a_days_limit_holds_for_all_payouts_of_a_shopper(app: Flask) -> None:
    set_setting(DAY_MAX_FEN, 1_000)
    user_id = make_shopper()[0]
    payout_ids = [owed(user_id, 500) for _ in range(6)]
    assert press(app, user_id, payout_ids) == {"NoneType": 2, "payout_day_limit": 4}
    check_invariants()


def test_control_a_limit_that_is_only_looked_at(app: Flask) -> None:
    set_setting(DAY_MAX_FEN, 1_000)
    user_id = make_shopper()[0]
    payout_ids = [owed(user_id, 500) for _ in range(6)]
    with without_row_locks("payout_accounts"):
        press(app, user_id, payout_ids)
    assert transfers_in_all() > 2


def many_at_once(app: Flask, error: type[Exception] = PayoutMerchantLimit) -> int:
    """Six shoppers ask for 5 yuan each, at once; how many transfers there are."""
    owners = [make_shopper()[0] for _ in range(6)]
    calls = [partial(ask_for, user_id, payout_of(owed(user_id)).payout_no) for user_id in owners]
    with slow_writes("payout_sums", seconds=0.05):
        found = together(app, calls)
    refused = [one for one in found if one is not None]
    assert all(isinstance(one, error) for one in refused)
    return transfers_in_all()


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        (MERCHANT_DAY_MAX_FEN, PayoutMerchantLimit),
        (MERCHANT_MONTH_MAX_FEN, PayoutMerchantMonthLimit),
    ],
)
def test_the_merchants_limits_hold_for_all_shoppers(
    app: Flask, limit: Setting[int], error: type[Exception]
) -> None:
    set_setting(limit, 1_700)
    assert many_at_once(app, error) == 3
    check_invariants()


def test_control_a_merchants_limit_that_is_only_looked_at(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_setting(MERCHANT_DAY_MAX_FEN, 1_700)

    def look(session: Session, day: date, amount_fen: int) -> None:
        before = session.scalar(text("SELECT coalesce(max(amount_fen), 0) FROM payout_sums")) or 0
        session.execute(text("SELECT pg_sleep(0.2)"))
        if before + amount_fen > MERCHANT_DAY_MAX_FEN.get():
            raise PayoutMerchantLimit
        sums = {"day": day.isoformat(), "fen": before + amount_fen}
        session.execute(_WRITE_SUM, sums)

    monkeypatch.setattr(merchant_sums, "take", look)
    assert many_at_once(app) > 3
    assert rows_of("I18f")


def test_what_ends_without_money_makes_room(app: Flask) -> None:
    set_setting(MERCHANT_DAY_MAX_FEN, 500)
    first, second = owed(make_shopper()[0]), owed(make_shopper()[0])
    ask_for(payout_of(first).user_id, payout_of(first).payout_no)
    with pytest.raises(PayoutMerchantLimit):
        ask_for(payout_of(second).user_id, payout_of(second).payout_no)
    with transaction() as session:
        apply_transfer(session, said(first, "FAIL"), source="query")
    ask_for(payout_of(second).user_id, payout_of(second).payout_no)
    check_invariants()


def said(payout_id: int, state: str = "SUCCESS") -> Transfer:
    """What WeChat says of a payout's transfer."""
    with transaction() as session:
        transfer = session.scalars(
            select(PayoutTransfer).where(PayoutTransfer.payout_id == payout_id)
        ).one()
    return Transfer.from_wechat(
        {
            "out_bill_no": transfer.out_bill_no,
            "transfer_bill_no": "1330",
            "state": state,
            "mch_id": gateway().pay.mchid,
            "transfer_amount": transfer.amount_fen,
        }
    )


def end_and_take_back(app: Flask, done: Event | None = None) -> tuple[int, int]:
    """A transfer lapses, told twice, while its reward is taken back: the payout, its shopper."""
    user_id = make_shopper()[0]
    payout_id = owed(user_id)
    ask_for(user_id, payout_of(payout_id).payout_no)
    lapsed = said(payout_id, "FAIL")

    def lapse() -> None:
        with transaction() as session:
            apply_transfer(session, lapsed, source="callback")
        if done:
            done.set()

    def reverse() -> Any:
        with transaction() as session:
            return take_back(session, payout_id, 500)

    with slow_writes("payouts", of="UPDATE", seconds=0.05):
        together(app, [lapse, reverse, lapse])
    db.session.remove()
    return payout_id, user_id


def test_what_lapses_while_it_is_taken_back_is_paid_by_nobody(app: Flask) -> None:
    payout_id, user_id = end_and_take_back(app)
    assert (payout_of(payout_id).status, debt_of(user_id)) == ("void", 0)
    check_invariants()


def test_control_without_the_payouts_lock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes it back has seen a transfer under way, which is over when they write."""
    seen, done, owe_back, end = Event(), Event(), owing.owe_back, applying.end

    def owe_back_late(*args: Any) -> None:
        seen.set()
        assert done.wait(10)
        owe_back(*args)

    def end_late(*args: Any, **more: Any) -> None:
        assert seen.wait(10)
        end(*args, **more)

    monkeypatch.setattr(owing, "owe_back", owe_back_late)
    monkeypatch.setattr(applying, "end", end_late)
    with without_row_locks("payouts"):
        payout_id, user_id = end_and_take_back(app, done)
    assert (payout_of(payout_id).status, debt_of(user_id)) == ("ready", 500)


def enter_and_ask(app: Flask) -> list[str]:
    """Staff enter a payment by hand while the shopper presses "receive"; how that went."""
    user_id = make_shopper()[0]
    payout_no = payout_of(owed(user_id)).payout_no
    calls: list[Callable[[], Any]] = [
        partial(ask_to_pay_by_hand, payout_no, "ICBC-1", "无转账权限"),
        partial(ask_for, user_id, payout_no),
    ]
    with slow_writes("approvals", of="INSERT"):
        found = together(app, calls)
    return sorted(getattr(one, "code", "done") for one in found)


def test_by_hand_or_by_transfer(app: Flask) -> None:
    for _ in range(4):
        found = enter_and_ask(app)
        assert found in (["done", "payout_by_hand_pending"], ["done", "payout_not_ready"])
    check_invariants()


def test_control_by_hand_without_the_payouts_lock(app: Flask) -> None:
    with without_row_locks("payouts"):
        assert enter_and_ask(app) == ["done", "done"], "the money goes twice"
