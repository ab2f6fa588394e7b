"""What several tests of payments start with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from mall.kernel.clock import shop_day, utc_now
from tests.support.payments import Shop
from tests.support.reconciled import Books
from tests.support.servers import LiveServer
from tests.support.staff import make_staff


@pytest.fixture
def books(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Books:
    shop = Shop(app, simulator, work)
    staff = shop.staff.as_(make_staff("reconciliation:read", "reconciliation:write"))
    found = Books(shop, shop_day(utc_now()) - timedelta(days=1), staff)
    found.yesterday()
    return found
