"""Many processes at the same few orders and SKUs: `python -m tests.support.contention`.

Reads a JSON of `Plan` from stdin. Each process places, pays, closes, ships, refunds and rebates
orders, some of them paid with points, of the points mall, of teams, boxes or prizes, plays games,
and runs the sweeps, as fast as it can, until the time is over. Writes a JSON of what became of it
all to stdout: counts by operation, and by the state of PostgreSQL where a lock failed.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from mall.aftersales.jobs import decide_one
from mall.aftersales.settling import settle_due
from mall.application import create_app
from mall.groupbuy.orders.kinds import is_groupbuy
from mall.kernel.db import db, db_now, transaction
from mall.kernel.errors import MallError
from mall.kernel.registry import EXTENSION
from mall.orders.fulfilling import confirm_due, confirm_receipt
from mall.orders.locking import lock_order
from mall.orders.participants import PARTICIPANTS, OrderParticipant, RefundedPart
from mall.orders.paying import mark_paid
from mall.orders.placed import PlacedOrder
from mall.orders.placing import place_order
from mall.orders.quoting import preview
from mall.payments.closing import close_due_orders, close_order, enqueue_closing
from mall.payments.refunds.applying import apply_refund
from mall.payments.refunds.causing import rebate, refund_in_full
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.points.exchange.items.saving import set_stock
from mall.points.exchange.orders.delivering import deliver_exchange
from mall.points.exchange.orders.exchanging import Wanted, exchange, quote_exchange
from mall.prizes.kinds import PRIZE
from mall.shipping.commands import ship
from mall.wechat.gateway import Refund
from tests.support.games_contention import GamePlayer, Games
from tests.support.group_contention import GroupPlayer

LOCK_FAULTS = {"40P01": "deadlock", "55P03": "lock time-out", "57014": "statement time-out"}
TEAMS = 4


@dataclass(frozen=True)
class Plan:
    """What the processes do: `buyers` are (user id, address id), `item_ids` items of the points
    mall. With `mixed_order`, every second process locks teams after the stock rather than before
    it. Each waits `pause_s` between two operations, so that locks are waited for, and not the
    machine's cores."""

    seconds: float
    processes: int
    buyers: list[tuple[int, int]]
    sku_ids: list[int]
    item_ids: list[int]
    group_activities: list[list[int]]
    games: Games
    mixed_order: bool = False
    pause_s: float = 0.0


class Teams(OrderParticipant):
    """Orders of a team share its row; shoppers share a few accounts."""

    name = "team"

    def __init__(self, *, late: bool) -> None:
        self.late = late

    def lock(self, session: Session, order: PlacedOrder) -> None:
        if not self.late:
            self._lock(session, order)

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        self._after_stock(session, order, 1)

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        self._after_stock(session, order, 1)

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        self._after_stock(session, order, -1)

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        self._after_stock(session, order, -1)

    def _after_stock(self, session: Session, order: PlacedOrder, count: int) -> None:
        if self.late:
            self._lock(session, order)
        session.execute(
            text("UPDATE toy_accounts SET balance = balance + :count WHERE id = :id"),
            {"id": order.user_id % TEAMS, "count": count},
        )

    def _lock(self, session: Session, order: PlacedOrder) -> None:
        """Orders of group-buy have a team of their own, those of prizes a claim, and no other
        shared row."""
        if is_groupbuy(order.kind) or order.kind is PRIZE:
            return
        team = {"id": int(order.choices.get(self.name, "0"))}
        session.execute(text("SELECT id FROM toy_teams WHERE id = :id FOR UPDATE"), team)


