"""A sale under way, its shoppers and their attempts, without HTTP and without staff."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, insert, select, text

from mall.flashsale.gate import GateLocation, digest_of, gate_client
from mall.flashsale.gate.scripts import ADMIT
from mall.flashsale.models import FlashItem, FlashSession, item_ref
from mall.flashsale.orders.worker import Worker
from mall.flashsale.reconciliation.rebuilding import rebuild
from mall.inventory import commands as inventory
from mall.kernel.db import db, transaction
from tests.support.orders import Buyer, make_goods

_keys = itertools.count(1)
NEW = 1


@dataclass(frozen=True)
class Sale:
    """A session with one item or more; `where` and `sku_id` are of the first."""

    session_id: int
    item_ids: tuple[int, ...]
    sku_ids: tuple[int, ...]
    wheres: tuple[GateLocation, ...]

    @property
    def item_id(self) -> int:
        return self.item_ids[0]

    @property
    def sku_id(self) -> int:
        return self.sku_ids[0]

    @property
    def where(self) -> GateLocation:
        return self.wheres[0]


def open_sale(
    stock: int = 10,
    *,
    items: int = 1,
    limit: int = 2,
    session_limit: int | None = None,
    shelf: int | None = None,
    price_fen: int = 100,
    audience: str = "all",
    splits: int = 1,
) -> Sale:
    """An armed session that has begun, its gate loaded: units of 10 yuan for `price_fen`."""
    skus = [make_goods(stock if shelf is None else shelf, 1000) for _ in range(items)]
    item_ids = []
    with transaction() as session:
        session_id = session.execute(
            insert(FlashSession)
            .values(
                name="十点场",
                kind="timed",
                starts_at=func.now() - timedelta(minutes=1),
                ends_at=func.now() + timedelta(hours=1),
                state="armed",
                armed_at=func.now(),
                limit_per_user=session_limit,
            )
            .returning(FlashSession.id)
        ).scalar_one()
        for sku_id in skus:
            item_id = session.execute(
                insert(FlashItem)
                .values(
                    session_id=session_id,
                    sku_id=sku_id,
                    price_fen=price_fen,
                    stock=stock,
                    limit_per_user=limit,
                    audience=audience,
                    splits=splits,
                )
                .returning(FlashItem.id)
            ).scalar_one()
            inventory.reserve(session, {sku_id: stock}, ref=item_ref(item_id))
            item_ids.append(item_id)
    assert rebuild(session_id)
    wheres = tuple(GateLocation(i, session_id, session_limit is not None, splits) for i in item_ids)
    return Sale(session_id, tuple(item_ids), tuple(skus), wheres)


def attempt(
    where: GateLocation,
    buyer: Buyer,
    units: int = 1,
    *,
    key: str | None = None,
    address_id: int | None = None,
) -> str:
    """What the gate answers: the ticket, or the refusal's code."""
    shard = where.shard_of(buyer.user_id)
    client = gate_client()
    address = buyer.address_id if address_id is None else address_id
    digest = digest_of(key or f"key-{next(_keys)}", b"%d/%d" % (units, address))
    said: bytes = ADMIT(
        client, shard.keys, buyer.user_id, digest, units, address, NEW, where.session_id
    )
    answer = said.decode()
    if answer[0] not in "+=":
        return answer
    return f"{where.item_id}-{shard.number}-{answer[1:]}"


def open_the_gate(sale: Sale) -> None:
    """The gate believes that there is enough for everybody, and that everybody may have it."""
    for name in ("left", "limit"):
        gate_client().hset(sale.where.shard(0).gate, name, "1000000")


def held_at_most(sale: Sale) -> int:
    """The most units that one shopper holds or bought."""
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


def end_all_sales() -> None:
    """Before tables are emptied under flash workers that live on: no gate is theirs any more."""
    with transaction() as session:
        session.execute(
            text(
                "UPDATE flash_sessions SET state = 'ended', ended_at = now(), settled_at = now()"
                " WHERE ended_at IS NULL"
            )
        )


def work_through(worker: Worker | None = None) -> int:
    """Turns of a flash worker until nothing waits; how many attempts were dealt with."""
    db.session.rollback()
    worker = worker or Worker()
    done = 0
    while count := worker.turn():
        done += count
    return done


def tickets(item_id: int) -> dict[str, tuple[str, str | None]]:
    """Status, and order number or reason, of every ticket that ended."""
    with transaction() as session:
        rows = session.execute(
            text(
                "SELECT t.ticket, t.status, coalesce(o.order_no, t.reason) AS note"
                " FROM flash_tickets t LEFT JOIN orders o ON o.id = t.order_id"
                " WHERE t.item_id = :id"
            ),
            {"id": item_id},
        )
        return {row.ticket: (row.status, row.note) for row in rows}


def sold(item_id: int) -> int:
    """Units that orders hold or bought."""
    with transaction() as session:
        return session.execute(select(FlashItem.sold).where(FlashItem.id == item_id)).scalar_one()


def held(item_id: int, user_id: int) -> int:
    """Units that count against a shopper's limit."""
    with transaction() as session:
        found = session.scalar(
            text("SELECT units FROM flash_shoppers WHERE item_id = :item AND user_id = :user"),
            {"item": item_id, "user": user_id},
        )
        return int(found or 0)
