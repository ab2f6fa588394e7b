"""What staff, WeChat and those who send parcels do to the orders of teams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from mall.kernel.errors import MallError
from tests.groupbuy.books import Refund, Seat
from tests.groupbuy.hands import Hands
from tests.groupbuy.model import Group

Thing = TypeVar("Thing")
GOODWILL_FEN = 300


class MoneyMoves(RuleBasedStateMachine):
    """Moves that change no team: what is due with orders, refunds, parcels, the shelf."""

    group: Group
    hands: Hands
    seen: ClassVar[Counter[str]] = Counter()

    def carry_out(self, which: int) -> bool:
        seat = self.pick([s for s in self.group.seats if s.due], which)
        if seat is None:
            return False
        self._carry_out(seat)
        return True

    def carry_out_all(self) -> bool:
        due = [s for s in self.group.seats if s.due]
        for seat in due:
            self._carry_out(seat)
        return bool(due)

    def refund(self, which: int, units: int) -> bool:
        """Staff give units back, with the freight when these are all that is left; often of an
        order of which money came back before."""
        kept = [s for s in self.group.seats if s.is_paid and s.kept]
        rebated = [s for s in kept if s.difference_fen]
        again = [s for s in kept if s.refunds]
        seat = self.pick((rebated, again, kept)[which % 3] or kept, which)
        if seat is None or (which % 10 and not self.group.may_refund(seat, 1)):
            return False
        units = min(units, seat.kept)
        refund = Refund("staff", units, seat.share(units))
        if units == seat.kept:
            refund.freight_fen = seat.freight_left_fen
        return self._ask_back(seat, refund)

    def goodwill(self, which: int) -> bool:
        """Staff give some money back for goods that are kept."""
        seat = self.pick([s for s in self.group.seats if s.is_paid and s.kept], which)
        waits = seat is None or (which % 10 and not self.group.may_refund(seat, 1))
        if seat is None or waits or seat.left_fen <= GOODWILL_FEN:
            return False
        return self._ask_back(seat, Refund("staff", 0, GOODWILL_FEN))

    def arrive(self, which: int) -> bool:
        found = self.pick(self._under_way(), which)
        if found is None:
            return False
        seat, refund = found
        had_seat = seat.has_seat
        self.hands.arrive(seat, refund)
        self.group.arrive(seat, refund)
        self.saw(f"{refund.cause.rpartition(':')[0] or 'staff'} refund arrived", True)
        self.saw("formed member out", had_seat and not seat.has_seat)
        self.saw("received, and all of it back", seat.status == "completed" and seat.is_refunded)
        self.saw("return after sending", seat.shipped > 0 and refund.units > 0)
        self.saw("part back after the rebate", refund.units > 0 < seat.difference_fen)
        unsold = seat.status == "closed" and seat.restocked == seat.units
        self.saw("units gone", unsold and not seat.is_released)
        return True

    def wechat_closes(self, which: int) -> bool:
        """WeChat won't pay a refund: staff cancel their own, and try a feature's again."""
        found = self.pick(self._under_way(), which)
        if found is None:
            return False
        seat, refund = found
        self.hands.wechat_closes(seat, refund)
        if refund.cause == "staff":
            refund.status = "canceled"
        self.saw("retried" if refund.cause != "staff" else "canceled", True)
        return True

    def ship(self, which: int, units: int, anyhow: bool) -> bool:
        paid = [s for s in self.group.seats if s.status == "paid"]
        seat = self.pick([s for s in paid if anyhow or not s.is_held], which)
        if seat is None:
            return False
        left = seat.kept - seat.shipped
        units = min(units, max(1, left))
        may = not seat.is_held and units <= left
        if self.agree(may, lambda: self.hands.ship(seat, units), "ship"):
            seat.shipped += units
            seat.note_sent()
        return may

    def receive(self, which: int) -> bool:
        seat = self.pick([s for s in self.group.seats if s.status == "shipped"], which)
        if seat is None:
            return False
        self.hands.receive(seat)
        seat.status = "completed"
        return True

    def buy_on_shelf(self, units: int, anyhow: bool) -> bool:
        """Somebody buys the same goods alone, at the shop's price."""
        may = self.group.stock.sellable >= units
        if not may and not anyhow:
            return False
        if self.agree(may, lambda: self.hands.buy_on_shelf(units), "shelf"):
            self.group.stock.sellable -= units
            self.group.stock.sold += units
        return may

    def unpaid(self) -> list[Seat]:
        return [seat for seat in self.group.seats if seat.status == "unpaid"]

    def agree(self, may: bool, act: Callable[[], None], what: str) -> bool:
        """Both do it, or both refuse."""
        refusal = None
        try:
            act()
        except MallError as said:
            refusal = said
            self.saw(f"{what} refused", True)
            self.saw(type(said).__name__, True)
        assert (refusal is None) == may, f"{what}: the model says {may}, the mall {refusal!r}"
        self.saw(what, may)
        return may

    def pick(self, things: Sequence[Thing], which: int) -> Thing | None:
        return things[which % len(things)] if things else None

    def saw(self, what: str, happened: bool) -> None:
        MoneyMoves.seen[what] += happened

    def _ask_back(self, seat: Seat, refund: Refund) -> bool:
        may = self.group.may_refund(seat, max(1, refund.units))
        if self.agree(may, lambda: self.hands.refund(seat, refund), "refund"):
            self.saw("part of an order", 0 < refund.units < seat.units)
            seat.refunds.append(refund)
        return may

    def _under_way(self) -> list[tuple[Seat, Refund]]:
        """Refunds that WeChat hasn't paid."""
        refunds = ((seat, one) for seat in self.group.seats for one in seat.refunds)
        return [(seat, one) for seat, one in refunds if one.status == "pending"]

    def _carry_out(self, seat: Seat) -> None:
        due, before = seat.due, seat.difference_fen
        self.group.carry_out(seat)
        self.hands.carry_out(seat)
        self.saw(f"{due} carried out", seat.due is None)
        self.saw("settling waits", seat.due is not None)
        self.saw("rebate", seat.difference_fen > before)
        self.saw("rebate of a part", seat.difference_fen > before and seat.kept < seat.units)
