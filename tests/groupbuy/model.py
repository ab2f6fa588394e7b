"""A group-buy of one product, told plainly: what teams, orders, money and stock must do.

Times are whole minutes from the activity's start. A command says True when the mall should take
it, False when it should refuse and nothing may change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.groupbuy.books import OPEN, Refund, Seat, Stock, Team, Terms


@dataclass
class Group:
    """One activity and all that came of it. Teams and seats are known by numbers from nought."""

    terms: Terms
    stock: Stock
    now: int = 0
    teams: list[Team] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    units_of: dict[int, int] = field(default_factory=dict)
    is_ended: bool = False
    is_returned: bool = False

    # -- placing -----------------------------------------------------------------------

    def opens(self, shopper: int, tier_set: int, size: int | None, units: int) -> bool:
        """May a shopper open a team with this order?"""
        sizes, _ = self.terms.sets[tier_set]
        led = [t for t in self.teams if t.leader == shopper and t.status in ("opening", "forming")]
        return (
            (size in sizes if self.terms.is_chosen else size is None)
            and not self.is_ended
            and self.now < self.terms.ends_at
            and len(led) < self.terms.open_teams
            and self._has_units(shopper, units)
        )

    def joins(self, shopper: int, number: int, units: int) -> bool:
        """May a shopper join this team?"""
        team = self.teams[number]
        return (
            team.status in ("forming", "formed")
            and team.verdict is None
            and team.seats_left > 0
            and team.expires_at > self.now + 1
            and self.seat_of(shopper, number) is None
            and self._has_units(shopper, units)
        )

    def take(self, seat: Seat) -> None:
        """The order was placed; one that names no team has opened its own."""
        if seat.opens:
            self.teams.append(Team(*self.terms.tiers(seat.tier_set, seat.size), seat.shopper))
            seat.team = len(self.teams) - 1
        team = self.teams[seat.team]
        team.reserved += 1
        seat.is_held = team.status != "formed"
        seat.expires_at = min(self.now + self.terms.pay_min, team.expires_at)
        self.stock.of_activity_sold += seat.units
        self.units_of[seat.shopper] = self.units_of.get(seat.shopper, 0) + seat.units
        self.seats.append(seat)

    def seat_of(self, shopper: int, number: int) -> Seat | None:
        """The seat that a shopper has in a team."""
        of_team = (s for s in self.seats if s.team == number and s.shopper == shopper)
        return next((s for s in of_team if s.has_seat), None)

    def _has_units(self, shopper: int, units: int) -> bool:
        return (
            units <= self.terms.order_units
            and units <= self.stock.of_activity - self.stock.of_activity_sold
            and self.units_of.get(shopper, 0) + units <= self.terms.shopper_units
        )

    # -- paying, closing ---------------------------------------------------------------

    def pay(self, seat: Seat) -> str:
        """What becomes of a payment that WeChat tells of."""
        if seat.is_paid or seat.late_fen:
            return "repeated"
        if seat.status == "closed":
            seat.late_fen = seat.payable_fen
            return "returned"
        seat.pay(self.now)
        self.stock.reserved -= seat.units
        self.stock.sold += seat.units
        team = self.teams[seat.team]
        team.reserved, team.paid = team.reserved - 1, team.paid + 1
        if team.status == "opening":
            team.status, team.expires_at = "forming", self.now + self.terms.team_open_min
        is_enough = team.paid + team.filled >= team.min_size
        if team.status == "forming" and is_enough and team.verdict is None:
            self._form(seat.team)
        return "applied"

    def close_due(self) -> int:
        """Every order whose time is up is closed; how many."""
        due = [s for s in self.seats if s.status == "unpaid" and s.expires_at <= self.now]
        for seat in due:
            self.close_unpaid(seat)
        return len(due)

    def close_unpaid(self, seat: Seat) -> None:
        """Nobody paid: the seat is free, the units are the activity's."""
        seat.close()
        self.stock.reserved -= seat.units
        self.stock.sellable += seat.units
        self._give_up(seat)
        self._return_units(seat)

    # -- leaving -----------------------------------------------------------------------

    def leave(self, shopper: int, number: int) -> bool:
        """A shopper gives the seat up. False when there is none, or the team stands."""
        seat = self.seat_of(shopper, number)
        return seat is not None and self._free(seat)

    def remove(self, seat: Seat) -> bool:
        """Staff take a seat of a forming team away. Who has none any more stays without."""
        return self.teams[seat.team].status == "forming" and (not seat.has_seat or self._free(seat))

    def _free(self, seat: Seat) -> bool:
        team = self.teams[seat.team]
        if seat.status == "unpaid":
            self.close_unpaid(seat)
            return True
        if team.status != "forming" or team.verdict is not None:
            return False
        self._give_up(seat)
        seat.refund_all(f"groupbuy:leave:{seat.number}")
        if team.leader == seat.shopper:
            self._lead_on(seat.team)
        return True

    def _lead_on(self, number: int) -> None:
        team = self.teams[number]
        others = [s for s in self.seats if s.team == number and s.has_seat and s.is_paid]
        if self.terms.hands_over and others:
            team.leader = min(others, key=lambda s: (s.paid_at, s.number)).shopper
        else:
            team.verdict = "fail"

    # -- the end of teams ---------------------------------------------------------------

    def form_by_hand(self, number: int) -> bool:
        """Staff take the missing seats for the shop. Again changes nothing."""
        team = self.teams[number]
        if team.status == "formed":
            return True
        if team.status != "forming" or team.verdict is not None:
            return False
        team.filled += max(0, team.min_size - team.reserved - team.paid - team.filled)
        self._form(number)
        return True

    def fail_by_hand(self, number: int) -> bool:
        """Staff let a team end. Again changes nothing."""
        team = self.teams[number]
        if team.status == "failed" or team.verdict == "fail":
            return True
        if team.status not in ("opening", "forming") or team.verdict is not None:
            return False
        team.verdict = "fail"
        return True

    def end_early(self, decision: str) -> None:
        """No new teams; the open ones run on, are to be formed as they are, or paid back."""
        self.is_ended = True
        for team in self.teams:
            if team.status not in OPEN or team.verdict is not None:
                continue
            if decision == "form":
                team.verdict = "form"
            elif decision == "refund" and team.status != "formed":
                team.verdict = "fail"

    def close_decided(self, number: int) -> None:
        """The unpaid orders of a team whose end was decided are closed."""
        for seat in self.seats:
            if seat.team == number and seat.status == "unpaid":
                self.close_unpaid(seat)

    def close_teams(self) -> int:
        """The sweep: every team that is due ends; how many."""
        due = [number for number, team in enumerate(self.teams) if team.is_due(self.now)]
        for number in due:
            self._end(number)
        return len(due)

    def close_full(self, number: int) -> bool:
        """The job of a full team."""
        team = self.teams[number]
        is_full = team.status in ("forming", "formed") and not (team.seats_left or team.reserved)
        if is_full:
            self._end(number)
        return is_full

    def _end(self, number: int) -> None:
        team = self.teams[number]
        missing = max(0, team.min_size - team.paid - team.filled)
        allowed = missing if team.verdict == "form" else self.terms.virtual_seats
        stands = team.status == "formed"
        if not stands and (team.verdict == "fail" or not team.paid or missing > allowed):
            team.status = "failed"
            self._mark(number, "refund")
            return
        if not stands:
            team.filled += missing
            self._form(number)
        seats = team.paid + team.filled
        reached = [size for size in team.sizes if size <= seats]
        team.status, team.tier_size = "settled", max(reached, default=team.min_size)
        self._mark(number, "settle")

    def _form(self, number: int) -> None:
        self.teams[number].status = "formed"
        self._mark(number, "release")

    def _mark(self, number: int, due: str) -> None:
        for seat in self.seats:
            if seat.team == number and seat.has_seat and (due != "refund" or seat.is_paid):
                seat.due = due

    # -- what is due, and refunds --------------------------------------------------------

    def carry_out(self, seat: Seat) -> None:
        """What is due with an order; a rebate waits for the refunds that are on their way."""
        if seat.due == "refund":
            seat.refund_all(f"groupbuy:team:{seat.team_id}")
        else:
            seat.is_held = False
        if seat.due == "settle" and seat.is_undecided:
            return
        if seat.due == "settle" and not self.terms.is_chosen and seat.kept:
            team = self.teams[seat.team]
            per_unit = seat.unit_price_fen - team.price_at(team.tier_size)
            seat.rebate(min(per_unit * seat.kept, seat.left_fen - 1))
        seat.due = None

    def may_refund(self, seat: Seat, units: int) -> bool:
        """May staff give so many units back?"""
        waits = seat.has_seat and self.teams[seat.team].status in ("opening", "forming")
        return (
            seat.status in ("paid", "shipped", "completed")
            and not waits
            and seat.due != "refund"
            and 0 < units <= seat.kept
        )

    def arrive(self, seat: Seat, refund: Refund) -> None:
        """A refund's money has arrived: unsent units are on sale again."""
        refund.status = "succeeded"
        self._restock(seat, min(refund.units, seat.unsent))
        is_closed = seat.is_refunded and seat.status in ("paid", "shipped")
        if is_closed:
            seat.close()
            self._restock(seat, seat.unsent)
        if is_closed or seat.is_all_back:
            self._give_up(seat)
        if is_closed and seat.restocked == seat.units:
            self._return_units(seat)
        seat.note_sent()

    def _restock(self, seat: Seat, units: int) -> None:
        seat.restocked += units
        self.stock.sold -= units
        self.stock.sellable += units

    def _give_up(self, seat: Seat) -> None:
        team = self.teams[seat.team]
        if not seat.has_seat or team.status not in OPEN:
            return
        seat.has_seat = False
        team.reserved -= not seat.is_paid
        team.paid -= seat.is_paid
        if team.status == "opening":
            team.status = "failed"

    def _return_units(self, seat: Seat) -> None:
        """The units are the activity's again, unless they were sold on the shelf meanwhile."""
        if seat.is_released or self.stock.sellable < seat.units:
            return
        seat.is_released = True
        self.units_of[seat.shopper] -= seat.units
        self.stock.of_activity_sold -= seat.units
        if self.is_returned:
            self.stock.of_activity -= seat.units
        else:
            self.stock.sellable -= seat.units
            self.stock.reserved += seat.units

    # -- the end of the activity ---------------------------------------------------------

    def end(self) -> None:
        """No new teams; what isn't sold goes back on sale once no team is open."""
        self.is_ended = self.is_ended or self.now >= self.terms.ends_at
        if not self.is_ended or self.is_returned or any(t.status in OPEN for t in self.teams):
            return
        left = self.stock.of_activity - self.stock.of_activity_sold
        self.is_returned = True
        self.stock.of_activity -= left
        self.stock.reserved -= left
        self.stock.sellable += left
