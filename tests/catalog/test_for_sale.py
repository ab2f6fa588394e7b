"""What other features learn about a SKU."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from mall.catalog.models import Sku, Spu
from mall.catalog.queries import skus_for_sale
from mall.kernel.db import transaction
from tests.support.catalog import make_sku

HOUR = timedelta(hours=1)


def test_a_sku_carries_what_an_order_line_needs(app: Flask) -> None:
    sku_id = make_sku(price_fen=1250, name="枕头", spec_values=("红", "大"), weight_g=300)
    with transaction() as session:
        found = skus_for_sale(session, [sku_id, 999_999])
    assert list(found) == [sku_id]
    sku = found[sku_id]
    assert (sku.price_fen, sku.name, sku.spec_text, sku.weight_g) == (1250, "枕头", "红；大", 300)
    assert sku.image.startswith("https://")
    assert sku.on_sale


@pytest.mark.parametrize(
    ("change", "on_sale"),
    [
        ({"on_shelf": False}, False),
        ({"shelf_on_at": +HOUR}, False),
        ({"shelf_on_at": -HOUR}, True),
        ({"shelf_off_at": +HOUR}, True),
        ({"shelf_off_at": -HOUR}, False),
        ({"archived_at": -HOUR}, False),
    ],
)
def test_the_shelf_is_ruled_by_its_times(
    app: Flask, change: dict[str, bool | timedelta], on_sale: bool
) -> None:
    sku_id = make_sku()
    now = datetime.now(UTC)
    values = {k: now + v if isinstance(v, timedelta) else v for k, v in change.items()}
    with transaction() as session:
        session.execute(update(Spu).values(values))
        assert skus_for_sale(session, [sku_id])[sku_id].on_sale is on_sale


def test_a_disabled_sku_cannot_be_bought(app: Flask) -> None:
    sku_id = make_sku()
    with transaction() as session:
        session.execute(update(Sku).values(enabled=False))
        assert not skus_for_sale(session, [sku_id])[sku_id].on_sale
