"""What the model of group-buy keeps: terms, teams, seats with their orders, refunds, stock."""

from __future__ import annotations

from dataclasses import dataclass, field

OPEN = ("opening", "forming", "formed")
FOR_EVER = 10**9
COUPON_FEN, FREIGHT_FEN, FURTHER_FEN = 500, 800, 200


@dataclass(frozen=True)
class Terms:
    """What staff said. `sets` are (sizes, prices of a unit in fen)."""

    is_chosen: bool
    sets: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    leader_price_fen: int | None
    leader_free_freight: bool
    stacks: bool
    hands_over: bool
    virtual_seats: int
    order_units: int
    shopper_units: int
    open_teams: int
    pay_min: int
    team_open_min: int
    ends_at: int

    def tiers(self, tier_set: int, size: int | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Sizes and prices of a team."""
        sizes, prices = self.sets[tier_set]
        if not self.is_chosen:
            return sizes, prices
        place = sizes.index(size or 0)
        return (sizes[place],), (prices[place],)

    def price_fen(self, prices: tuple[int, ...], *, opens: bool) -> int:
        """What a unit costs with a seat."""
        return self.leader_price_fen if opens and self.leader_price_fen else prices[0]

    def freight_fen(self, units: int, *, opens: bool) -> int:
        """What it costs to send so many units."""
        if opens and self.leader_free_freight:
            return 0
        return FREIGHT_FEN + FURTHER_FEN * (units - 1)


@dataclass
class Stock:
    """Units of the SKU. `of_activity` were set aside in all, of which orders hold or bought
    `of_activity_sold`; the rest is reserved like what unpaid orders hold."""

    sellable: int
    reserved: int
    sold: int = 0
    of_activity: int = 0
    of_activity_sold: int = 0


@dataclass
class Team:
    sizes: tuple[int, ...]
    prices: tuple[int, ...]
    leader: int
    status: str = "opening"
    verdict: str | None = None
    reserved: int = 0
    paid: int = 0
    filled: int = 0
    expires_at: int = FOR_EVER
    tier_size: int = 0

    @property
    def min_size(self) -> int:
        return self.sizes[0]

    @property
    def seats_left(self) -> int:
        return self.sizes[-1] - self.reserved - self.paid - self.filled

    def price_at(self, size: int) -> int:
        return self.prices[self.sizes.index(size)]

    def is_due(self, now: int) -> bool:
        """Whether the sweep ends it."""
        over = self.expires_at <= now or not self.seats_left or self.verdict is not None
        return self.status in ("forming", "formed") and not self.reserved and over


@dataclass
class Refund:
    """Of `units`, or without any a rebate. `status` is `pending` until WeChat has paid it."""

    cause: str
    units: int
    fen: int
    freight_fen: int = 0
    status: str = "pending"

    @property
    def amount_fen(self) -> int:
        return self.fen + self.freight_fen


@dataclass
class Seat:
    """A member's row and its order of one line. `goods_fen` is what the line costs."""

    shopper: int
    units: int
    unit_price_fen: int
    goods_fen: int
    freight_fen: int
    team: int = -1
    tier_set: int = 0
    size: int | None = None
    number: int = 0
    team_id: int = 0
    """The ids of member and team in the mall."""
    order_no: str = ""
    opens: bool = False
    status: str = "unpaid"
    expires_at: int = FOR_EVER
    is_held: bool = True
    paid_at: int | None = None
    has_seat: bool = True
    is_released: bool = False
    due: str | None = None
    difference_fen: int = 0
    shipped: int = 0
    restocked: int = 0
    late_fen: int = 0
    """A payment that came after the close, and goes back."""
    refunds: list[Refund] = field(default_factory=list)

    @property
    def payable_fen(self) -> int:
        return self.goods_fen + self.freight_fen

    @property
    def is_paid(self) -> bool:
        return self.paid_at is not None

    @property
    def standing(self) -> list[Refund]:
        """Refunds that have arrived or will."""
        return [refund for refund in self.refunds if refund.status != "canceled"]

    @property
    def is_undecided(self) -> bool:
        """A refund that staff may cancel is under way."""
        return any((one.cause, one.status) == ("staff", "pending") for one in self.refunds)

    @property
    def is_all_back(self) -> bool:
        """The money of every unit has arrived."""
        arrived = [refund.units for refund in self.refunds if refund.status == "succeeded"]
        return sum(arrived) >= self.units

    @property
    def kept(self) -> int:
        return self.units - sum(refund.units for refund in self.standing)

    @property
    def unsent(self) -> int:
        return self.units - self.shipped - self.restocked

    @property
    def refunded_fen(self) -> int:
        """Of the line, with its units."""
        return sum(refund.fen for refund in self.standing if refund.units)

    @property
    def rebated_fen(self) -> int:
        return sum(refund.fen for refund in self.standing if not refund.units)

    @property
    def left_fen(self) -> int:
        return self.goods_fen - self.refunded_fen - self.rebated_fen

    @property
    def freight_left_fen(self) -> int:
        return self.freight_fen - sum(refund.freight_fen for refund in self.standing)

    @property
    def pending_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds if refund.status == "pending")

    @property
    def arrived_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds if refund.status == "succeeded")

    @property
    def is_refunded(self) -> bool:
        """All was given back; a rebate of the last fen isn't that."""
        keeps = self.kept > 0 and self.rebated_fen > 0
        return self.arrived_fen == self.payable_fen and not keeps

    def share(self, units: int) -> int:
        """What the next units of the line give back."""
        if units >= self.kept:
            return max(0, self.left_fen)
        return max(0, self.left_fen) * units // self.kept

    def pay(self, now: int) -> None:
        self.status, self.paid_at = "paid", now

    def close(self) -> None:
        self.status, self.is_held = "closed", False

    def note_sent(self) -> None:
        """A paid order is shipped once each unit was sent or went back on sale."""
        if self.status == "paid" and self.shipped and not self.unsent:
            self.status = "shipped"

    def refund_all(self, cause: str) -> None:
        """All that is left goes back, once a cause."""
        if any(refund.cause == cause for refund in self.refunds):
            return
        if self.kept or self.left_fen or self.freight_left_fen:
            self.refunds.append(Refund(cause, self.kept, self.left_fen, self.freight_left_fen))

    def rebate(self, fen: int) -> None:
        """Money back for goods that are kept."""
        if fen > 0:
            self.refunds.append(Refund(f"groupbuy:tier:{self.team_id}", 0, fen))
            self.difference_fen += fen
