"""A model of money and goods that come back; see `model` for the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.stateful.books import AfterSale, Line, Order, Refund
from tests.stateful.placing import Placing
from tests.stateful.points import back_by, points_of, with_refund

REFUNDABLE = ("paid", "shipped", "completed")


class Returning(Placing):
    """Refunds, rebates and after-sales."""

    # -- refunds -----------------------------------------------------------------------

    def may_refund(
        self, order_no: str, units: dict[int, tuple[int, int]], freight: int, cause: str = ""
    ) -> bool:
        """May so much go back? `units` is line → (units, fen). No units: a rebate."""
        order = self.orders[order_no]
        amount = sum(fen for _, fen in units.values()) + freight
        left = order.paid_fen - order.refunding_fen - order.refunded_fen
        freight_alone = not units and order.is_paid and order.status == "closed"
        return (
            (order.status in REFUNDABLE or freight_alone)
            and (bool(cause) or not order.is_held)
            and (amount <= left if amount else bool(cause) or self._may_be_nothing(order, units))
            and bool(units or freight)
            and all(n + fen > 0 for n, fen in units.values())
            and order.freight_refunded_fen + freight <= order.freight_fen
            and all(
                order.lines[i].refunded + n <= order.lines[i].quantity
                and fen <= order.lines[i].left_fen
                for i, (n, fen) in units.items()
            )
        )

    def _may_be_nothing(self, order: Order, units: Mapping[int, tuple[int, int]]) -> bool:
        """May staff give back no money? When no unit has a share of it, or points come back."""
        shares = (order.lines[i].share(n) for i, (n, _) in units.items())
        return self.brings_points(order, units) or not any(shares)

    def brings_points(self, order: Order, units: Mapping[int, tuple[int, int]]) -> bool:
        """Do points come back by this refund, after all that is under way?"""
        had = {i: (x.refunded, x.refunded_fen, x.rebated_fen) for i, x in enumerate(order.lines)}
        has = with_refund(had, units)
        lines = enumerate(order.lines)
        return any(points_of(x, has[i]) > points_of(x, had[i]) for i, x in lines)

    def refund(
        self, refund_no: str, order_no: str, units: dict[int, tuple[int, int]], freight: int
    ) -> None:
        amount = sum(fen for _, fen in units.values()) + freight
        self.write_refund(refund_no, Refund(order_no, amount, units, freight))

    def write_refund(self, refund_no: str, refund: Refund) -> None:
        """Set a refund aside; one of nothing is over at once."""
        self.refunds[refund_no], refund.number = refund, refund_no
        self._set_aside(refund, 1)
        if not refund.amount_fen:
            refund.status = "succeeded"
            self._settle(refund)

    def caused(self, order_no: str, cause: str) -> str | None:
        """The refund that was made of an order for a cause."""
        made = (n for n, r in self.refunds.items() if (r.order, r.cause) == (order_no, cause))
        return next(made, None)

    def rest(self, order_no: str) -> tuple[dict[int, tuple[int, int]], int]:
        """Everything that is left of an order: units with their money, what staff kept of units
        that are back, and freight."""
        order = self.orders[order_no]
        lines = {i: (x.kept, x.left_fen) for i, x in enumerate(order.lines) if x.kept or x.left_fen}
        return lines, order.freight_fen - order.freight_refunded_fen

    def may_rebate(self, order_no: str, amounts: dict[int, int], cause: str) -> bool:
        """May these lines (line → fen) become cheaper while the goods are kept?"""
        lines = self.orders[order_no].lines
        fits = all(fen > 0 and lines[i].kept for i, fen in amounts.items())
        units = {i: (0, fen) for i, fen in amounts.items()}
        return fits and self.may_refund(order_no, units, 0, cause)

    def _set_aside(self, refund: Refund, sign: int) -> None:
        order = self.orders[refund.order]
        order.refunding_fen += sign * refund.amount_fen
        order.freight_refunded_fen += sign * refund.freight_fen
        for i, (n, fen) in refund.units.items():
            order.lines[i].refunded += sign * n
            if n:
                order.lines[i].refunded_fen += sign * fen
            else:
                order.lines[i].rebated_fen += sign * fen

    def return_payment(self, refund_no: str, number: str, amount_fen: int, kind: str) -> None:
        """A payment for nothing goes back whole; the order isn't touched."""
        order_no = self.payments[number].order
        self.refunds[refund_no] = Refund(order_no, amount_fen, {}, 0, kind, number=refund_no)

    def hear_refund(self, refund_no: str, wechat: str) -> None:
        """WeChat's word about a refund, any number of times."""
        refund = self.refunds[refund_no]
        if refund.status not in ("pending", "sent"):
            return
        refund.status = {"SUCCESS": "succeeded", "CLOSED": "closed"}.get(wechat, "sent")
        if refund.status == "succeeded" and refund.kind == "order":
            self._settle(refund)

    def _settle(self, refund: Refund) -> None:
        order = self.orders[refund.order]
        order.refunding_fen -= refund.amount_fen
        order.refunded_fen += refund.amount_fen
        for i, (n, _) in refund.units.items():
            self._restock(order.lines[i], n)
        if order.settled_fen is not None:
            order.reduced_fen += refund.amount_fen
        ends = order.is_refunded or order.has_nothing_to_send
        ends = ends and order.status in ("paid", "shipped")
        if ends:
            order.close()
        self.points.give_back(order, back_by(self.refunds, refund.order))
        if ends:
            for line in order.lines:
                self._restock(line, line.unsent)
            self._give_back(refund.order)
        self._all_sent(order)

    def _restock(self, line: Line, units: int) -> None:
        units = min(units, line.unsent)
        line.restocked += units
        self._shift(line.sku, units, "sold", "sellable")

    def cancel_refund(self, refund_no: str) -> bool:
        refund = self.refunds[refund_no]
        if refund.kind != "order" or refund.cause or refund.status != "closed":
            return False
        refund.status = "canceled"
        self._set_aside(refund, -1)
        return True

    def try_again(self, refund_no: str) -> bool:
        """Ask again for what WeChat closed, under another number."""
        refund = self.refunds[refund_no]
        if refund.status in ("succeeded", "canceled"):
            return False
        if refund.status == "closed":
            refund.status, refund.wechat = "pending", None
            refund.renewed += 1
        return True

    # -- after-sales -------------------------------------------------------------------

    def _open(self, order_no: str) -> Iterator[AfterSale]:
        return (s for s in self.sales.values() if s.order == order_no and s.is_open)

    def asked(self, order_no: str, kind: str, units: Mapping[int, int]) -> AfterSale | None:
        """The after-sale that a shopper would get; None when it's refused."""
        order = self.orders[order_no]
        over = order.is_over or order.settled_fen is not None
        if order.status not in REFUNDABLE or order.is_held or over or not order.kind.returnable:
            return None
        if kind == "return_and_refund" and not order.kind.ships:
            return None
        claimed, fen, freight = Counter[int](), Counter[int](), 0
        for sale in self._open(order_no):
            freight += sale.freight_fen
            for i, (n, share) in sale.units.items():
                claimed[i] += n
                fen[i] += share
        for i, n in units.items():
            line = order.lines[i]
            if n > line.quantity - line.refunded - claimed[i]:
                return None
            if kind == "return_and_refund" and line.unsent:
                return None
        shares = {i: order.lines[i].share(n, claimed[i], fen[i]) for i, n in units.items()}
        back = max(0, self._freight_back(order, units, claimed) - freight)
        wanted = {i: (units[i], shares[i]) for i in units}
        kept = all(
            order.lines[i].rebated_fen and order.lines[i].left_fen - fen[i] <= 0 for i in units
        )
        nothing = sum(shares.values()) + back <= 0 < order.payable_fen
        if nothing and kept and not self.brings_points(order, wanted):
            return None
        unsent = kind == "refund_only" and any(order.lines[i].unsent for i in units)
        return AfterSale(order_no, kind, wanted, back, unsent)

    def _freight_back(self, order: Order, units: Mapping[int, int], held: Counter[int]) -> int:
        """All that is left of it, with the last unit of an order that was never sent."""
        for i, line in enumerate(order.lines):
            if line.shipped or line.quantity - line.refunded - held[i] > units.get(i, 0):
                return 0
        return order.freight_fen - order.freight_refunded_fen

    def refund_of(self, sale: AfterSale) -> tuple[dict[int, tuple[int, int]], int] | None:
        """The refund that an after-sale leads to: (units, freight); None when it can't."""
        counts = {i: n for i, (n, _) in sale.units.items()}
        others = [one for one in self._open(sale.order) if one is not sale]
        claimed = Counter[int]()
        for one in others:
            claimed.update({i: n for i, (n, _) in one.units.items()})
        shown = sum(one.freight_fen for one in others)
        freight = max(0, self._freight_back(self.orders[sale.order], counts, claimed) - shown)
        held = self.orders[sale.order].is_held
        may = not held and self.may_refund(sale.order, sale.units, freight, "after-sale")
        return (sale.units, freight) if may else None

    def may_come_back(self, sale: AfterSale) -> bool:
        lines = self.orders[sale.order].lines
        return all(lines[i].returned + n <= lines[i].shipped for i, (n, _) in sale.units.items())

    def come_back(self, sale: AfterSale, *, resellable: bool) -> None:
        """Units that were sent are in the shop again, on sale or scrapped."""
        for i, (n, _) in sale.units.items():
            line = self.orders[sale.order].lines[i]
            line.returned += n
            self.stock[line.sku]["sold"] -= n
            self.stock[line.sku]["sellable"] += n if resellable else 0
