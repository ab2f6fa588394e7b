"""What was sold is counted, and shown on the product."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from mall.catalog.models import Sku, Spu
from mall.inventory import commands
from mall.inventory.jobs import refresh_sold_counts
from mall.kernel.db import transaction
from tests.support.catalog import make_sku
from tests.support.http import Http
from tests.support.inventory import stock, units
from tests.support.trials import make_trial, received, trial


def test_the_sold_count_follows_sales_and_returns(http: Http) -> None:
    sku_id = make_sku(name="卖得好")
    make_sku(name="没卖过")
    stock(sku_id, 10)
    with transaction() as session:
        commands.reserve(session, {sku_id: 5}, ref="order:1")
        commands.sell(session, {sku_id: 4}, ref="order:1")
        commands.take_back(session, {sku_id: 1}, ref="order:1")
    refresh_sold_counts()
    listed = http.get("/api/v1/products", sort="sales").get_json()["items"]
    assert [(card["name"], card["sold_count"]) for card in listed] == [("卖得好", 3), ("没卖过", 0)]


def test_what_was_given_away_was_not_sold(app: Flask) -> None:
    """A trial's unit leaves the stock and costs nothing; the same product bought does count."""
    trial_id = make_trial(2)
    sku_id = trial(trial_id).sku_id
    received(trial_id)
    with transaction() as session:
        commands.reserve(session, {sku_id: 3}, ref="order:1")
        commands.sell(session, {sku_id: 3}, ref="order:1")
    assert units(sku_id).sold == 4
    refresh_sold_counts()
    with transaction() as session:
        shown = select(Spu.sold_count).join(Sku, Sku.spu_id == Spu.id).where(Sku.id == sku_id)
        assert session.scalars(shown).one() == 3
