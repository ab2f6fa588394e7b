"""I12 is asked of Redis: what lasts is told, what is only on its way isn't."""

from __future__ import annotations

import threading

import pytest
from flask import Flask

from mall.doctor.checking import Outcome, check_all
from mall.flashsale import gate_invariants as gates
from mall.flashsale.gate import drop, gate_client
from tests.support.flash_orders import attempt, open_sale, work_through
from tests.support.orders import make_buyer


@pytest.fixture(autouse=True)
def _a_short_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "A_MOMENT_S", 0.2)


def broken_gates() -> list[Outcome]:
    """What the two invariants of the gates find."""
    return [one for one in check_all() if one.invariant in gates.INVARIANTS and not one.holds]


def test_a_sale_in_order(app: Flask) -> None:
    assert not broken_gates()
    sale = open_sale()
    attempt(sale.where, make_buyer())
    assert not broken_gates()
    work_through()
    assert not broken_gates()


def test_units_that_redis_has_lost(app: Flask) -> None:
    sale = open_sale(10)
    gate_client().hincrby(sale.where.shard(0).gate, "left", -3)
    [broken] = broken_gates()
    assert broken.invariant.code == "I12"
    assert broken.rows[0] == {"item_id": sale.item_id, "unsold": 10, "left": 7, "queued": 0}


def test_a_gate_that_is_missing(app: Flask) -> None:
    sale = open_sale(10)
    drop(sale.where)
    [broken] = broken_gates()
    assert broken.rows[0] == {
        "item_id": sale.item_id,
        "unsold": 10,
        "gate": "missing or unreachable",
    }


def test_a_difference_that_passes(app: Flask) -> None:
    gate = open_sale(10).where.shard(0).gate
    client = gate_client()
    client.hincrby(gate, "left", -1)
    healed = threading.Timer(0.05, client.hincrby, (gate, "left", 1))
    healed.start()
    assert not broken_gates()
    healed.join()


def test_a_attempt_that_nobody_deals_with(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    sale = open_sale(10)
    attempt(sale.where, make_buyer())
    assert not broken_gates()
    monkeypatch.setattr(gates, "BOUND_S", -1.0)
    [broken] = broken_gates()
    assert (broken.invariant.code, broken.rows[0]["item_id"]) == ("I11h", sale.item_id)
    monkeypatch.setattr(gates, "BOUND_S", 0.0)
    work_through()
    assert not broken_gates()