@dataclass
class Player:
    """One process: its chances, and what it does with them."""

    plan: Plan
    chance: random.Random
    group: GroupPlayer
    game: GamePlayer

    def place(self) -> None:
        user_id, address_id = self.chance.choice(self.plan.buyers)
        lines = {
            sku_id: self.chance.randint(1, 2)
            for sku_id in self.chance.sample(self.plan.sku_ids, self.chance.randint(1, 5))
        }
        choices = {
            Teams.name: str(self.chance.randrange(TEAMS)),
            "points": self.chance.choice(("none", "300")),
            "coupons": self.chance.choice(("none", "best")),
        }
        quote = preview(user_id, lines, address_id, choices).quote
        place_order(user_id, lines, address_id, quote.payable_fen, choices=choices)

    def exchange(self) -> None:
        user_id, address_id = self.chance.choice(self.plan.buyers)
        wanted = Wanted(self.chance.choice(self.plan.item_ids), 1, address_id)
        quote = quote_exchange(user_id, wanted)
        exchange(
            user_id,
            wanted,
            expected_points=quote.points,
            expected_payable_fen=quote.quote.payable_fen,
        )

    def deliver(self) -> None:
        with transaction() as session:
            waiting = session.scalars(_UNDELIVERED).all()
        if waiting:
            deliver_exchange(order_no=self.chance.choice(waiting))

    def set_aside(self) -> None:
        set_stock(self.chance.choice(self.plan.item_ids), self.chance.randint(5_000, 6_000))

    def pay(self) -> None:
        with transaction() as session:
            order = lock_order(session, self.some("unpaid"))
            if mark_paid(session, order.order_no, order.payable_fen, db_now(session)):
                session.execute(_PAYMENT, {"id": order.id, "no": order.order_no})

    def close(self) -> None:
        order_no = self.some("unpaid")
        with transaction() as session:
            order_id = lock_order(session, order_no).id
            enqueue_closing(session, [order_id], "shopper")
        close_order(order_id, "shopper")

    def expire(self) -> None:
        with transaction() as session:
            session.execute(_EXPIRE, {"no": self.some("unpaid")})
        close_due_orders()

    def ship(self) -> None:
        ship(self.some("paid"), "ZTO", f"T{self.chance.getrandbits(60)}")

    def receive(self) -> None:
        order_no = self.some("shipped")
        with transaction() as session:
            user_id = lock_order(session, order_no).user_id
        confirm_receipt(user_id, order_no)
        confirm_due()

    def refund(self) -> None:
        order_no = self.some("paid", "shipped", "completed")
        with transaction() as session:
            lines = session.execute(_LEFT, {"no": order_no}).all()
        some = (
            self.chance.sample(lines, self.chance.randint(1, max(1, len(lines)))) if lines else []
        )
        request_refund(order_no, [RequestedLine(row.id, 1) for row in some], 0, "test")

    def take_all_back(self) -> None:
        order_no = self.some("paid", "shipped")
        with transaction() as session:
            refund_in_full(session, order_no, f"test:{order_no}", "test")

    def rebate(self) -> None:
        order_no = self.some("paid", "shipped", "completed")
        with transaction() as session:
            rebate(session, order_no, {1: 1}, f"test:{self.chance.random()}", "test")

    def settle_refund(self) -> None:
        with transaction() as session:
            said = session.execute(_SENT).mappings().all()
        if not said:
            return
        told = {**self.chance.choice(said), "status": "SUCCESS", "payer_refund_fen": None}
        times = {"success_time": None, "create_time": None}
        with transaction() as session:
            apply_refund(session, Refund(**told, **times, mchid=None, raw={}), source="test")

    def sweep(self) -> None:
        decide_one()
        settle_due()
        confirm_due()
        close_due_orders()

    def some(self, *statuses: str) -> str:
        """The number of one of the last orders in one of these states; any if there is none."""
        with transaction() as session:
            found = session.scalars(_RECENT, {"statuses": list(statuses)}).all()
        return self.chance.choice(found) if found else "none"

    def operations(self) -> list[tuple[Callable[[], None], int]]:
        """What it does, and how often."""
        return [
            *((self.place, 30), (self.pay, 22), (self.close, 8), (self.expire, 4)),
            *((self.ship, 8), (self.receive, 4), (self.refund, 8), (self.take_all_back, 3)),
            *((self.rebate, 4), (self.settle_refund, 10), (self.sweep, 3)),
            *((self.exchange, 14), (self.deliver, 8), (self.set_aside, 3)),
            *self.group.operations(),
            *self.game.operations(),
        ]


