"""What goes on in a shop by itself, and the steps that need something to be there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from hypothesis import strategies as st

from mall.orders.fulfilling import deliver
from mall.orders.locking import lock_order
from tests.stateful.buying import command
from tests.stateful.kinds import FIRST_IS_FREE, FREE, KINDS, NAME, SAMPLE
from tests.stateful.play import Play, Post, pick_of
from tests.stateful.world import ADMIN
from tests.support.payments import REFUND

MOST_UNPAID = 5
"""In one shop: the rest of its time is for what comes after."""
WORK_LATEST = 8
"""Steps after which the workers come when nobody else has something to do."""
PICK = st.integers(0, 10_000)
"""Which of those that there are: taken modulo their number."""
FEW = st.integers(1, 4)


def when(possible: Callable[[Any], object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A step for which something must be there; while it isn't, somebody buys instead.

    Not a precondition: Hypothesis gives up a shop in which few rules may be chosen.
    """

    def only(step: Callable[..., None]) -> Callable[..., None]:
        @wraps(step)
        def take(self: Life, **drawn: Any) -> None:
            if possible(self):
                step(self, **drawn)
            else:
                self.meanwhile(drawn.get("pick", 0))

        return take

    return only


class Life(Play):
    """A shop in which each order, payment and refund gets on, whatever else happens."""

    def meanwhile(self, pick: int) -> None:
        """What a step wants isn't there. Life goes on, so that some day it is."""
        turn = pick % 3
        ways = (self._somebody_buys, self._somebody_pays, self._something_moves)
        for way in (*ways[turn:], *ways[:turn]):
            if way(pick // 3):
                return

    def _somebody_buys(self, pick: int) -> bool:
        if len(self.orders("unpaid")) >= MOST_UNPAID:
            return False
        kind = KINDS[pick % len(KINDS)]
        free = ("", FIRST_IS_FREE, FREE)[pick % 3] if kind is SAMPLE else ""
        points = 0 if kind is SAMPLE else (0, 700, 5_000)[pick % 3]
        counts = [pick % 3, (pick + 1) % 2, 1]
        self.buy(pick % 2, counts, [pick], kind, free=free, points=points)
        return True

    def _somebody_pays(self, _pick: int) -> bool:
        if not self.orders("unpaid"):
            return False
        number = self.orders("unpaid")[0]
        payment = self.model.live_payment(number) or self.ask_to_pay(number)
        if self.model.payments[payment].state == "open":
            self.pay(payment, told=True)
        self.done(number)
        return True

    def _something_moves(self, pick: int) -> bool:
        """An order or a refund that waits for its next step takes it."""
        if self.since_work > WORK_LATEST:
            self.workers_come()
            self.done()
        elif self.at_wechat():
            self.end_refund(pick_of(self.at_wechat(), pick), "SUCCESS", told=True)
        elif paid := [no for no in self.orders("paid") if not self.model.orders[no].is_held]:
            number = pick_of(paid, pick)
            (self.send_rest if self.model.orders[number].kind.ships else self.hand_out)(number)
        elif sent := self.orders("shipped"):
            self.receive(pick_of(sent, pick))
        else:
            return False
        return True

    def send_rest(self, number: str) -> None:
        """All that is left of an order in one parcel."""
        lines = enumerate(self.model.orders[number].lines)
        self.send(number, {i: n for i, x in lines if (n := x.kept - x.shipped) > 0}, {})

    def send(self, number: str, units: dict[int, int], lines: dict[str, Any]) -> None:
        parcel = {"carrier_code": "ZTO", "tracking_no": f"T{self.steps:012d}", **lines}
        answer = self.world.staff.post(f"{ADMIN}/orders/{number}/shipments", parcel)
        self.agree(answer, self.model.ship(number, units))
        self.done(number)

    def hand_out(self, number: str) -> None:
        """A feature delivers what isn't shipped."""
        answer = command(lambda s: deliver(s, lock_order(s, number), NAME))
        if self.agree(answer, self.model.deliver(number)):
            self.saw("delivered")
        self.done(number)

    def receive(self, number: str) -> None:
        client = self.world.shoppers[self.model.orders[number].shopper]
        answer = client.post(f"/api/v1/orders/{number}/receipt")
        self.agree(answer, self.model.receive(number))
        self.done(number)

    def end_refund(self, number: str, outcome: str, *, told: bool) -> None:
        refund = self.model.refunds[number]
        refund.wechat = outcome
        self.world.control(f"/refunds/{refund.number}/settle", outcome=outcome)
        envelope = self.world.envelope(REFUND, refund.number)
        self.keep(Post(envelope, refund=number, wechat=outcome, renewed=refund.renewed))
        if told:
            self.hand_over(self.post[-1])
        self.done(refund.order)
