"""The gate is brought back to what PostgreSQL and the stream say, however it was lost."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.flashsale.gate import Figures, drop, figures, gate_client, set_state, unpack
from mall.flashsale.orders.worker import Worker
from mall.flashsale.reconciliation import reconciling
from mall.flashsale.reconciliation.live import live_items
from mall.flashsale.reconciliation.rebuilding import rebuild
from mall.flashsale.reconciliation.reconciling import Reconciler, differences
from mall.kernel.db import transaction
from tests.support.flash_orders import Sale, attempt, open_sale, sold, tickets, work_through
from tests.support.orders import make_buyer


def figure(sale: Sale, part: int = 0) -> Figures:
    found = figures(sale.where)[part]
    assert found is not None
    return found


def counts(sale: Sale) -> tuple[int, int]:
    """Left, and queued."""
    return figure(sale).left, figure(sale).queued


def epoch_of(sale: Sale) -> int:
    with transaction() as session:
        return int(
            session.scalar(
                text("SELECT epoch FROM flash_sessions WHERE id = :id"), {"id": sale.session_id}
            )
            or 0
        )


def test_all_is_well(app: Flask) -> None:
    sale = open_sale()
    attempt(sale.where, make_buyer())
    assert Reconciler().run() == []
    assert figure(sale).epoch == epoch_of(sale) == 1


def test_a_gate_that_is_gone(app: Flask) -> None:
    """FLUSHALL: what was ordered is known to PostgreSQL, what waited is lost, nothing more."""
    sale, one, other = open_sale(10), make_buyer(), make_buyer()
    attempt(sale.where, one, 2, key="first")
    work_through()
    [(ticket, (_, order_no))] = tickets(sale.item_id).items()
    attempt(sale.where, other, 2)
    gate_client().flushall()
    assert attempt(sale.where, other) == "gate_closed"
    assert Reconciler().run() == [sale.session_id]
    assert counts(sale) == (8, 0)
    assert figure(sale).epoch == 2
    assert attempt(sale.where, one) == "limit_reached"
    assert attempt(sale.where, one, 2, key="first") == ticket, "the same attempt, the same ticket"
    found = gate_client().hget(sale.where.shard(0).held, str(one.user_id))
    assert isinstance(found, bytes)
    assert [held.note for held in unpack(found)] == [order_no]
    assert attempt(sale.where, other, 2).split("-")[2:] == ["2", "1"]
    work_through()
    assert sold(sale.item_id) == 4
    assert not differences()


def test_attempts_that_wait_are_kept(app: Flask) -> None:
    sale, buyer = open_sale(10), make_buyer()
    asked = [attempt(sale.where, make_buyer(), 2) for _ in range(3)]
    mine = attempt(sale.where, buyer, key="mine")
    gate_client().delete(sale.where.shard(0).gate, sale.where.shard(0).held)
    assert Reconciler().run() == [sale.session_id]
    assert counts(sale) == (3, 7)
    assert attempt(sale.where, buyer, key="mine") == mine
    work_through()
    assert counts(sale) == (3, 0)
    assert {tickets(sale.item_id)[ticket][0] for ticket in [*asked, mine]} == {"ordered"}
    assert not differences()


def test_what_a_dead_worker_had_committed_is_no_longer_waiting(app: Flask) -> None:
    """It died before it told the gate: the entry is in the stream, the order in PostgreSQL."""
    sale = open_sale(10)
    attempt(sale.where, make_buyer(), 2)
    client: Any = gate_client()
    [(entry_id, fields)] = client.xrange(sale.where.shard(0).stream)
    work_through()
    client.xadd(sale.where.shard(0).stream, fields, id=f"{int(entry_id.split(b'-')[0]) + 1}-0")
    drop_gate_only(sale)
    Reconciler().run()
    assert counts(sale) == (8, 0)
    work_through()
    assert counts(sale) == (8, 0)
    assert sold(sale.item_id) == 2


def drop_gate_only(sale: Sale) -> None:
    gate_client().delete(sale.where.shard(0).gate)


def test_another_server(app: Flask) -> None:
    """A restart or a restored copy has another run id: never trusted, whatever it says."""
    sale = open_sale(10)
    gate_client().hset(sale.where.shard(0).gate, mapping={"run": "x" * 40, "left": 500})
    assert Reconciler().run() == [sale.session_id]
    assert counts(sale) == (10, 0)


def test_an_older_epoch_and_a_rebuild_that_stopped_half_way(app: Flask) -> None:
    sale = open_sale(10)
    with transaction() as session:
        session.execute(text("UPDATE flash_sessions SET epoch = epoch + 1"))
    assert Reconciler().run() == [sale.session_id]
    set_state(sale.where, "closed")
    assert Reconciler().run() == [sale.session_id]
    assert figure(sale).state == "open"
    assert figure(sale).epoch == epoch_of(sale) == 4


def test_a_difference_must_last(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sale, watch = open_sale(10), Reconciler()
    gate_client().hincrby(sale.where.shard(0).gate, "left", -3)
    assert watch.run() == []
    assert watch.since
    gate_client().hincrby(sale.where.shard(0).gate, "left", 3)
    assert watch.run() == []
    assert not watch.since
    gate_client().hincrby(sale.where.shard(0).gate, "left", -3)
    monkeypatch.setattr(reconciling, "LASTING_S", -1.0)
    assert watch.run() == [sale.session_id]
    assert counts(sale) == (10, 0)
    assert not differences()


def test_pausing_is_kept(app: Flask) -> None:
    sale = open_sale(10)
    with transaction() as session:
        session.execute(text("UPDATE flash_sessions SET state = 'paused'"))
    assert Reconciler().run() == []
    assert figure(sale).state == "paused", "a step that didn't reach the gate"
    drop(sale.where)
    assert Reconciler().run() == [sale.session_id]
    assert figure(sale).state == "paused"


def test_sales_that_are_over_are_not_opened_again(app: Flask) -> None:
    sale = open_sale(10)
    drop(sale.where)
    with transaction() as session:
        session.execute(text("UPDATE flash_sessions SET state = 'ended', ended_at = now()"))
    assert Reconciler().run() == []
    assert not rebuild(sale.session_id)
    assert figures(sale.where) == (None,)


def test_a_sale_that_ends_while_we_look_is_not_opened_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = open_sale(10)
    with transaction() as session:
        [seen] = live_items(session)
        session.execute(text("UPDATE flash_sessions SET state = 'ended', ended_at = now()"))
    set_state(sale.where, "ended")
    monkeypatch.setattr(reconciling, "live_items", lambda _: [seen])
    assert Reconciler().run() == []
    assert figure(sale).state == "ended"


def test_limits_over_a_session_and_split_items(app: Flask) -> None:
    limited, split = open_sale(10, items=2, session_limit=2), open_sale(40, splits=4)
    buyer = make_buyer()
    attempt(limited.wheres[0], buyer)
    attempt(limited.wheres[1], buyer)
    held = [make_buyer() for _ in range(6)]
    for one in held:
        attempt(split.where, one, 2)
    work_through()
    gate_client().flushall()
    assert sorted(Reconciler().run()) == sorted([limited.session_id, split.session_id])
    assert attempt(limited.wheres[0], buyer) == "limit_reached"
    assert attempt(split.where, held[0]) == "limit_reached"
    assert sum(part.left for part in figures(split.where) if part) == 28
    assert not differences()


def test_a_worker_looks_after_the_gates_by_itself(app: Flask) -> None:
    sale = open_sale(10)
    gate_client().flushall()
    Worker().turn()
    assert figure(sale).state == "open"
    reconciling.reconcile()
    assert figure(sale).epoch == epoch_of(sale) == 2
