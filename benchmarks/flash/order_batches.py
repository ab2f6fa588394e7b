"""From admitted attempts to orders: one flash worker against a transaction an order by the ORM."""

from __future__ import annotations

import secrets
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import TypeVar

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, make_transient

from benchmarks.flash.bench import Bench
from benchmarks.flash.servers import Tier
from benchmarks.report import Row, at_least, exactly
from benchmarks.stack import ROOT
from mall.catalog.models import Sku, Spu
from mall.flashsale import gate
from mall.flashsale.gate.scripts import ADMIT
from mall.flashsale.models import FlashItem, FlashShopper, FlashTicket, ticket_ref
from mall.flashsale.orders.worker import Worker
from mall.flashsale.planning import running, sessions
from mall.flashsale.planning.schemas import FlashItemInput, FlashSessionInput
from mall.inventory.commands import receive
from mall.inventory.models import StockMovement
from mall.kernel.db import Identified, db, transaction
from mall.kernel.events import publish
from mall.orders.events import OrderPlaced
from mall.orders.lines import stock_ref
from mall.orders.models import Order, OrderAdjustment, OrderLine, OrderTransition
from mall.orders.numbers import draw_order_no
from mall.users.addresses import AddressData, add_address
from mall.users.contacts import Contact
from mall.users.models import Address, User

Kept = TypeVar("Kept", bound=Identified)
BATCHED, ONE_BY_ONE = 4_000, 150

_SHOPPERS = """
WITH made AS (
    INSERT INTO users (appid, openid)
    SELECT :appid, 'bench-' || n FROM generate_series(1, :number) n RETURNING id
), logins AS (
    INSERT INTO user_tokens (user_id, token_hash, expires_at)
    SELECT id, sha256(int8send(id)), now() + interval '1 day' FROM made
)
SELECT id FROM made ORDER BY id
"""
_ADDRESSES = """
INSERT INTO addresses (user_id, region_code, region_names, contact_sealed)
SELECT u.id, a.region_code, a.region_names, a.contact_sealed
FROM unnest(CAST(:users AS bigint[])) AS u(id), addresses a
WHERE a.id = :like AND u.id <> a.user_id
RETURNING user_id, id
"""


def measure(bench: Bench) -> list[Row]:
    """Orders a second, medians of the rounds; each round is of new shoppers."""
    app = bench.tier.app
    _demo(bench.tier)
    with app.app_context():
        sku_id = _goods(bench.rounds)
        session_id, item_id = _sale(sku_id, bench.rounds)
        batched, single, orders = [], [], 0
        for _ in range(bench.rounds):
            shoppers = _shoppers(app, BATCHED + ONE_BY_ONE)
            entries = _attempt(session_id, item_id, shoppers[:BATCHED])
            seconds, done = _drained(BATCHED)
            orders += done
            batched.append(entries / seconds)
            single.append(ONE_BY_ONE / _one_by_one(item_id, sku_id, shoppers[BATCHED:]))
        db.session.remove()
    rate, rival = median(batched), median(single)
    wanted = BATCHED * bench.rounds
    return [
        Row("orders persisted by one flash worker", rate, "1/s"),
        Row("the same rows, a transaction an order by the ORM", rival, "1/s"),
        at_least("flash worker ÷ one by one", rate / rival, "ratio", 25),
        exactly("tickets that became no order", wanted - orders, "tickets", 0),
    ]


def _demo(tier: Tier) -> None:
    subprocess.run(
        [sys.executable, "-m", "mall", "demo", "load"],
        cwd=ROOT,
        env=tier.environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _goods(rounds: int) -> int:
    """A SKU on the shelf that no demo sale has."""
    with transaction() as session:
        busy = select(FlashItem.sku_id)
        sku_id = session.scalars(
            select(Sku.id)
            .join(Spu, Spu.id == Sku.spu_id)
            .where(Sku.enabled, Spu.on_shelf, Sku.id.not_in(busy), Sku.price_fen > 1000)
            .order_by(Sku.id.desc())
            .limit(1)
        ).one()
        receive(session, sku_id, 10_000 * rounds, reason="benchmark", ref="benchmark-flash")
        return sku_id


def _sale(sku_id: int, rounds: int) -> tuple[int, int]:
    starts_at = datetime.now(UTC) - timedelta(minutes=1)
    terms = {
        "name": "bench",
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + timedelta(hours=2)).isoformat(),
    }
    session_id = sessions.create_session(**FlashSessionInput().load(terms))
    item = {"sku_id": str(sku_id), "price_fen": 100, "stock": 9_000 * rounds, "limit_per_user": 2}
    item_id = sessions.add_item(session_id, **FlashItemInput().load(item))
    running.arm(session_id)
    return session_id, item_id


