"""20,000 attempts of 5,000 shoppers for 500 units: over HTTP, by four web processes and two
flash workers. Then without one guard, and without both."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.flashsale.gate import Entry, figures, gate_client
from mall.flashsale.orders import allocation, eligibility
from mall.flashsale.orders.eligibility import LockedItem
from mall.flashsale.orders.worker import Worker
from mall.flashsale.planning import running
from mall.flashsale.reconciliation.rebuilding import rebuild
from mall.flashsale.reconciliation.reconciling import differences
from mall.kernel.db import db, transaction
from mall.orders.closing import close_unpaid
from tests.faults.mall_process import WAYS, serving
from tests.support.flash_load import Attempt, Told, attempt_all, crowd, flash_worker
from tests.support.flash_orders import Sale, attempt, open_sale, sold, tickets, work_through
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.orders import Buyer
from tests.support.parallel import free_port
from tests.support.races import execute, together
from tests.support.waiting import eventually

SHOPPERS, STOCK, LIMIT = 5_000, 500, 2
KEYS = ("first", "first", "second", "third")


@pytest.fixture(params=WAYS)
def mall(
    request: pytest.FixtureRequest, environment: dict[str, str], app: Flask, tmp_path: Path
) -> Iterator[str]:
    """Four web processes and two flash workers: where they answer."""
    own = {
        **environment,
        "MALL_DB_POOL_SIZE": "4",
        "MALL_WEB_WORKERS": "4",
        "MALL_FLASH_SHOPPER_PER_10S": "0",
        "MALL_FLASH_ADDRESS_PER_10S": "0",
    }
    with ExitStack() as stack:
        for number in range(2):
            stack.enter_context(flash_worker(own, tmp_path / f"worker-{number}.log"))
        web = stack.enter_context(serving(own, free_port(), tmp_path / "web.log", request.param))
        yield web.url


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


def held_at_most(sale: Sale) -> int:
    with transaction() as session:
        most = session.scalar(
            text("SELECT max(units) FROM flash_shoppers WHERE item_id = :id"),
            {"id": sale.item_id},
        )
    return int(most or 0)


def ordered_units(sale: Sale) -> int:
    """Units of orders, counted from the orders themselves."""
    with transaction() as session:
        found = session.scalar(
            text("SELECT sum(quantity) FROM order_lines WHERE sku_id = :sku"),
            {"sku": sale.sku_id},
        )
    return int(found or 0)


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


@pytest.mark.parametrize("mall", ["web"], indirect=True)
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


def open_the_gate(sale: Sale) -> None:
    for name in ("left", "limit"):
        gate_client().hset(sale.where.shard(0).gate, name, "1000000")


def count_without_looking(session: Session, accepted: Sequence[tuple[Entry, LockedItem]]) -> None:
    """As the ledger counts, but for its conditions."""
    for entry, item in accepted:
        values = {"item": item.id, "user": entry.user_id, "units": entry.units}
        session.execute(
            text("UPDATE flash_items SET sold = sold + :units WHERE id = :item"), values
        )
        session.execute(
            text(
                "INSERT INTO flash_shoppers AS f VALUES (:item, :user, :units)"
                " ON CONFLICT (item_id, user_id) DO UPDATE SET units = f.units + excluded.units"
            ),
            values,
        )


@pytest.fixture
def unguarded(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """PostgreSQL believes whatever the gate let in."""
    monkeypatch.setattr(eligibility, "examine", lambda *_: None)
    monkeypatch.setattr(allocation, "allocate", count_without_looking)
    execute("ALTER TABLE flash_items DROP CONSTRAINT ck_flash_items_units")
    yield
    db.session.rollback()
    execute(
        "TRUNCATE flash_items CASCADE",
        "ALTER TABLE flash_items ADD CONSTRAINT ck_flash_items_units"
        " CHECK (sold >= 0 AND returned >= 0 AND sold + returned <= stock)",
    )


@pytest.mark.usefixtures("unguarded")
def test_control_without_the_guards_too_many_are_sold(app: Flask) -> None:
    sale, buyers = open_sale(50, limit=LIMIT), crowd(100)
    open_the_gate(sale)
    asked = [attempt(sale.where, buyer, 2) for buyer in buyers for _ in range(2)]
    workers = [Worker(), Worker()]

    def run(worker: Worker) -> None:
        with app.app_context():
            worker.run()

    threads = [threading.Thread(target=run, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: set(asked) <= set(tickets(sale.item_id)))
    finally:
        for worker in workers:
            worker.stopping = True
        for thread in threads:
            thread.join()
    assert sold(sale.item_id) == ordered_units(sale) == 400
    assert held_at_most(sale) == 2 * LIMIT


def test_closing_draining_rebuilding_and_settling_at_once(app: Flask) -> None:
    """Whoever takes these rows takes them in one order: nobody fails, nothing is counted twice."""
    sale, buyers = open_sale(120, items=2, limit=2), crowd(60)
    for where in sale.wheres:
        for buyer in buyers[:40]:
            attempt(where, buyer, 2)
    work_through()
    order_nos = [note for item in sale.item_ids for _, note in tickets(item).values() if note]
    for where in sale.wheres:
        for buyer in buyers[40:]:
            attempt(where, buyer, 1)

    def close(some: list[str]) -> None:
        for order_no in some:
            with transaction() as session:
                assert close_unpaid(session, order_no, "expired")

    def end() -> None:
        with transaction() as session:
            session.execute(text("UPDATE flash_sessions SET ends_at = now()"))
        assert running.end_if_due(sale.session_id)
        assert running.settle(sale.session_id)

    calls: list[Callable[[], object]] = [partial(close, order_nos[n::4]) for n in range(4)]
    calls += [work_through, *[partial(rebuild, sale.session_id)] * 2, end]
    assert not [one for one in together(app, calls) if isinstance(one, Exception)]
    work_through()
    for item_id, sku_id in zip(sale.item_ids, sale.sku_ids, strict=True):
        ends = Counter(status for status, _ in tickets(item_id).values())
        assert ends["released"] == 40
        assert ends["ordered"] + ends["failed"] == 20
        assert sold(item_id) == ends["ordered"]
        assert units(sku_id) == Units(120 - ends["ordered"], reserved=ends["ordered"])
    check_invariants()
