"""Fixtures of referral."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from mall.kernel.db import db
from tests.support.invariants import check_invariants
from tests.support.payouts import assert_payouts_are_right
from tests.support.servers import LiveServer
from tests.support.withdrawals import WithdrawalShop


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
