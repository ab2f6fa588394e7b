"""Admitted attempts become orders, or are refused by PostgreSQL; a batch is all or nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from mall.flashsale import metrics
from mall.flashsale.gate import GateLocation, figures, gate_client, unpack
from mall.flashsale.orders import allocation
from mall.flashsale.orders import worker as worker_module
from mall.flashsale.orders.allocation import AllocationConflict
from mall.flashsale.orders.worker import Worker
from mall.flashsale.planning import running
from mall.flashsale.reconciliation.live import live_items
from mall.flashsale.reconciliation.reconciling import differences
from mall.kernel.db import db, transaction
from tests.support.flash_orders import Sale, attempt, held, open_sale, sold, tickets, work_through
from tests.support.invariants import check_invariants
from tests.support.inventory import Units, units
from tests.support.orders import history_of, lines_of, make_buyer, order_of, pay


def execute(sql: str, **values: object) -> None:
    with transaction() as session:
        session.execute(text(sql), values)


def record(where: GateLocation, user_id: int) -> list[tuple[str, str]]:
    """State and note of a shopper's tickets at the gate."""
    found = gate_client().hget(where.shard_of(user_id).held, str(user_id))
    assert isinstance(found, bytes)
    return [(one.state, one.note) for one in unpack(found)]


def refusal(sale: Sale, ticket: str) -> str | None:
    work_through()
    status, reason = tickets(sale.item_id)[ticket]
    assert status == "failed"
    assert not differences(), "the gate has the units back"
    check_invariants()
    return reason


def test_a_attempt_becomes_an_order(app: Flask) -> None:
    sale, buyer = open_sale(10, shelf=12), make_buyer()
    ticket = attempt(sale.where, buyer, 2)
    assert work_through() == 1
    [(status, order_no)] = tickets(sale.item_id).values()
    assert status == "ordered"
    assert order_no is not None
    order = order_of(order_no)
    assert (order.status, order.user_id) == ("unpaid", buyer.user_id)
    assert (order.goods_fen, order.discount_fen, order.freight_fen) == (2000, 1800, 1000)
    assert (order.expires_at - order.created_at).total_seconds() == pytest.approx(300, abs=2)
    [line] = lines_of(order_no)
    assert (line.sku_id, line.quantity, line.payable_fen) == (sale.sku_id, 2, 200)
    assert history_of(order_no) == [(None, "unpaid")]
    assert units(sale.sku_id) == Units(2, reserved=10)
    assert (sold(sale.item_id), held(sale.item_id, buyer.user_id)) == (2, 2)
    assert record(sale.where, buyer.user_id) == [("ordered", order_no)]
    assert gate_client().xlen(sale.where.shard(0).stream) == 0
    assert ticket in tickets(sale.item_id)
    assert not differences()
    check_invariants()
    pay(order_no)
    assert units(sale.sku_id) == Units(2, reserved=8, sold=2)


def test_another_shoppers_address_is_none(app: Flask) -> None:
    sale, buyer = open_sale(), make_buyer()
    ticket = attempt(sale.where, buyer, address_id=make_buyer().address_id)
    assert refusal(sale, ticket) == "address_missing"


def test_a_batch_of_many(app: Flask) -> None:
    sale = open_sale(100, items=3)
    buyers = [make_buyer() for _ in range(30)]
    for buyer in buyers:
        for where in sale.wheres:
            assert attempt(where, buyer).startswith(f"{where.item_id}-")
    assert work_through() == 90
    for item_id in sale.item_ids:
        assert sold(item_id) == 30
        assert Counter(status for status, _ in tickets(item_id).values()) == {"ordered": 30}
    assert not differences()
    check_invariants()


