"""kill -9 after WeChat took a transfer on, and around the commit of its end: paid once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from mall.kernel.db import transaction
from mall.payouts.models import PayoutTransfer
from tests.payouts.dying import COMMANDS
from tests.support.dying import Die, dying
from tests.support.payouts import PayoutShop


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.payouts.dying", environment) as die:
        yield die


def test_after_wechat_took_it_on(shop: PayoutShop, die: Die) -> None:
    payout_no = shop.owed()
    die("payouts.after_transfer_sent", "ask", f"{shop.user_id} {payout_no}")
    assert shop.shown(payout_no)["transfer_status"] == "pending"
    shop.let_time_pass(3)
    shop.sweep()
    assert len(shop.wechat_transfers()) == 1
    shown = shop.shown(payout_no)
    assert shown["transfer_status"] == "confirming"
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/confirm")
    shop.settle_down()
    assert shop.shown(payout_no)["payout"]["status"] == "paid"


@pytest.mark.parametrize("when", ["before", "after"])
def test_around_the_commit_of_its_end(shop: PayoutShop, die: Die, when: str) -> None:
    payout_no = shop.owed()
    shop.asked(payout_no)
    shop.fault("transfer-notify", "drop")
    (bill,) = shop.wechat_transfers()
    shop.control(f"/transfers/{bill['out_bill_no']}/confirm")
    shop.settle_down()
    shop.let_time_pass(6)
    with transaction() as session:
        transfer_id = session.scalars(select(PayoutTransfer.id)).one()
    die(f"payouts.{when}_transfer_commit", "hear", str(transfer_id))
    assert shop.shown(payout_no)["payout"]["status"] == ("paid" if when == "after" else "asked")
    shop.let_time_pass(3)
    COMMANDS["hear"](str(transfer_id))
    assert shop.shown(payout_no)["payout"]["status"] == "paid"
