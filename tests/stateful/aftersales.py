"""What shoppers ask back, and what staff answer."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.stateful.life import FEW, PICK, Life, when
from tests.stateful.play import pick_of
from tests.stateful.world import ADMIN
from tests.support.http import Http


class AfterSaleSteps(Life):
    """After-sales, from asking to the refund."""

    @rule(pick=PICK, line=PICK, units=FEW, sends_back=st.booleans())
    @when(lambda self: self.orders("paid", "shipped", "completed"))
    def ask_back(self, pick: int, line: int, units: int, sends_back: bool) -> None:
        number = pick_of(self.orders("paid", "shipped", "completed"), pick)
        order = self.model.orders[number]
        kind = "return_and_refund" if sends_back else "refund_only"
        wanted = {line % len(order.lines): units}
        expected = self.model.asked(number, kind, wanted)
        body = {"kind": kind, "lines": self.named(number, wanted), "reason": "not_wanted"}
        client = self.world.shoppers[order.shopper]
        answer = client.post(f"/api/v1/orders/{number}/after-sales", body)
        if self.agree(answer, expected is not None) and expected:
            shown = answer.get_json()
            goods = sum(fen for _, fen in expected.units.values())
            assert (shown["goods_fen"], shown["freight_fen"]) == (goods, expected.freight_fen)
            self.model.sales[shown["after_sale_no"]] = expected
        self.done(number)

    @rule(pick=PICK, verb=st.sampled_from(("approval", "refusal", "receipt", "cancellation")))
    @when(lambda self: self.model.sales)
    def decide(self, pick: int, verb: str) -> None:
        """Staff answer, the goods come back, or the shopper calls it off."""
        number = pick_of(self.model.sales, pick)
        sale = self.model.sales[number]
        who: Http = self.world.staff
        path, body = f"{ADMIN}/after-sales/{number}/{verb}", dict[str, Any](word="好的")
        if verb == "cancellation":
            who, path = self.world.shoppers[self.model.orders[sale.order].shopper], path[6:]
        if verb == "receipt":
            body |= {"resellable": bool(pick % 2)}
        before, refund = sale.status, None
        allowed = verb == "cancellation" and before == "canceled"
        if verb == "refusal" and before == "applied":
            allowed, sale.status = True, "refused"
        elif verb == "cancellation" and sale.is_open:
            allowed, sale.status = True, "canceled"
        elif verb == "approval" and before == "applied" and sale.kind == "return_and_refund":
            allowed, sale.status = True, "returning"
        elif (verb, before) in (("approval", "applied"), ("receipt", "returning")):
            back = verb == "receipt"
            refund = self.model.refund_of(sale)
            allowed = refund is not None and (not back or self.model.may_come_back(sale))
        answer = who.post(path, None if verb == "cancellation" else body)
        if self.agree(answer, allowed) and refund:
            if verb == "receipt":
                self.model.come_back(sale, resellable=bool(pick % 2))
            sale.status, sale.refund = "refunding", answer.get_json()["refund_no"]
            self.model.refund(str(sale.refund), sale.order, *refund)
        assert self.shown_sale(number) == sale.status
        self.done(sale.order)