def test_entries_that_come_again_are_dealt_with_once(app: Flask) -> None:
    sale, buyer = open_sale(), make_buyer()
    attempt(sale.where, buyer)
    shard = sale.where.shard(0)
    client: Any = gate_client()
    [(entry_id, fields)] = client.xrange(shard.stream)
    work_through()
    client.xadd(shard.stream, fields, id=f"{int(entry_id.split(b'-')[0]) + 1}-0")
    assert work_through() == 1
    assert sold(sale.item_id) == 1
    assert len(tickets(sale.item_id)) == 1
    assert record(sale.where, buyer.user_id)[0][0] == "ordered"
    assert not differences()


def test_the_same_attempt_let_in_twice_by_a_gate_that_was_lost(app: Flask) -> None:
    sale, buyer = open_sale(), make_buyer()
    first = attempt(sale.where, buyer, key="one")
    client: Any = gate_client()
    [(_, fields)] = client.xrange(sale.where.shard(0).stream)
    second = {**fields, b"s": b"7"}
    client.xadd(sale.where.shard(0).stream, second)
    assert work_through() == 2
    assert list(tickets(sale.item_id)) == [first]
    assert sold(sale.item_id) == 1
    check_invariants()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE users SET blocked_at = now() WHERE id = :user", "not_eligible"),
        ("UPDATE users SET risk_rank = 4 WHERE id = :user", "not_eligible"),
        ("DELETE FROM user_tokens WHERE user_id = :user", "not_eligible"),
        ("DELETE FROM addresses WHERE user_id = :user", "address_missing"),
        ("UPDATE spus SET on_shelf = false", "off_shelf"),
        ("UPDATE flash_items SET stock = 1", "sold_out"),
        (
            "INSERT INTO flash_shoppers SELECT id, :user, 1 FROM flash_items",
            "limit_reached",
        ),
        (
            "UPDATE flash_sessions SET state = 'aborted', ended_at = now(), abort_paid = 'keep'",
            "aborted",
        ),
        (
            "UPDATE flash_sessions SET state = 'ended', ended_at = now(), settled_at = now()",
            "ended",
        ),
    ],
)
def test_what_postgresql_refuses(
    app: Flask, change: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has seen the sale before it changed, and doesn't look again meanwhile."""
    for often in ("LIVE_S", "RECONCILE_S"):
        monkeypatch.setattr(worker_module, often, 600.0)
    sale, buyer, worker = open_sale(), make_buyer(), Worker()
    assert worker.turn() == 0
    ticket = attempt(sale.where, buyer, 2)
    execute(change, **({"user": buyer.user_id} if ":user" in change else {}))
    assert worker.turn() == 1
    assert tickets(sale.item_id) == {ticket: ("failed", reason)}
    [part] = figures(sale.where)
    assert part is not None
    assert (part.left, part.queued) == (10, 0)
    assert sold(sale.item_id) == 0
    assert record(sale.where, buyer.user_id) == [("failed", reason)]


def test_a_risk_below_the_bound_is_let_pass(app: Flask) -> None:
    sale, buyer = open_sale(), make_buyer()
    execute("UPDATE users SET risk_rank = 3")
    attempt(sale.where, buyer)
    work_through()
    assert sold(sale.item_id) == 1


def test_new_customers_only(app: Flask) -> None:
    sale, old, new = open_sale(audience="new_customers"), make_buyer(), make_buyer()
    other = open_sale()
    attempt(other.where, old)
    work_through()
    [(_, order_no)] = tickets(other.item_id).values()
    assert order_no is not None
    pay(order_no)
    late, early = attempt(sale.where, old), attempt(sale.where, new)
    work_through()
    assert tickets(sale.item_id)[late] == ("failed", "not_eligible")
    assert tickets(sale.item_id)[early][0] == "ordered"


def test_a_limit_over_the_session(app: Flask) -> None:
    """The gate is made to forget it, so PostgreSQL alone must know."""
    sale, buyer = open_sale(items=3, limit=2, session_limit=3), make_buyer()
    key = sale.where.shard(0).session_held
    assert key is not None
    for where in sale.wheres:
        assert attempt(where, buyer, 2).startswith(str(where.item_id))
        gate_client().delete(key)
    work_through()
    ends = [status for item in sale.item_ids for status, _ in tickets(item).values()]
    assert Counter(ends) == {"ordered": 1, "failed": 2}
    check_invariants()


def test_a_guard_that_is_missed_is_decided_again(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale, buyer = open_sale(), make_buyer()
    ticket = attempt(sale.where, buyer)
    real, calls = allocation.allocate, list[object]()

    def once(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 1:
            raise AllocationConflict
        real(*args)

    monkeypatch.setattr(allocation, "allocate", once)
    work_through()
    assert tickets(sale.item_id)[ticket][0] == "ordered"
    assert len(calls) == 2


def test_one_attempt_that_cannot_be_dealt_with_fails_alone(app: Flask) -> None:
    sale = open_sale(20)
    buyers = [make_buyer() for _ in range(5)]
    asked = [attempt(sale.where, buyer) for buyer in buyers]
    execute(
        "UPDATE addresses SET contact_sealed = '\\x00' WHERE user_id = :user",
        user=buyers[2].user_id,
    )
    assert work_through() == 5
    ends = tickets(sale.item_id)
    assert [ends[ticket][0] for ticket in asked] == ["ordered"] * 2 + ["failed"] + ["ordered"] * 2
    assert ends[asked[2]][1] == "error"
    assert not differences()
    check_invariants()


def test_split_items(app: Flask) -> None:
    sale = open_sale(40, splits=4)
    asked = [attempt(sale.where, make_buyer(), 2) for _ in range(12)]
    work_through()
    assert all(tickets(sale.item_id)[ticket][0] == "ordered" for ticket in asked)
    assert sold(sale.item_id) == 24
    assert not differences()
    with transaction() as session:
        [item] = live_items(session)
    assert item.left == 16
    check_invariants()
    db.session.rollback()


def test_who_was_let_in_before_a_pause_gets_an_order(app: Flask) -> None:
    sale, buyer = open_sale(), make_buyer()
    ticket = attempt(sale.where, buyer)
    execute("UPDATE flash_sessions SET state = 'paused'")
    work_through()
    assert tickets(sale.item_id)[ticket][0] == "ordered"


def test_who_still_waits_when_the_rest_went_back_to_the_shelf_is_told(app: Flask) -> None:
    sale, buyer = open_sale(10), make_buyer()
    ticket = attempt(sale.where, buyer, 2)
    execute("UPDATE flash_sessions SET ends_at = now()")
    assert running.end_if_due(sale.session_id)
    assert running.settle(sale.session_id)
    work_through()
    assert tickets(sale.item_id)[ticket] == ("failed", "ended")
    assert record(sale.where, buyer.user_id) == [("failed", "ended")]
    assert units(sale.sku_id) == Units(10)
    check_invariants()


def test_a_price_below_the_flash_price_is_the_buyers(app: Flask) -> None:
    sale, buyer = open_sale(price_fen=900), make_buyer()
    execute("UPDATE skus SET price_fen = 500")
    attempt(sale.where, buyer, 2)
    work_through()
    [(_, order_no)] = tickets(sale.item_id).values()
    assert order_no is not None
    order = order_of(order_no)
    assert (order.goods_fen, order.discount_fen) == (1000, 0)


def counted(end: str) -> float:
    (family,) = metrics.TICKETS.collect()
    return sum(
        one.value
        for one in family.samples
        if one.labels == {"end": end} and one.name.endswith("_total")
    )


def test_a_batch_is_counted_by_how_its_tickets_end(app: Flask) -> None:
    sale, shy = open_sale(3, limit=1), make_buyer()
    execute("UPDATE users SET blocked_at = now() WHERE id = :user", user=shy.user_id)
    ends = ("ordered", "not_eligible")
    before = [counted(end) for end in ends]
    for buyer in (make_buyer(), shy, make_buyer()):
        attempt(sale.where, buyer)
    work_through()
    after = [counted(end) for end in ends]
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 1]
