"""kill -9 around each step of a withdrawal: the commission is where it should be, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import db, transaction
from mall.payouts.models import PayoutTransfer
from mall.referral.withdrawals.settings import AUTO_APPROVE_MAX
from mall.staff.models import StaffMember
from tests.referral.dying_withdrawals import COMMANDS
from tests.support.dying import Die, dying
from tests.support.invariants import check_invariants
from tests.support.payouts import assert_payouts_are_right
from tests.support.servers import LiveServer
from tests.support.settings import set_setting
from tests.support.withdrawals import WithdrawalShop, withdrawals_of

WHEN = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.referral.dying_withdrawals", environment) as die:
        yield die


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[WithdrawalShop]:
    """At its end the books and WeChat's must agree."""
    shop = WithdrawalShop(app, simulator, work)
    yield shop
    db.session.remove()
    check_invariants()
    assert_payouts_are_right(shop)


@WHEN
def test_asking_for_it(shop: WithdrawalShop, die: Die, when: str) -> None:
    die(f"withdrawals.{when}_request_commit", "request", f"{shop.user_id} 6000")
    held = 6_000 if when == "after" else 0
    assert shop.money() == (10_000 - held, held)
    assert len(withdrawals_of(shop.user_id)) == (when == "after")


@WHEN
@pytest.mark.parametrize(("command", "status"), [("approve", "approved"), ("refuse", "refused")])
def test_deciding(shop: WithdrawalShop, die: Die, when: str, command: str, status: str) -> None:
    set_setting(AUTO_APPROVE_MAX, 0)
    number = shop.withdrawn()["number"]
    with transaction() as session:
        staff_id = session.scalars(select(StaffMember.id).order_by(StaffMember.id.desc())).first()
    die(f"withdrawals.{when}_decision_commit", command, f"{staff_id} {number}")
    if when == "before":
        assert shop.withdrawal(number)["status"] == "waiting"
        COMMANDS[command](f"{staff_id} {number}")
        db.session.remove()
    assert shop.withdrawal(number)["status"] == status
    assert shop.money() == ((0, 10_000) if status == "approved" else (10_000, 0))


@WHEN
def test_taking_it_back(shop: WithdrawalShop, die: Die, when: str) -> None:
    number = shop.withdrawn()["number"]
    die(f"withdrawals.{when}_cancel_commit", "take_back", f"{shop.user_id} {number}")
    assert shop.withdrawal(number)["status"] == ("canceled" if when == "after" else "approved")
    COMMANDS["take_back"](f"{shop.user_id} {number}")
    db.session.remove()
    assert shop.money() == (10_000, 0)


def test_after_wechat_took_it_on(shop: WithdrawalShop, die: Die) -> None:
    withdrawal = shop.withdrawn()
    die("payouts.after_transfer_sent", "ask", f"{shop.user_id} {withdrawal['payout_no']}")
    assert shop.money() == (0, 10_000)
    shop.let_time_pass(3)
    shop.sweep()
    assert len(shop.wechat_transfers()) == 1
    shop.at_wechat("confirm")
    assert shop.withdrawal(withdrawal["number"])["status"] == "paid"


@WHEN
@pytest.mark.parametrize(("what", "status"), [("confirm", "paid"), ("lapse", "failed")])
def test_around_the_commit_of_its_end(
    shop: WithdrawalShop, die: Die, when: str, what: str, status: str
) -> None:
    number = shop.under_way()["number"]
    shop.fault("transfer-notify", "drop")
    shop.at_wechat(what)
    shop.let_time_pass(6)
    with transaction() as session:
        transfer_id = session.scalars(select(PayoutTransfer.id)).one()
    die(f"payouts.{when}_transfer_commit", "hear", str(transfer_id))
    assert shop.withdrawal(number)["status"] == (status if when == "after" else "approved")
    shop.let_time_pass(3)
    COMMANDS["hear"](str(transfer_id))
    db.session.remove()
    assert shop.withdrawal(number)["status"] == status
    assert shop.money() == ((0, 0) if what == "confirm" else (10_000, 0))
