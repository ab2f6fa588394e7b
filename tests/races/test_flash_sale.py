"""20,000 attempts of 5,000 shoppers for 500 units: over HTTP, by four web processes and two
flash workers. Then with a gate that lets everybody in."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Flask

from mall.flashsale.gate import figures, gate_client
from mall.flashsale.reconciliation.rebuilding import rebuild
from mall.flashsale.reconciliation.reconciling import differences
from tests.conftest import empty
from tests.faults.mall_process import WAYS, serving
from tests.support.flash_load import Attempt, Told, attempt_all, crowd, flash_worker
from tests.support.flash_orders import (
    Sale,
    end_all_sales,
    held_at_most,
    open_sale,
    open_the_gate,
    ordered_units,
    sold,
    tickets,
)
from tests.support.invariants import check_invariants
from tests.support.orders import Buyer
from tests.support.parallel import free_port
from tests.support.waiting import eventually

SHOPPERS, STOCK, LIMIT = 5_000, 500, 2
KEYS = ("first", "first", "second", "third")


@pytest.fixture(scope="module", params=WAYS)
def tier(
    request: pytest.FixtureRequest,
    environment: dict[str, str],
    migrated_app: Flask,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Four web processes and two flash workers, for all tests: where they answer."""
    empty(migrated_app)  # the workers shall find no sale of other tests
    logs = tmp_path_factory.mktemp("tier")
    own = {
        **environment,
        "MALL_DB_POOL_SIZE": "4",
        "MALL_WEB_WORKERS": "4",
        "MALL_FLASH_SHOPPER_PER_10S": "0",
        "MALL_FLASH_ADDRESS_PER_10S": "0",
    }
    with ExitStack() as stack:
        for number in range(2):
            stack.enter_context(flash_worker(own, logs / f"worker-{number}.log"))
        web = stack.enter_context(serving(own, free_port(), logs / "web.log", request.param))
        yield web.url


@pytest.fixture
def mall(app: Flask, tier: str) -> Iterator[str]:
    """Where an empty mall answers. Its workers live on: nothing is under way when it ends."""
    yield tier
    end_all_sales()


def attempts(buyers: list[Buyer]) -> list[Attempt]:
    """Four attempts a shopper in any order, two of them the same one; one or two units."""
    luck = random.Random(20260101)
    found = [
        (buyer, 1 + (buyer.user_id + number) % 2, f"attempt-{key}-{buyer.user_id}")
        for buyer in buyers
        for number, key in enumerate(KEYS)
        if number != 1
    ]
    found += [(buyer, units, key) for buyer, units, key in found if key.startswith("attempt-first")]
    luck.shuffle(found)
    return found


def rush(url: str, sale: Sale, buyers: list[Buyer]) -> list[Told]:
    """Everybody attempts; then all tickets have ended."""
    told = attempt_all(url, sale.session_id, sale.item_id, attempts(buyers))
    asked = {one.said for one in told if one.status == 202}
    eventually(lambda: asked <= set(tickets(sale.item_id)))
    return told


def test_exactly_the_stock_is_sold_and_nobody_gets_one_too_many(mall: str) -> None:
    sale, buyers = open_sale(STOCK, limit=LIMIT), crowd(SHOPPERS)
    told = rush(mall, sale, buyers)
    assert len(told) == SHOPPERS * len(KEYS) == 20_000
    statuses = Counter((one.status, "" if one.status == 202 else one.said) for one in told)
    assert set(statuses) <= {(202, ""), (409, "sold_out"), (409, "limit_reached")}, statuses
    ends = tickets(sale.item_id)
    assert {status for status, _ in ends.values()} == {"ordered"}, "the gate let in no more"
    assert set(ends) == {one.said for one in told if one.status == 202}
    assert sold(sale.item_id) == ordered_units(sale) == STOCK
    assert held_at_most(sale) <= LIMIT
    assert gate_client().xlen(sale.where.shard(0).stream) == 0
    eventually(lambda: not differences(), 5)
    check_invariants()


@pytest.mark.parametrize("tier", ["web"], indirect=True)
def test_a_gate_that_lets_everybody_in(mall: str) -> None:
    """PostgreSQL alone keeps stock and limits: as after a restore that counts wrong."""
    sale, buyers = open_sale(STOCK, limit=LIMIT), crowd(1_000)
    open_the_gate(sale)
    told = rush(mall, sale, buyers)
    assert {one.status for one in told} == {202}
    ends = Counter(end if end[0] == "failed" else end[0] for end in tickets(sale.item_id).values())
    assert ends["ordered"] < len(buyers)
    assert set(ends) == {"ordered", ("failed", "sold_out"), ("failed", "limit_reached")}
    assert sold(sale.item_id) == ordered_units(sale) == STOCK
    assert held_at_most(sale) == LIMIT
    rebuild(sale.session_id)  # as the workers do with a gate that has differed for a while
    [part] = figures(sale.where)
    assert part is not None
    assert (part.left, part.queued) == (0, 0)
    check_invariants()
