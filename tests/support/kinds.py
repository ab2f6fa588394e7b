"""Kinds of orders, a hold and a participant of no feature, for tests of what any feature may do.

The toy has a currency of its own (coins) and teams with a deadline, in tables of its own, and
writes down each hook that the orders call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.orm import Session

from mall.kernel.db import db
from mall.kernel.errors import Conflict
from mall.kernel.features import Mall
from mall.kernel.invariants import Invariant
from mall.orders import holding
from mall.orders.extras import Extra, LinesBack
from mall.orders.holding import HOLD_REASONS, HoldReason
from mall.orders.kinds import NORMAL, ORDER_KINDS, OrderKind
from mall.orders.participants import (
    PARTICIPANTS,
    OrderParticipant,
    PlacingContext,
    RefundedPart,
)
from mall.orders.placed import PlacedOrder
from mall.orders.placing import Placed, place_order
from mall.orders.quoting import preview
from mall.pricing.activity import activity_price
from mall.pricing.quote import Lane, PriceRule, Quote
from tests.support.features import installed
from tests.support.orders import Buyer

TOY = "toy"
OPEN, DONE, LATE = "open", "done", "late"
PLAIN_LANES = frozenset({Lane.ACTIVITY, Lane.FREIGHT})

TEAM = OrderKind("team", "测试团单", PLAIN_LANES, frozenset({TOY, "freight"}), pay_min=lambda: 7)
"""Its own price and pay window, no promotions, no coupons; placed again when it is paid late."""
ONCE = OrderKind("once", "测试不重下单", places_again=False)
NO_FREIGHT = frozenset(Lane) - {Lane.FREIGHT}
EXCHANGE = OrderKind("barter", "测试兑换单", NO_FREIGHT, may_be_free=True, earns=False)
"""All lanes but the freight's are open, so that anything may make it free."""
HIDDEN = OrderKind(
    "hidden",
    "测试专享单",
    PLAIN_LANES,
    frozenset({TOY, "freight"}),
    may_be_free=True,
    needs_shelf=False,
    takes_from_cart=False,
)
"""Goods that needn't be on the shelf, with freight; the cart stays as it is."""
SERVICE = OrderKind(
    "service",
    "测试服务单",
    NO_FREIGHT,
    ships=False,
    needs_address=False,
    return_days=lambda: 1,
)
PRIZE = OrderKind("toy_prize", "测试奖品单", NO_FREIGHT, may_be_free=True, returnable=False)
KINDS = (TEAM, ONCE, EXCHANGE, HIDDEN, SERVICE, PRIZE)

WAITS = HoldReason("toy.waits", "等待成团")
OTHER = HoldReason("toy.other", "等待审核")

COINS_PER_UNIT = 5

_TABLES = """
CREATE TABLE toy_coins (user_id bigint PRIMARY KEY, coins bigint NOT NULL CHECK (coins >= 0));
CREATE TABLE toy_spent (order_id bigint PRIMARY KEY, user_id bigint, coins bigint NOT NULL,
    back bigint NOT NULL DEFAULT 0, settled boolean NOT NULL DEFAULT false,
    CHECK (back BETWEEN 0 AND coins));
CREATE TABLE toy_teams (id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'open',
    members int NOT NULL DEFAULT 0);
"""
_NO_TABLES = "DROP TABLE IF EXISTS toy_coins, toy_spent, toy_teams"

COINS_RIGHT = Invariant(
    "I17toy",
    "what an order cost in coins is settled, or given back exactly once with it",
    """
    SELECT o.order_no, o.status, s.coins, s.back, s.settled
    FROM toy_spent s JOIN orders o ON o.id = s.order_id
    WHERE o.created_at >= :since
      AND (s.settled <> (o.paid_at IS NOT NULL)
           OR (o.status = 'closed' AND s.back <> s.coins)
           OR (o.status <> 'closed' AND s.back <> (
               SELECT sum(l.refunded_quantity) FROM order_lines l WHERE l.order_id = o.id) * 5))
    """,
)


