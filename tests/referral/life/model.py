"""What referral must do, in plain Python: who belongs to whom, what each order pays to whom, what
becomes of the money. It shares no code with the mall."""

from __future__ import annotations

from dataclasses import dataclass, field

LEVEL_BP = {1: 1_000, 2: 300}
BP = 10_000


@dataclass
class Account:
    """A promoter's commission, in fen."""

    pending: int = 0
    available: int = 0
    held: int = 0
    debt: int = 0
    paid: int = 0

    def pay_debt(self) -> None:
        """Available money pays what is owed first."""
        back = min(self.available, self.debt)
        self.available -= back
        self.debt -= back

    def take(self, fen: int, *, settled: bool) -> None:
        """So much is taken back."""
        if not settled:
            self.pending -= fen
            return
        own = min(fen, self.available)
        self.available -= own
        self.debt += fen - own

    @property
    def in_all(self) -> int:
        """What the account stands for: what it has, had paid out, less what it owes."""
        return self.pending + self.available + self.held + self.paid - self.debt


@dataclass
class Bond:
    """A binding: of a buyer to a promoter, and how it was screened."""

    buyer: int
    promoter: int
    void: bool = False
    held: bool = False


@dataclass
class Share:
    """What an order pays to one promoter; `bonds` must be clear for it."""

    promoter: int
    level: int
    kept: int
    bonds: tuple[Bond, ...]
    state: str = "pending"


@dataclass
class Order:
    """A paid order of one line: so many units of `price`, what went back, what it pays."""

    number: str
    buyer: int
    units: int
    price: int
    bond: Bond | None = None
    refunded_units: int = 0
    back: int = 0
    settled: bool = False
    shares: list[Share] = field(default_factory=list)

    @property
    def base(self) -> int:
        """What was paid for it."""
        return self.units * self.price

    @property
    def stands(self) -> bool:
        return self.refunded_units < self.units


class Model:
    """The whole of it. Buyers and promoters are numbers; `upper` says who brought a promoter."""

    def __init__(self, upper: dict[int, Bond]) -> None:
        self.upper = upper
        self.bond: dict[int, Bond] = {}
        self.invite: dict[int, Bond] = {}
        self.touched: dict[int, int] = {}
        self.orders: list[Order] = []
        self.accounts: dict[int, Account] = {}

    def account(self, promoter: int) -> Account:
        return self.accounts.setdefault(promoter, Account())

    # -- who belongs to whom

    def touch(self, buyer: int, promoter: int) -> None:
        """A new buyer belongs to whom they came by, and stays."""
        self.touched[buyer] = promoter
        if buyer not in self.bond and not self.bought(buyer):
            self.bond[buyer] = Bond(buyer, promoter)

    def bind(self, buyer: int, promoter: int) -> None:
        """Staff bind a buyer to another; the new binding is screened anew."""
        self.bond[buyer] = Bond(buyer, promoter)

    def bought(self, buyer: int) -> bool:
        return any(one.buyer == buyer for one in self.orders)

    # -- orders

    def pay(self, order: Order) -> None:
        """A paid order pays who brought the buyer, and who brought that promoter. Of a buyer who
        belongs to nobody it is the last whose share they opened."""
        order.bond = bond = self.bond.get(order.buyer)
        self.orders.append(order)
        bonds = () if bond is None else (bond,)
        promoter = self.touched.get(order.buyer) if bond is None else bond.promoter
        if promoter is None:
            return
        if bond is not None:
            self.invite.setdefault(order.buyer, bond)
        self._share(order, promoter, 1, bonds)
        upper = self.upper.get(promoter)
        if upper is not None:
            self._share(order, upper.promoter, 2, (*bonds, upper))

    def _share(self, order: Order, promoter: int, level: int, bonds: tuple[Bond, ...]) -> None:
        share = Share(promoter, level, order.base * LEVEL_BP[level] // BP, bonds)
        order.shares.append(share)
        self.account(promoter).pending += share.kept
        if any(one.void for one in bonds):
            self._void(share)

    def give_back(self, order: Order) -> None:
        """After money of the order went back: each share is of what was kept."""
        for share in order.shares:
            if share.state not in ("pending", "settled"):
                continue
            kept = (order.base - order.back) * LEVEL_BP[share.level] // BP
            self.account(share.promoter).take(share.kept - kept, settled=share.state == "settled")
            share.kept = kept
            if not kept:
                share.state = "reversed"

    def settle_shares(self) -> None:
        """The sweep: what is due and clear can be withdrawn, and pays debts first."""
        for order in self.orders:
            for share in order.shares:
                waits = any(one.held for one in share.bonds)
                if share.state == "pending" and order.settled and not waits:
                    share.state = "settled"
                    account = self.account(share.promoter)
                    account.pending -= share.kept
                    account.available += share.kept
                    account.pay_debt()

    # -- invites

    def invitees(self, promoter: int) -> tuple[int, int]:
        """How many invites of a promoter count, and how many of them for sure."""
        counted = firm = 0
        for bond in self.invite.values():
            if bond.promoter == promoter and not bond.void:
                own = [one for one in self.orders if one.bond is bond and one.stands]
                counted += bool(own)
                firm += not bond.held and any(one.settled for one in own)
        return counted, firm

    # -- screening

    def decide(self, bond: Bond, decision: str) -> None:
        """Staff release, hold or void a binding. What was void once pays nothing again."""
        bond.held, bond.void = decision == "hold", decision == "void"
        if bond.void:
            for order in self.orders:
                for share in order.shares:
                    if bond in share.bonds and share.state in ("pending", "settled"):
                        self._void(share)

    def _void(self, share: Share) -> None:
        self.account(share.promoter).take(share.kept, settled=share.state == "settled")
        share.kept, share.state = 0, "void"

    # -- withdrawals

    def withdraw(self, promoter: int, fen: int) -> None:
        account = self.account(promoter)
        account.available -= fen
        account.held += fen

    def end_withdrawal(self, promoter: int, fen: int, *, paid: bool) -> None:
        account = self.account(promoter)
        account.held -= fen
        if paid:
            account.paid += fen
        else:
            account.available += fen
            account.pay_debt()

    # -- the whole

    def kept_in_all(self) -> int:
        """What all shares are worth now; each fen of it is in some account."""
        return sum(share.kept for order in self.orders for share in order.shares)
