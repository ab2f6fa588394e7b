"""kill -9 around the commit of a settlement: each line is settled once, by the next sweep."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from mall.referral.commission.settings import SETTLE_DAYS
from tests.support.commission import (
    bought,
    brought,
    figures,
    hear,
    make_payee,
    make_rates,
    refund,
    settle_all,
    settle_order,
    states,
)
from tests.support.dying import Die, dying
from tests.support.invariants import rows_of
from tests.support.orders import make_goods
from tests.support.settings import set_setting


@pytest.fixture(scope="module")
def die(environment: dict[str, str]) -> Iterator[Die]:
    """Run a command that must die at a failpoint."""
    with dying("tests.referral.dying_settlement", environment) as die:
        yield die


def test_a_settlement_that_dies_before_and_after_its_commit(app: Flask, die: Die) -> None:
    """Three orders of 20 yuan at a tenth, of which one unit came back; batches of two lines."""
    make_rates()
    payee, goods = make_payee(), make_goods(price_fen=1_000)
    set_setting(SETTLE_DAYS, 0)
    orders = [bought({goods: 2}) for _ in range(3)]
    for order_no in orders:
        brought(order_no, payee)
    refund(orders[0], 1)
    for order_no in orders:
        settle_order(order_no)
        hear(order_no)
    assert figures(payee.promoter_id) == (500, 0, 0, 0)

    die("commission.before_settle", "settle", "2")
    assert figures(payee.promoter_id) == (500, 0, 0, 0), "nothing of it stands"
    die("commission.after_settle", "settle", "2")
    assert figures(payee.promoter_id) == (200, 300, 0, 0), "the two stand, the third is still due"
    assert settle_all() == 1
    assert figures(payee.promoter_id) == (0, 500, 0, 0)
    assert [states(order_no) for order_no in orders] == [[("settled", n)] for n in (100, 200, 200)]
    assert not any(rows_of(code) for code in ("I1f", "I1g", "I1h", "I1i", "I1j"))
