"""What an attempt would cost without a gate: the naive route, and the best single statement.

Both know stock, a limit a shopper and one order a key; neither checks a purchase token, keeps
limits against robots, logs or counts.
"""

from __future__ import annotations

import os
from typing import Any

from flask import Flask, Response, jsonify, request
from psycopg_pool import ConnectionPool
from sqlalchemy import ForeignKey, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from mall.kernel.engine import sqlalchemy_url

LIMIT = 2
CONNECTIONS = 8
"""Of each process to PostgreSQL: attempts wait for one row anyhow."""
_url = os.environ["DATABASE_URL"]
_engine = create_engine(
    sqlalchemy_url(_url), pool_size=CONNECTIONS, max_overflow=0, pool_timeout=60
)
_pool = ConnectionPool(
    _url, min_size=0, max_size=CONNECTIONS, open=False, kwargs={"autocommit": True}, timeout=30
)
app = Flask("rivals")


class Base(DeclarativeBase):
    pass


class Item(Base):
    __tablename__ = "bench_items"
    id: Mapped[int] = mapped_column(primary_key=True)
    units_left: Mapped[int]


class Order(Base):
    __tablename__ = "bench_orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("bench_items.id"))
    user_id: Mapped[int]
    key: Mapped[str]
    units: Mapped[int]
    address_id: Mapped[int]


def _asked() -> dict[str, Any]:
    body = request.get_json()
    return {
        "user_id": int(request.headers["X-Shopper"]),
        "key": request.headers["Idempotency-Key"],
        "units": body["units"],
        "address_id": int(body["address_id"]),
    }


@app.post("/naive")
def naive() -> tuple[Response, int]:
    """ORM: lock the stock row, count the shopper's orders, insert one."""
    asked = _asked()
    with Session(_engine) as session, session.begin():
        item = session.scalars(select(Item).where(Item.id == 1).with_for_update()).one()
        held = session.scalar(
            select(func.coalesce(func.sum(Order.units), 0)).where(
                Order.item_id == 1, Order.user_id == asked["user_id"]
            )
        )
        if item.units_left < asked["units"] or int(held or 0) + asked["units"] > LIMIT:
            return jsonify(code="refused"), 409
        item.units_left -= asked["units"]
        order = Order(item_id=1, **asked)
        session.add(order)
        session.flush()
        ticket = order.id
    return jsonify(ticket=str(ticket), status="queued"), 202


_STATEMENT = """
WITH shopper AS (
    INSERT INTO bench_shoppers AS s (item_id, user_id, units)
    VALUES (2, %(user_id)s, %(units)s)
    ON CONFLICT (item_id, user_id) DO UPDATE SET units = s.units + excluded.units
    WHERE s.units + excluded.units <= 2
    RETURNING units
), taken AS (
    UPDATE bench_items SET units_left = units_left - %(units)s
    WHERE id = 2 AND units_left >= %(units)s AND EXISTS (SELECT FROM shopper)
    RETURNING id
)
INSERT INTO bench_orders (item_id, user_id, key, units, address_id)
SELECT id, %(user_id)s, %(key)s, %(units)s, %(address_id)s FROM taken
RETURNING id
"""


@app.post("/statement")
def statement() -> tuple[Response, int]:
    """One statement that does it all, by the bare driver, prepared, in autocommit."""
    asked = _asked()
    _pool.open()
    with _pool.connection() as connection:
        row = connection.execute(_STATEMENT, asked, prepare=True).fetchone()
    if row is None:
        return jsonify(code="refused"), 409
    return jsonify(ticket=str(row[0]), status="queued"), 202
