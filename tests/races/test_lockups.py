"""Lock-ups that race: the rest of a budget, a shopper's limit, an early exit against the end."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import literal_column, select, text, update
from sqlalchemy.orm import Session

from mall.kernel.db import transaction
from mall.kernel.ledger import Reason
from mall.points.ledger import holding
from mall.points.ledger.posting import post
from mall.points.lockups import locking
from mall.points.lockups.ending import exit_early, mature_batch
from mall.points.lockups.models import Lockup, LockupCount, LockupOffer
from tests.support.invariants import check_invariants, rows_of
from tests.support.lockups import budget_of, lock_points, make_offer
from tests.support.points import figures, give
from tests.support.races import Rendezvous, execute, slow_writes, together, without
from tests.support.users import make_shopper

MANY = 6


def names(outcomes: list[Any]) -> dict[str, int]:
    found = [getattr(one, "code", type(one).__name__) for one in outcomes]
    return {name: found.count(name) for name in sorted(set(found))}


def the_rest_of_a_budget(app: Flask) -> tuple[dict[str, int], int]:
    """Shoppers want 5 points of gain each, 12 are left: how it went, what is promised."""
    offer_id = make_offer(budget=12)
    shoppers = [make_shopper()[0] for _ in range(MANY)]
    for user_id in shoppers:
        give(user_id, 100)
    calls = [partial(lock_points, user_id, offer_id, 100) for user_id in shoppers]
    with slow_writes("lockup_offers", of="UPDATE", seconds=0.05):
        outcomes = together(app, calls)
    return names(outcomes), budget_of(offer_id)[0]


def test_the_rest_of_a_budget_is_promised_once(app: Flask) -> None:
    assert the_rest_of_a_budget(app) == ({"int": 2, "lockup_budget_spent": MANY - 2}, 10)
    check_invariants()


def test_control_a_budget_that_is_read_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody_has_read = Rendezvous(MANY)

    def careless(session: Session, offer_id: int, points: int) -> Any:
        offer = session.scalar(select(LockupOffer).where(LockupOffer.id == offer_id))
        assert offer is not None
        assert offer.promised + 5 <= offer.budget
        everybody_has_read()
        return session.execute(
            update(LockupOffer)
            .where(LockupOffer.id == offer_id)
            .values(promised=LockupOffer.promised + 5)
            .returning(LockupOffer.days, LockupOffer.per_shopper, literal_column("5").label("gain"))
            .execution_options(synchronize_session=False)
        ).one()

    monkeypatch.setattr(locking, "_reserve", careless)
    table = "ALTER TABLE lockup_offers"
    with without(
        f"{table} DROP CONSTRAINT ck_lockup_offers_budget",
        f"{table} ADD CONSTRAINT ck_lockup_offers_budget"
        " CHECK (promised >= 0 AND paid >= 0 AND promised + paid <= budget)",
        table="lockup_offers",
    ):
        outcomes, promised = the_rest_of_a_budget(app)
        assert (outcomes, promised) == ({"int": MANY}, 5 * MANY)
        assert rows_of("I42b")


def up_to_the_limit(app: Flask) -> dict[str, int]:
    """One shopper locks many times at once by an offer that allows two."""
    user_id, offer_id = make_shopper()[0], make_offer(per_shopper=2)
    give(user_id, 1_000)
    return names(together(app, [partial(lock_points, user_id, offer_id, 100)] * MANY))


def test_a_shopper_s_limit_is_exact(app: Flask) -> None:
    assert up_to_the_limit(app) == {"int": 2, "lockup_limit": MANY - 2}
    check_invariants()


def test_control_a_limit_that_is_read_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody_has_read = Rendezvous(MANY)
    reserving, counting = locking._reserve, str(locking._COUNT)
    condition = "WHERE lockup_counts.locks < :per_shopper"
    assert condition in counting

    def careless(session: Session, offer_id: int, points: int) -> Any:
        locks = session.scalar(select(LockupCount.locks))
        everybody_has_read()
        assert (locks or 0) < 2
        return reserving(session, offer_id, points)

    monkeypatch.setattr(locking, "_reserve", careless)
    monkeypatch.setattr(locking, "_COUNT", text(counting.replace(condition, "")))
    assert up_to_the_limit(app) == {"int": MANY}
    assert rows_of("I42c")


def soon_over(user_id: int) -> tuple[int, int]:
    """An offer, and a lock whose time comes in a moment."""
    give(user_id, 100)
    offer_id = make_offer()
    lockup_id = lock_points(user_id, offer_id, 100)
    execute("UPDATE lockups SET matures_at = clock_timestamp() + interval '40 milliseconds'")
    return offer_id, lockup_id


def end_until_over(app: Flask, calls: list[Any]) -> list[Any]:
    """All calls at once, until the lock has ended."""
    found: list[Any] = []
    while not any(one in (None, 1) for one in found):
        found += together(app, calls)
    return found


@pytest.mark.parametrize("_time", range(3))
def test_an_early_exit_against_the_end(app: Flask, _time: int) -> None:
    user_id = make_shopper()[0]
    offer_id, lockup_id = soon_over(user_id)
    exits = [partial(exit_early, user_id, lockup_id)] * 3
    with slow_writes("lockups", of="UPDATE", seconds=0.03):
        found = end_until_over(app, [*exits, *[partial(mature_batch, set())] * 2])
    exited, matured = found.count(None), found.count(1)
    assert exited + matured == 1
    assert figures(user_id) == (100 + 5 * matured, 0, 0, 0)
    assert budget_of(offer_id) == (0, 5 * matured)
    check_invariants()


def test_control_ends_that_only_look(app: Flask) -> None:
    user_id = make_shopper()[0]
    offer_id, lockup_id = soon_over(user_id)
    everybody_has_looked = Rendezvous(3)

    def careless(number: int) -> None:
        with transaction() as session:
            status = session.scalar(select(Lockup.status).where(Lockup.id == lockup_id))
            everybody_has_looked()
            assert status == "running"
            session.execute(
                update(LockupOffer)
                .where(LockupOffer.id == offer_id)
                .values(promised=LockupOffer.promised - 5, paid=LockupOffer.paid + 5)
                .execution_options(synchronize_session=False)
            )
            holding.release(session, f"lockup:{lockup_id}")
            post(session, user_id, Reason("lock_gain", f"lockup:{lockup_id}:{number}"), 5)

    with without(
        "ALTER TABLE lockup_offers DROP CONSTRAINT ck_lockup_offers_budget",
        "ALTER TABLE lockup_offers ADD CONSTRAINT ck_lockup_offers_budget"
        " CHECK (promised >= 0 AND paid >= 0 AND promised + paid <= budget)",
        table="lockup_offers",
    ):
        together(app, [partial(careless, number) for number in range(3)])
        assert figures(user_id) == (115, 0, 0, 0)
        assert rows_of("I42a")
        assert rows_of("I42b")