_PAYMENT = text(
    """
    INSERT INTO payment_attempts (order_id, out_trade_no, amount_fen, openid, status, request,
        expires_at, transaction_id, success_at)
    SELECT o.id, 'P' || o.order_no, o.payable_fen, u.openid, 'succeeded', '{}', o.expires_at,
        'T' || o.order_no, o.paid_at
    FROM orders o JOIN users u ON u.id = o.user_id WHERE o.id = :id
    """
)
_EXPIRE = text(
    "UPDATE orders SET expires_at = clock_timestamp() WHERE order_no = :no AND status = 'unpaid'"
)
_LEFT = text(
    """
    SELECT l.id FROM order_lines l JOIN orders o ON o.id = l.order_id
    WHERE o.order_no = :no AND l.refunded_quantity < l.quantity
    """
)
_SENT = text(
    """
    SELECT r.out_refund_no, r.out_refund_no AS refund_id, a.out_trade_no, a.transaction_id,
        r.amount_fen AS refund_fen, a.amount_fen AS total_fen
    FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
    WHERE r.status = 'pending' ORDER BY r.id LIMIT 20
    """
)
_UNDELIVERED = text(
    """
    SELECT o.order_no FROM exchange_orders x JOIN orders o ON o.id = x.order_id
    WHERE x.awaits_delivery AND o.status = 'paid' ORDER BY o.id DESC LIMIT 20
    """
)
_RECENT = text(
    "SELECT order_no FROM orders WHERE status = ANY(:statuses) ORDER BY id DESC LIMIT 30"
)


def _described(fault: DBAPIError) -> str:
    """What PostgreSQL says of it, and of which statement."""
    state = str(getattr(fault.orig, "sqlstate", ""))
    said = getattr(fault.orig, "diag", None)
    where = " ".join((fault.statement or "").split())[:120]
    return f"{LOCK_FAULTS.get(state, state)} ({said.context if said else ''}: {where})"


def play(plan: Plan, number: int, late: bool) -> dict[str, int]:
    """One process' operations until the time is over: counts of what became of them."""
    chance = random.Random(number)
    group = GroupPlayer(plan.group_activities, plan.buyers, chance)
    player = Player(plan, chance, group, GamePlayer(plan.games, plan.buyers, chance))
    functions, weights = zip(*player.operations(), strict=True)
    counts: Counter[str] = Counter()
    until = time.monotonic() + plan.seconds
    while time.monotonic() < until:
        time.sleep(plan.pause_s * player.chance.random() * 2)
        [operation] = player.chance.choices(functions, weights)
        name = operation.__name__
        try:
            operation()
            counts[name] += 1
        except MallError:
            counts[f"{name}: refused"] += 1
        except DBAPIError as fault:
            counts[f"! {_described(fault)} in {name}"] += 1
        except Exception as fault:
            counts[f"! {name}: {fault!r}"[:300]] += 1
        finally:
            db.session.remove()
    return dict(counts)


def main() -> None:
    told = json.load(sys.stdin)
    plan = Plan(**{**told, "games": Games(**told["games"])})
    app = create_app()
    children = []
    for number in range(plan.processes):
        read, write = os.pipe()
        if (pid := os.fork()) == 0:
            late = plan.mixed_order and number % 2 == 1
            app.extensions[EXTENSION].setdefault(PARTICIPANTS, {})["team"] = Teams(late=late)
            with app.app_context(), os.fdopen(write, "w") as out:
                json.dump(play(plan, number, late), out)
            os._exit(0)
        os.close(write)
        children.append((pid, read))
    total: Counter[str] = Counter()
    for pid, read in children:
        with os.fdopen(read) as told:
            total.update(json.load(told))
        os.waitpid(pid, 0)
    json.dump(total, sys.stdout)


def as_json(plan: Plan) -> str:
    """What `main` reads."""
    return json.dumps(asdict(plan))


if __name__ == "__main__":
    main()
