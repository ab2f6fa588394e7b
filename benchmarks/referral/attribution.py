"""What attribution adds to an order: from the quote until all that heard of the payment is done.

Batches of orders are placed and paid by function calls, and one worker does their jobs: without
attribution, with it, and with all that hears of an attributed order, in turn. Every shopper is
bound and has opened two shares in the last days, so each order has something to be attributed to.
HTTP is left out: it would make the order longer, and what is added look smaller. What is counted
is CPU time, of PostgreSQL too: what else the machine does hardly shows in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from flask import Flask
from sqlalchemy import text

from benchmarks.groupbuy.shop import Shopper, pay, shoppers, skus
from benchmarks.report import Row, at_most, exactly
from benchmarks.stack import Stack, cpu_of
from mall.application import create_app
from mall.config import Config
from mall.kernel import jobs
from mall.kernel.db import db, db_now, transaction
from mall.kernel.events import HANDLERS, Subscription
from mall.kernel.registry import EXTENSION
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.referral.attribution.events import OrderAttributed
from mall.sharing.shares.opening import open_share, share_page

MOST = 1.10
ORDERS, WARM = 40, 20
SHARERS = 40
PAIRS_A_ROUND = 2
ATTRIBUTING = "referral.attribute_paid_order"
_CAPS = """
INSERT INTO shop_settings (name, value) VALUES ('sharing.share_orders_per_day', '10000')
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_COUNTS = """
SELECT count(*) AS orders, count(a.order_id) AS attributed, count(a.binding_id) AS bound
FROM orders o LEFT JOIN order_attributions a ON a.order_id = o.id
WHERE o.user_id = ANY(:users) AND o.paid_at >= :since
"""


def measure(stack: Stack, rounds: int, _seconds: float) -> Iterator[Row]:
    """Ratios are medians over pairs of batches, one right after the other."""
    sku_id, people = skus(stack, 1)[0], shoppers(stack, ORDERS + SHARERS)
    buyers = people[SHARERS:]
    with stack.app.app_context():
        _bring(stack.app, [one.user_id for one in people[:SHARERS]], buyers)
    apps = {
        "without": _app(stack, lambda one: one.name == ATTRIBUTING),
        "with": _app(stack, lambda one: one.event is OrderAttributed),
        "all": _app(stack, lambda one: False),
    }
    for app in apps.values():
        _batch(stack, app, buyers[:WARM], sku_id)
    took: dict[str, list[float]] = {name: [] for name in apps}
    attributed, names = 0, list(apps)
    for turn in range(rounds * PAIRS_A_ROUND):
        # Each comes first as often as last.
        for name in names[turn % 3 :] + names[: turn % 3]:
            seconds, found = _batch(stack, apps[name], buyers, sku_id)
            took[name].append(seconds / len(buyers) * 1_000)
            attributed += _checked(found, len(buyers), 0 if name == "without" else len(buyers))
    for name, figure in (
        ("without", "an order and its jobs, nobody attributes"),
        ("with", "an order and its jobs, with attribution"),
        ("all", "an order and its jobs, with all that hears of an attribution"),
    ):
        yield Row(f"referral: {figure}", median(took[name]), "ms of CPU")
    yield at_most(
        "referral: an order and its jobs, with attribution ÷ without",
        _ratio(took["with"], took["without"]),
        "ratio",
        MOST,
    )
    yield Row(
        "referral: the same with all that hears of it ÷ without",
        _ratio(took["all"], took["without"]),
        "ratio",
    )
    wanted = rounds * PAIRS_A_ROUND * len(buyers) * 2
    yield exactly("referral: orders attributed", attributed, "orders", wanted)


def _ratio(more: Sequence[float], less: Sequence[float]) -> float:
    return median(a / b for a, b in zip(more, less, strict=True))


def _checked(found: tuple[int, ...], orders: int, attributed: int) -> int:
    if found != (orders, attributed, attributed):
        raise RuntimeError(f"orders, attributed, of a binding: {found}")
    return attributed


def _app(stack: Stack, leave_out: Callable[[Subscription], bool]) -> Flask:
    """An app of the same shop, some of whose handlers hear nothing."""
    app = create_app(Config.from_env(stack.environment | {"MALL_LOG_LEVEL": "ERROR"}))
    handlers = {name: one for name, one in HANDLERS.items(app).items() if not leave_out(one)}
    app.extensions[EXTENSION] = {**app.extensions[EXTENSION], HANDLERS: handlers}
    return app


def _bring(app: Flask, sharers: Sequence[int], buyers: Sequence[Shopper]) -> None:
    """Each buyer opens shares of two sharers, and is bound to the first. In the app's context."""
    with transaction() as session:
        session.execute(text(_CAPS))
        product = session.scalars(text("SELECT id FROM spus ORDER BY id LIMIT 1")).one()
    tokens = [share_page(one, "product", product).token for one in sharers]
    for number, buyer in enumerate(buyers):
        for token in (tokens * 2)[number % len(tokens) :][:2]:
            open_share(buyer.user_id, token)
    db.session.remove()
    jobs.run_pending(app)


def _cpu(stack: Stack) -> float:
    """CPU seconds of this process and of PostgreSQL: what others do on the machine hardly shows."""
    return time.process_time() + cpu_of(stack.postgres)


def _batch(
    stack: Stack, app: Flask, buyers: Sequence[Shopper], sku_id: int
) -> tuple[float, tuple[int, ...]]:
    """One order of each buyer, then the jobs: the CPU seconds, and what came of it."""
    with app.app_context():
        with transaction() as session:
            since = db_now(session)
        began = _cpu(stack)
        for buyer in buyers:
            lines = {sku_id: 1}
            payable = preview(buyer.user_id, lines, buyer.address_id).quote.payable_fen
            placed = place_order(buyer.user_id, lines, buyer.address_id, payable, "")
            pay(placed.order_no)
            db.session.remove()
        jobs.run_pending(app)
        spent = _cpu(stack) - began
        given = {"users": [one.user_id for one in buyers], "since": since}
        with transaction() as session:
            found = tuple(session.execute(text(_COUNTS), given).one())
        db.session.remove()
    return spent, found