class NotEnoughCoins(Conflict):
    code = "toy_not_enough_coins"
    message = "金币不足"


@dataclass
class Toy(OrderParticipant):
    """Prices by choice: `coins` costs nothing but coins, `team:<id>` 1.00 a unit, on hold until
    released; `at:<fen>` a unit at this price. Notes all hooks with the order that they got."""

    name = TOY
    calls: list[tuple[str, PlacedOrder]] = field(default_factory=list)
    backs: list[RefundedPart] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)
    stock_was_locked: dict[str, bool] = field(default_factory=dict)
    """For each hook since `watch_stock`, whether any of the order's stock rows was locked then."""
    watches: bool = False

    def hooks(self, order_no: str) -> list[str]:
        """The hooks of an order, in the order of the calls."""
        return [hook for hook, order in self.calls if order.order_no == order_no]

    def _note(self, hook: str, order: PlacedOrder) -> None:
        self.calls.append((hook, order))
        if self.watches:
            self.stock_was_locked[hook] = any(map(_is_locked, order.units))

    def price_rules(self, session: Session, context: PlacingContext) -> Sequence[PriceRule]:
        choice = context.choices.get(self.name, "")
        fen = {"coins": 0, "team": 100}.get(choice.partition(":")[0])
        if choice.startswith("at:"):
            fen = int(choice[3:])
        if fen is None:
            return ()
        prices = {line.sku_id: fen for line in context.lines}
        return [activity_price("toy:1", "测试活动价", prices)]

    def quote_extras(self, session: Session, context: PlacingContext, quote: Quote) -> list[Extra]:
        coins = COINS_PER_UNIT * sum(line.quantity for line in context.lines)
        return _coins("需要金币", coins) if context.choices.get(self.name) == "coins" else []

    def order_extras(self, session: Session, order: PlacedOrder) -> list[Extra]:
        if order.choices.get(self.name) != "coins":
            return []
        return _coins("使用金币", COINS_PER_UNIT * sum(order.units.values()))

    def refund_extras(
        self, session: Session, order: PlacedOrder, before: LinesBack, after: LinesBack
    ) -> list[Extra]:
        if order.choices.get(self.name) != "coins":
            return []
        units = sum(after[i].units - before[i].units for i in after)
        return _coins("退回金币", COINS_PER_UNIT * units)

    def lock(self, session: Session, order: PlacedOrder) -> None:
        self._note("lock", order)
        if (team := team_of(order)) is not None:
            find = text("SELECT id FROM toy_teams WHERE id = :id FOR UPDATE")
            session.execute(find, {"id": team})

    def on_placing(self, session: Session, order: PlacedOrder) -> None:
        self._note("on_placing", order)
        if order.choices.get(self.name) == "coins":
            _spend(session, order)
        elif team_of(order) is not None:
            assert holding.hold(session, order.id, WAITS)

    def on_paid(self, session: Session, order: PlacedOrder) -> None:
        self._note("on_paid", order)
        settle = "UPDATE toy_spent SET settled = true WHERE order_id = :id"
        session.execute(text(settle), {"id": order.id})
        if (team := team_of(order)) is not None:
            session.execute(
                text(
                    "UPDATE toy_teams SET members = members + 1 WHERE id = :id AND state = 'open'"
                ),
                {"id": team},
            )

    def on_cancelling(self, session: Session, order: PlacedOrder) -> None:
        self._note("on_cancelling", order)
        _give_back(session, order.id, None)

    def before_shipping(self, session: Session, order: PlacedOrder) -> None:
        self._note("before_shipping", order)

    def before_refund(self, session: Session, order: PlacedOrder, cause: str) -> None:
        self._note("before_refund", order)
        self.causes.append(cause)

    def on_refunded(self, session: Session, order: PlacedOrder, back: RefundedPart) -> None:
        self._note("on_refunded", order)
        self.backs.append(back)
        _give_back(session, order.id, COINS_PER_UNIT * sum(back.units.values()))