def _shoppers(app: Flask, number: int) -> list[tuple[int, int]]:
    """New shoppers, logged in, each with an address like that of the demo's."""
    with transaction() as session:
        appid = f"bench{secrets.token_hex(4)}"
        users = list(session.scalars(text(_SHOPPERS), {"appid": appid, "number": number}))
        region = session.scalar(text("SELECT code FROM regions WHERE level = 3 LIMIT 1"))
        contact = Contact("测试", "13800138000", "某路 1 号")
        like = add_address(users[0], AddressData(contact, str(region), is_default=False))
        rows = session.execute(text(_ADDRESSES), {"users": users, "like": like})
        return [(users[0], like), *((row.user_id, row.id) for row in rows)]


def _attempt(session_id: int, item_id: int, shoppers: list[tuple[int, int]]) -> int:
    """Let them in at the gate, as the web would."""
    client = gate.gate_client()
    where = gate.GateLocation(item_id, session_id, session_limited=False)
    (shard,) = where.parts
    client.script_load(ADMIT.text)
    with client.pipeline(transaction=False) as pipe:
        for user_id, address_id in shoppers:
            digest = secrets.token_bytes(12)
            args = (user_id, digest, 1, address_id, 0, session_id)
            pipe.evalsha(ADMIT.sha, len(shard.keys), *shard.keys, *args)
        answers = pipe.execute()
    if not all(said.startswith(b"+") for said in answers):
        raise RuntimeError(f"not everybody got in: {answers[-1]}")
    return len(answers)


def _drained(expected: int) -> tuple[float, int]:
    """Seconds that one worker takes to settle what waits, and the orders that it wrote."""
    worker = Worker()
    with transaction() as session:
        before = session.scalar(select(func.count()).select_from(Order))
    done, started = 0, perf_counter()
    while done < expected:
        done += worker.turn()
    seconds = perf_counter() - started
    with transaction() as session:
        after = session.scalar(select(func.count()).select_from(Order))
    return seconds, int(after or 0) - int(before or 0)


def _one_by_one(item_id: int, sku_id: int, shoppers: list[tuple[int, int]]) -> float:
    """Seconds for the same rows by the ORM's unit of work, a transaction an order."""
    started = perf_counter()
    for user_id, address_id in shoppers:
        with transaction() as session:
            _order(session, item_id, sku_id, user_id, address_id)
        db.session.expunge_all()
    return perf_counter() - started


def _order(session: Session, item_id: int, sku_id: int, user_id: int, address_id: int) -> None:
    """What the worker does for an attempt, told to the ORM; the rows are copied from an order
    that the worker wrote, so pricing costs nothing here."""
    item = session.scalars(select(FlashItem).where(FlashItem.id == item_id).with_for_update()).one()
    user, address = session.get_one(User, user_id), session.get_one(Address, address_id)
    sku = session.get_one(Sku, sku_id)
    held = session.get(FlashShopper, (item_id, user_id))
    if user.blocked_at or item.sold >= item.stock or (held and held.units >= item.limit_per_user):
        raise RuntimeError("refused")
    like = session.scalars(select(Order).order_by(Order.id).limit(1)).one()
    parts: list[OrderLine | OrderAdjustment | OrderTransition] = []
    for kind in (OrderLine, OrderAdjustment, OrderTransition):
        parts += session.scalars(select(kind).where(kind.order_id == like.id))
    order = _copied(session, like)
    order.order_no, order.user_id, order.region_code = draw_order_no(), user_id, address.region_code
    session.add(order)
    session.flush()
    for part in parts:
        fresh = _copied(session, part)
        fresh.order_id = order.id
        session.add(fresh)
    item.sold += 1
    ticket = f"{item_id}-0-999999-{order.id}"
    session.add(FlashShopper(item_id=item_id, user_id=user_id, units=1))
    session.add(
        FlashTicket(
            **{"ticket": ticket, "item_id": item_id, "user_id": user_id, "units": 1},
            **{"key_digest": secrets.token_bytes(12), "status": "ordered", "order_id": order.id},
        )
    )
    for ref, units in ((ticket_ref(ticket), -1), (stock_ref(order.order_no), 1)):
        session.add(
            StockMovement(
                **{"sku_id": sku.id, "kind": "release" if units < 0 else "reserve", "ref": ref},
                **{"sellable_delta": -units, "reserved_delta": units, "sold_delta": 0},
            )
        )
    publish(session, OrderPlaced(order.order_no, user_id))


def _copied(session: Session, row: Kept) -> Kept:
    """A new row like this one."""
    session.expunge(row)
    make_transient(row)
    row.id = None  # type: ignore[assignment]
    return row
