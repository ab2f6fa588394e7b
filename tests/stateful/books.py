"""What the model keeps: coupons, orders, payments, refunds, after-sales."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


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

    def share(self, units: int, claimed: int = 0, claimed_fen: int = 0) -> int:
        """What of the line's money belongs to the next units; the last ones get all the rest."""
        left = max(0, self.payable_fen - self.refunded_fen - self.rebated_fen - claimed_fen)
        kept = self.quantity - self.refunded - claimed
        return left if units >= kept else left * units // kept


@dataclass
class Order:
    shopper: int
    lines: list[Line]
    freight_fen: int
    coupons: list[int]
    status: str = "unpaid"
    paid_fen: int = 0
    refunding_fen: int = 0
    refunded_fen: int = 0
    freight_refunded_fen: int = 0
    replaced_by: str | None = None
    quoted_freight_fen: int = field(init=False)

    def __post_init__(self) -> None:
        self.quoted_freight_fen = self.freight_fen

    @property
    def is_refunded(self) -> bool:
        """All went back. Who keeps goods of which the last fen was rebated has an order."""
        kept = any(x.rebated_fen and x.refunded < x.quantity for x in self.lines)
        return self.refunded_fen == self.paid_fen and not kept

    @property
    def payable_fen(self) -> int:
        return sum(line.payable_fen for line in self.lines) + self.freight_fen


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
    kind: str = "staff"
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
