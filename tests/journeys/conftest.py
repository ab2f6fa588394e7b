"""The shop of most journeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.support.aftersales import AfterSalesShop
from tests.support.payments import assert_money_is_right
from tests.support.servers import LiveServer


@pytest.fixture
def shop(
    app: Flask, simulator: LiveServer, live_mall: LiveServer, work: Callable[[], None]
) -> Iterator[AfterSalesShop]:
    """At its end every invariant holds, and WeChat's books say the same as ours."""
    shop = AfterSalesShop(app, simulator, work)
    yield shop
    assert_money_is_right(shop)