def _coins(label: str, coins: int) -> list[Extra]:
    return [Extra(TOY, label, f"{coins} 金币", coins)]


def team_of(order: PlacedOrder) -> int | None:
    """The team that was chosen with an order."""
    choice = order.choices.get(TOY, "")
    return int(choice[5:]) if choice.startswith("team:") else None


@contextmanager
def toys() -> Iterator[Toy]:
    """The kinds, the holds and the participant are installed inside the block."""
    toy = Toy()

    def install(mall: Mall) -> None:
        mall.add(ORDER_KINDS, *KINDS)
        mall.add(HOLD_REASONS, WAITS, OTHER)
        mall.add(PARTICIPANTS, toy)
        mall.invariants(COINS_RIGHT)

    _execute(_NO_TABLES, _TABLES)
    try:
        with installed(install):
            yield toy
    finally:
        _execute(_NO_TABLES)


def place(
    buyer: Buyer,
    lines: dict[int, int],
    kind: OrderKind = NORMAL,
    toy: str | None = None,
    **choices: str,
) -> Placed:
    """Place an order of a kind at the price of its preview, with the toy's choice `toy`."""
    chosen = {**choices, **({TOY: toy} if toy else {})}
    address = buyer.address_id if kind.needs_address else None
    fen = preview(buyer.user_id, lines, address, chosen, kind).quote.payable_fen
    return place_order(buyer.user_id, lines, address, fen, choices=chosen, kind=kind)


def give_coins(user_id: int, coins: int) -> None:
    """So many coins in the shopper's purse."""
    db.session.execute(
        text("INSERT INTO toy_coins (user_id, coins) VALUES (:user, :coins)"),
        {"user": user_id, "coins": coins},
    )
    db.session.commit()


def coins_of(user_id: int) -> int:
    """What is in the shopper's purse."""
    db.session.rollback()
    find = text("SELECT coins FROM toy_coins WHERE user_id = :user")
    return int(db.session.scalar(find, {"user": user_id}) or 0)


def open_team(team_id: int = 1) -> int:
    """A team that waits for members."""
    _execute(f"INSERT INTO toy_teams (id) VALUES ({team_id})")
    return team_id


def _spend(session: Session, order: PlacedOrder) -> None:
    values = {
        "user": order.user_id,
        "id": order.id,
        "coins": COINS_PER_UNIT * sum(order.units.values()),
    }
    take = """
        UPDATE toy_coins SET coins = coins - :coins WHERE user_id = :user AND coins >= :coins
        RETURNING coins
    """
    if session.execute(text(take), values).first() is None:
        raise NotEnoughCoins
    note = "INSERT INTO toy_spent (order_id, user_id, coins) VALUES (:id, :user, :coins)"
    session.execute(text(note), values)


def _give_back(session: Session, order_id: int, coins: int | None) -> None:
    """Give back `coins`, or all that is left."""
    back = """
        WITH old AS (SELECT * FROM toy_spent WHERE order_id = :id FOR UPDATE), noted AS (
            UPDATE toy_spent s SET back = s.back + coalesce(:coins, s.coins - s.back)
            WHERE order_id = :id
        )
        UPDATE toy_coins p SET coins = p.coins + coalesce(:coins, old.coins - old.back)
        FROM old WHERE p.user_id = old.user_id
    """
    session.execute(text(back), {"id": order_id, "coins": coins})


def _is_locked(sku_id: int) -> bool:
    """Whether some transaction has locked a SKU's stock row."""
    with db.engine.connect() as other:
        find = text("SELECT 1 FROM stocks WHERE sku_id = :sku FOR UPDATE SKIP LOCKED")
        return other.execute(find, {"sku": sku_id}).first() is None


def _execute(*statements: str) -> None:
    db.session.rollback()
    for statement in statements:
        db.session.execute(text(statement))
    db.session.commit()
