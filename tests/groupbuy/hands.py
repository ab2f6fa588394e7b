"""What shoppers, staff, WeChat and the clock do to the mall, by its own commands.

WeChat is told of by what it would say (`confirm_payment`, `apply_refund`), so that nobody waits
for a server: thousands of steps are to be played.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from mall.groupbuy.desk.by_hand import fail_team, form_team
from mall.groupbuy.desk.deciding import decide_open_teams
from mall.groupbuy.desk.ending import end_early, last_ending
from mall.groupbuy.desk.members import remove_member
from mall.groupbuy.orders.choice import Choice, Joining, Opening
from mall.groupbuy.orders.leaving import leave_team
from mall.groupbuy.orders.placing import Wanted, quote_seat, take_seat
from mall.groupbuy.settlement.carrying_out import carry_out
from mall.groupbuy.settlement.jobs import close_unpaid
from mall.groupbuy.teams import closing, emptying
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.db import transaction
from mall.kernel.prepared import PreparedStatement
from mall.orders.fulfilling import confirm_receipt
from mall.payments.closing import close_due_orders
from mall.payments.refunds.applying import apply_refund
from mall.payments.refunds.cancelling import cancel_refund
from mall.payments.refunds.requesting import RequestedLine, request_refund
from mall.payments.refunds.retrying import retry_refund
from mall.shipping.commands import ship
from mall.wechat.gateway import Refund as WechatRefund
from tests.groupbuy.books import Refund, Seat, Terms
from tests.support.catalog import make_sku
from tests.support.coupons import hand_out
from tests.support.groupbuy import make_activity, sets_of
from tests.support.inventory import stock
from tests.support.orders import Buyer, buy, pay, write_payment
from tests.support.shop_time import set_time
from tests.support.told_payments import start_payment, tell_payment

DAY_0 = datetime(2028, 3, 1, 8, tzinfo=SHOP_ZONE)
DAYS = 20
"""From one example to the next: all that the last one left open is due then."""
_PLACED = PreparedStatement(
    """
    SELECT m.id, m.team_id, o.id AS order_id, l.id AS line_id
    FROM groupbuy_members m JOIN orders o ON o.id = m.order_id
    JOIN order_lines l ON l.order_id = o.id WHERE o.order_no = :order_no
    """
)
_SENT = text(
    """
    SELECT r.refund_no, r.out_refund_no, a.out_trade_no, a.transaction_id,
        r.amount_fen AS refund_fen, a.amount_fen AS total_fen
    FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
    WHERE r.order_id = :order_id AND r.cause = :cause AND r.status = 'pending'
      AND r.amount_fen = :fen
    ORDER BY r.id LIMIT 1
    """
)


@dataclass(frozen=True)
class Place:
    """What all examples share: shoppers, the last of whom buys alone, and coupons that stack."""

    buyers: list[Buyer]
    template_id: int


@dataclass
class Hands:
    """One activity in the mall. Shoppers, teams and seats have the numbers of the model.
    `units` are those on the shelf, and those set aside."""

    place: Place
    terms: Terms
    units: tuple[int, int]
    example: int
    teams: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.set_minute(0)
        self._end_the_last()
        said = self.terms
        self.sku_id = stock(make_sku(10_000), sum(self.units))
        self.activity_id = make_activity(
            [dict(zip(sizes, prices, strict=True)) for sizes, prices in said.sets],
            stock_units=self.units[1],
            sku_id=self.sku_id,
            leader_price_fen=said.leader_price_fen,
            mode="chosen" if said.is_chosen else "difference",
            ends_at=self.moment(said.ends_at),
            team_open_min=said.team_open_min,
            pay_min=said.pay_min,
            order_units=said.order_units,
            shopper_units=said.shopper_units,
            open_teams=said.open_teams,
            virtual_seats=said.virtual_seats,
            leader_free_freight=said.leader_free_freight,
            leader_leaves="hand_over" if said.hands_over else "fail",
            stacks=["coupons"] if said.stacks else [],
        )
        self.sets = sets_of(self.activity_id)

    # -- seats -------------------------------------------------------------------------

    def open(self, seat: Seat) -> None:
        self._place(seat, Opening(self.activity_id, self.sets[seat.tier_set], seat.size))
        self.teams.append(seat.team_id)

    def join(self, seat: Seat) -> None:
        self._place(seat, Joining(self.teams[seat.team]))

    def leave(self, shopper: int, team: int) -> None:
        leave_team(self.place.buyers[shopper].user_id, self.teams[team])

    def _place(self, seat: Seat, choice: Choice) -> None:
        buyer = self.place.buyers[seat.shopper]
        choices = {}
        if seat.goods_fen < seat.unit_price_fen * seat.units:
            choices = {"coupons": str(hand_out(buyer.user_id, self.place.template_id))}
        wanted = Wanted(self.sku_id, seat.units, buyer.address_id, choices)
        with transaction():
            _, shown = quote_seat(buyer.user_id, choice, wanted)
        total_fen = shown.quote.payable_fen
        placed = take_seat(buyer.user_id, choice, wanted, expected_payable_fen=total_fen)
        seat.order_no = placed.order_no
        row = self._row(seat)
        seat.number, seat.team_id = row.id, row.team_id

    def _row(self, seat: Seat) -> Any:
        with transaction() as session:
            return _PLACED.first(session, order_no=seat.order_no)

    # -- teams, time -------------------------------------------------------------------

    def by_hand(self, team: int, what: str) -> None:
        act = {"form": form_team, "fail": fail_team}[what]
        act(self.teams[team], "test")

    def remove(self, seat: Seat) -> None:
        remove_member(seat.team_id, seat.number, "test")

    def close_decided(self, team: int) -> None:
        close_unpaid(team_id=self.teams[team])
        close_due_orders()

    def close_teams(self) -> int:
        return closing.close_due_teams()

    def close_full(self, team: int) -> None:
        closing.close_full_team(self.teams[team])

    def close_orders(self) -> None:
        close_due_orders()

    def set_minute(self, minute: int) -> None:
        set_time(f"{self.moment(minute):%Y-%m-%d %H:%M:%S}")

    def moment(self, minute: int) -> datetime:
        """A minute of this example, as the mall knows it."""
        return DAY_0 + timedelta(days=self.example * DAYS, minutes=minute)

    def end_early(self, decision: str) -> None:
        end_early(self.activity_id, decision, "test")
        with transaction() as session:
            ending = last_ending(session, self.activity_id)
            assert ending is not None
            ending_id = ending.id
        decide_open_teams(ending_id=ending_id)

    def end_activity(self) -> None:
        emptying.end_due_activities()
        emptying.return_stock()

    def _end_the_last(self) -> None:
        close_due_orders()
        while closing.close_due_teams():
            pass
        self.end_activity()

    # -- money and goods ---------------------------------------------------------------

    def pay(self, seat: Seat) -> str:
        """WeChat tells of a payment, which was started before the order was closed."""
        start_payment(seat.order_no)
        return tell_payment(seat.order_no)

    def carry_out(self, seat: Seat) -> None:
        carry_out(seat.number)

    def refund(self, seat: Seat, refund: Refund) -> None:
        asked = RequestedLine(
            self._row(seat).line_id, refund.units, None if refund.units else refund.fen
        )
        request_refund(seat.order_no, [asked], refund.freight_fen, "test")

    def arrive(self, seat: Seat, refund: Refund) -> None:
        self._tell(seat, refund, "SUCCESS")

    def wechat_closes(self, seat: Seat, refund: Refund) -> None:
        """WeChat won't pay it: staff cancel their own refund, and try a feature's again."""
        refund_no = self._tell(seat, refund, "CLOSED")
        if refund.cause == "staff":
            cancel_refund(refund_no)
        else:
            retry_refund(refund_no)

    def _tell(self, seat: Seat, refund: Refund, status: str) -> str:
        values = {"order_id": self._row(seat).order_id, "cause": refund.cause}
        with transaction() as session:
            asked = dict(
                session.execute(_SENT, {**values, "fen": refund.amount_fen}).mappings().one()
            )
            refund_no = str(asked.pop("refund_no"))
            times = {"success_time": None, "create_time": None}
            told = WechatRefund(
                **asked,
                **times,
                refund_id=asked["out_refund_no"],
                status=status,
                payer_refund_fen=None,
                mchid=None,
                raw={},
            )
            assert apply_refund(session, told, source="test") == "applied"
        return refund_no

    def ship(self, seat: Seat, units: int) -> None:
        parcel = f"T{seat.number}P{seat.shipped}"
        ship(seat.order_no, "ZTO", parcel, {self._row(seat).line_id: units})

    def receive(self, seat: Seat) -> None:
        confirm_receipt(self.place.buyers[seat.shopper].user_id, seat.order_no)

    def buy_on_shelf(self, units: int) -> None:
        with transaction():
            order_no = buy(self.place.buyers[-1], {self.sku_id: units})
        pay(order_no)
        write_payment(order_no)
