"""Flash workers at once: without the guards of PostgreSQL, and while a sale ends."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.flashsale.gate import Entry
from mall.flashsale.orders import allocation, eligibility
from mall.flashsale.orders.eligibility import LockedItem
from mall.flashsale.orders.worker import Worker
from mall.flashsale.planning import running
from mall.flashsale.reconciliation.rebuilding import rebuild
from mall.kernel.db import db, transaction
from mall.orders.closing import close_unpaid
from tests.support.flash_load import crowd
from tests.support.flash_orders import (
    attempt,
    held_at_most,
    open_sale,
    open_the_gate,
    ordered_units,
    sold,
    tickets,
    work_through,
)
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.races import execute, together
from tests.support.waiting import eventually

LIMIT = 2


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
