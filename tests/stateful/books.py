"""What the model keeps: coupons, orders, payments, refunds, after-sales."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from mall.orders.kinds import NORMAL, OrderKind


@dataclass
class Template:
    kind: str
    per_user: int
    total: int
    amount_fen: int = 0
    off_bp: int = 0
    cap_fen: int | None = None
    threshold_fen: int = 0
    back_on_refund: bool = True
    claimed: Counter[int] = field(default_factory=Counter)

    def takes_off(self, goods_fen: int, freight_fen: int) -> int:
        """What a coupon takes off the goods, or off the freight."""
        if goods_fen < self.threshold_fen:
            return 0
        cap = 10**9 if self.cap_fen is None else self.cap_fen
        if self.kind == "freight":
            return min(freight_fen, cap)
        off = self.amount_fen if self.kind == "amount" else goods_fen * self.off_bp // 10_000
        return max(0, min(off, cap, goods_fen - 1))


@dataclass
class Coupon:
    template: int
    shopper: int
    status: str = "available"
    order: str | None = None


@dataclass
class Line:
    sku: int
    quantity: int
    payable_fen: int
    points: int = 0
    """What it cost beside the money."""
    shipped: int = 0
    restocked: int = 0
    returned: int = 0
    refunded: int = 0
    refunded_fen: int = 0
    rebated_fen: int = 0
    quoted_fen: int = field(init=False)

    def __post_init__(self) -> None:
        self.quoted_fen = self.payable_fen

    @property
    def unsent(self) -> int:
        return self.quantity - self.shipped - self.restocked

    @property
    def kept(self) -> int:
        return self.quantity - self.refunded

    @property
    def left_fen(self) -> int:
        return self.payable_fen - self.refunded_fen - self.rebated_fen

    def share(self, units: int, claimed: int = 0, claimed_fen: int = 0) -> int:
        """What is left of the money, for the next of the units that are left."""
        left_fen, left = max(0, self.left_fen - claimed_fen), self.kept - claimed
        return left_fen if units >= left else left_fen * units // left


@dataclass
class Order:
    shopper: int
    lines: list[Line]
    freight_fen: int
    coupons: list[int]
    kind: OrderKind = NORMAL
    status: str = "unpaid"
    is_paid: bool = False
    is_held: bool = False
    is_over: bool = False
    """The time for returns has passed."""
    settled_fen: int | None = None
    """What was left paid for the goods when it was settled; None before."""
    reduced_fen: int = 0
    """What went back after that."""
    paid_fen: int = 0
    refunding_fen: int = 0
    refunded_fen: int = 0
    freight_refunded_fen: int = 0
    replaced_by: str | None = None
    points_back: int = 0
    earned: int | None = None
    """Points by what was paid for goods; None until it is heard. Less what was taken back."""
    is_free: bool = False
    """What it earned can be spent."""
    quoted_freight_fen: int = field(init=False)

    def __post_init__(self) -> None:
        self.quoted_freight_fen = self.freight_fen

    @property
    def payable_fen(self) -> int:
        return sum(line.payable_fen for line in self.lines) + self.freight_fen

    @property
    def points(self) -> int:
        return sum(line.points for line in self.lines)

    @property
    def is_refunded(self) -> bool:
        """All was given back: the money, and units of which a rebate or nothing was paid; or
        every unit before any left, and the order was closed by that."""
        if self.is_paid and self.status == "closed":
            return True
        keeps = any(x.kept and (x.rebated_fen or not x.payable_fen) for x in self.lines)
        return self.is_paid and self.refunded_fen == self.paid_fen and not keeps

    @property
    def has_nothing_to_send(self) -> bool:
        """Every unit is back before any left, and no refund is on its way."""
        return (
            self.status == "paid"
            and not self.refunding_fen
            and not any(line.kept for line in self.lines)
        )

    def close(self) -> None:
        self.status, self.is_held = "closed", False

    def pay(self) -> None:
        self.status, self.is_paid, self.paid_fen = "paid", True, self.payable_fen


@dataclass
class Payment:
    """A payment at WeChat. `heard`: the mall knows that it succeeded."""

    order: str
    amount_fen: int
    state: str = "open"
    live: bool = True
    heard: bool = False


@dataclass
class Refund:
    """`status` is the mall's, `wechat` WeChat's word, `renewed` how often it was asked anew."""

    order: str
    amount_fen: int
    units: dict[int, tuple[int, int]]
    freight_fen: int
    kind: str = "order"
    cause: str = ""
    """A feature's, for which there is one refund, and staff can't cancel it."""
    status: str = "pending"
    wechat: str | None = None
    number: str = ""
    renewed: int = 0


@dataclass
class AfterSale:
    order: str
    kind: str
    units: dict[int, tuple[int, int]]
    freight_fen: int
    unsent: bool
    status: str = "applied"
    refund: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in ("applied", "returning")
