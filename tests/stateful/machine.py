"""Shoppers, staff, WeChat and time do what they like; mall and model must agree all along."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.aftersales import AfterSaleSteps
from tests.stateful.books import Payment
from tests.stateful.features import FeatureSteps
from tests.stateful.life import FEW, MOST_UNPAID, PICK, when
from tests.stateful.play import MOST_CLAIMS, pick_of
from tests.stateful.world import ADMIN

WORK_AFTER = 3


class ShopMachine(FeatureSteps, AfterSaleSteps):
    """Each rule is one step: something happens to the mall and to the model alike."""

    # -- the shopper -------------------------------------------------------------------

    @rule(shopper=st.integers(0, 1), pick=PICK)
    @when(lambda self: self.claims < MOST_CLAIMS)
    def claim(self, shopper: int, pick: int) -> None:
        self.claims += 1
        template_id = pick_of(self.model.templates, pick)
        expected = self.model.may_claim(template_id, shopper)
        answer = self.world.shoppers[shopper].post(f"/api/v1/coupon-templates/{template_id}/claims")
        if self.agree(answer, expected):
            self.model.claim(template_id, shopper, int(answer.get_json()["id"]))
        self.done()

    @rule(
        shopper=st.integers(0, 1),
        counts=st.lists(st.integers(0, 4), min_size=3, max_size=3).filter(any),
        picks=st.lists(PICK, max_size=2),
    )
    @when(lambda self: len(self.orders("unpaid")) < MOST_UNPAID)
    def place(self, shopper: int, counts: list[int], picks: list[int]) -> None:
        self.buy(shopper, counts, picks, points=(0, 333, 9_999)[sum(counts) % 3])

    @rule(pick=PICK)
    @when(lambda self: self.orders("unpaid"))
    def press_pay(self, pick: int) -> None:
        number = pick_of(self.orders("unpaid"), pick)
        self.ask_to_pay(number)
        self.done(number)

    @rule(pick=PICK)
    @when(lambda self: self.model.orders)
    def press_pay_on_any(self, pick: int) -> None:
        number = pick_of(self.model.orders, pick)
        if self.model.orders[number].status != "unpaid":
            self.agree(self.world.start(self.model.orders[number].shopper, number), False)
        self.done(number)

    @rule(pick=PICK, told=st.booleans())
    @when(lambda self: self.payments("open"))
    def type_password(self, pick: int, told: bool) -> None:
        """The payment succeeds at WeChat; its callback is written, delivered now or some day."""
        number = pick_of(self.payments("open"), pick)
        self.pay(number, told=told)
        self.done(self.model.payments[number].order)

    @rule(pick=PICK)
    @when(lambda self: self.orders("unpaid"))
    def look_at_page(self, pick: int) -> None:
        """The shopper's page asks WeChat when the mall isn't sure."""
        number = pick_of(self.orders("unpaid"), pick)
        self.world.shopper_looks(self.model.orders[number].shopper, number)
        payment = self.model.live_payment(number)
        if payment and self.model.payments[payment].state == "paid":
            self.hear(payment)
        self.done(number)

    @rule(pick=PICK, staff=st.booleans())
    @when(lambda self: self.model.orders)
    def cancel(self, pick: int, staff: bool) -> None:
        number = pick_of(self.model.orders, pick)
        client = self.world.shoppers[self.model.orders[number].shopper]
        path = f"/orders/{number}/cancellation"
        answer = (
            self.world.staff.post(f"{ADMIN}{path}", {"reason": "买家要求"})
            if staff
            else client.post(f"/api/v1{path}")
        )
        self.agree(answer, self.model.close(number) == "closed")
        self.done(number)

    @rule(pick=PICK)
    @when(lambda self: self.orders("shipped", "completed", "paid"))
    def confirm_receipt(self, pick: int) -> None:
        number = pick_of(self.orders("shipped", "completed", "paid"), pick)
        self.receive(number)

    # -- WeChat ------------------------------------------------------------------------

    @rule(pick=PICK)
    @when(lambda self: self.post)
    def deliver(self, pick: int) -> None:
        """Any callback comes: late, for the first time, again, before one that was earlier."""
        self.hand_over(pick_of(self.post, pick))
        self.done()

    @rule(pick=PICK, cancels=st.booleans())
    @when(lambda self: self.orders("unpaid"))
    def lose_sight(self, pick: int, cancels: bool) -> None:
        """The prepay's answer is lost and WeChat denies it: it can be paid all the same."""
        number = pick_of(self.orders("unpaid"), pick)
        order = self.model.orders[number]
        if self.model.live_payment(number) is not None:
            self.meanwhile(pick)
            return
        self.world.lose_prepay()
        self.agree(self.world.start(order.shopper, number), False, refusals=(503,))
        payment = self.world.newest_payment()
        self.model.payments[payment] = Payment(number, order.payable_fen)
        self.world.deny(payment)
        if cancels:
            client = self.world.shoppers[order.shopper]
            self.agree(client.post(f"/api/v1/orders/{number}/cancellation"), True)
            self.model.close(number, lost=True)
        else:
            self.world.ask_about(payment)
            self.model.payments[payment].live = False
        self.done(number)

    @rule(pick=PICK, closed=st.integers(0, 3), told=st.booleans())
    @when(lambda self: self.at_wechat())
    def refund_ends(self, pick: int, closed: int, told: bool) -> None:
        """WeChat pays a refund, or now and then closes it; the callback comes now or some day."""
        number = pick_of(self.at_wechat(), pick)
        self.end_refund(number, "SUCCESS" if closed else "CLOSED", told=told)

    # -- time --------------------------------------------------------------------------

    @rule(pick=PICK)
    @when(lambda self: self.orders("unpaid"))
    def time_is_up(self, pick: int) -> None:
        number = pick_of(self.orders("unpaid"), pick)
        payment = self.model.live_payment(number)
        self.world.time_is_up(number)
        self.model.close(number)
        if payment:
            assert self.model.payments[payment].state != "open"
        self.done(number)

    @rule(pick=PICK)
    @when(lambda self: self.model.payments)
    def sweep_asks(self, pick: int) -> None:
        """The turn of one payment comes: WeChat is asked what became of it."""
        number = pick_of(self.model.payments, pick)
        payment = self.model.payments[number]
        self.world.ask_about(number)
        if payment.state == "paid":
            self.hear(number)
        elif not payment.live or self.model.orders[payment.order].status != "unpaid":
            payment.state, payment.live = "closed", False
        self.done(payment.order)

    @rule(pick=PICK)
    @when(lambda self: self.since_work > WORK_AFTER)
    def work(self, pick: int) -> None:
        self.workers_come()
        self.done()

    # -- the staff ---------------------------------------------------------------------

    @rule(pick=PICK, percent=st.integers(0, 101), freight=st.booleans())
    @when(lambda self: self.model.orders)
    def change_price(self, pick: int, percent: int, freight: bool) -> None:
        """Of what the quote said, down or up again; too much and nothing are refused."""
        number = pick_of(self.orders("unpaid") or self.model.orders, pick)
        order = self.model.orders[number]
        quoted_fen = sum(line.quoted_fen for line in order.lines)
        goods_fen = -(-quoted_fen * percent // 100)
        freight_fen = order.quoted_freight_fen // 2 if freight else order.quoted_freight_fen
        body = {"goods_payable_fen": goods_fen, "freight_fen": freight_fen, "reason": "优惠"}
        expected = self.model.reprice(number, goods_fen, freight_fen)
        answer = self.world.staff.put(f"{ADMIN}/orders/{number}/price", body)
        if self.agree(answer, expected):
            off_fen = quoted_fen - goods_fen
            for line, row in zip(order.lines, answer.get_json()["lines"], strict=True):
                line.payable_fen = row["payable_fen"]
                off = line.quoted_fen - line.payable_fen
                assert abs(off * quoted_fen - off_fen * line.quoted_fen) < quoted_fen
            assert sum(line.payable_fen for line in order.lines) == goods_fen
            self.saw("price changed", percent < 100)
        self.done(number)

    @rule(pick=PICK, line=PICK, units=FEW, everything=st.booleans())
    @when(lambda self: self.orders("paid", "shipped"))
    def ship(self, pick: int, line: int, units: int, everything: bool) -> None:
        number = pick_of(self.orders("paid", "shipped"), pick)
        if everything:
            self.send_rest(number)
        else:
            wanted = {line % len(self.model.orders[number].lines): units}
            self.send(number, wanted, {"lines": self.named(number, wanted)})

    @rule(
        pick=PICK,
        wanted=st.dictionaries(st.integers(0, 2), st.integers(0, 4), min_size=1, max_size=2),
        amount=st.none() | st.integers(0, 3000),
        freight=st.booleans(),
    )
    @when(lambda self: self.orders("paid", "shipped", "completed"))
    def refund(self, pick: int, wanted: dict[int, int], amount: int | None, freight: bool) -> None:
        """Staff give back units, of one of the lines another amount than its share."""
        settled = self.settled_with_money() if pick % 3 == 0 else []
        number = pick_of(settled or self.orders("paid", "shipped", "completed"), pick)
        order = self.model.orders[number]
        units = {i % len(order.lines): n for i, n in wanted.items()}
        shares = {i: (n, order.lines[i].share(n)) for i, n in units.items()}
        lines = self.named(number, units)
        if amount is not None:
            first = next(iter(units))
            shares[first], lines[0]["amount_fen"] = (units[first], amount), amount
        freight_fen = order.freight_fen if freight else 0
        body = {"lines": lines, "reason": "不想要了", "freight_fen": freight_fen}
        expected = self.model.may_refund(number, shares, freight_fen)
        answer = self.world.staff.post(f"{ADMIN}/orders/{number}/refunds", body)
        if self.agree(answer, expected):
            self.model.refund(answer.get_json()["refund_no"], number, shares, freight_fen)
        self.done(number)

    @rule(pick=PICK, again=st.booleans())
    @when(lambda self: self.model.refunds)
    def decide_on_refund(self, pick: int, again: bool) -> None:
        """Staff try a refund that WeChat closed again, or call it off."""
        stuck = [no for no, refund in self.model.refunds.items() if refund.status == "closed"]
        number = pick_of(stuck or self.model.refunds, pick)
        verb, command = (
            ("retry", self.model.try_again) if again else ("cancellation", self.model.cancel_refund)
        )
        answer = self.world.staff.post(f"{ADMIN}/refunds/{number}/{verb}")
        if self.agree(answer, command(number)):
            self.model.refunds[number].number = answer.get_json()["out_refund_no"]
        self.done(self.model.refunds[number].order)
