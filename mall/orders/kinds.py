"""The kinds of orders: what is special about the orders of a feature.

An order is `normal` unless the feature that places it says otherwise. The core asks the kind
and never which feature it belongs to. A feature adds its kinds to `ORDER_KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mall.kernel.registry import Registry
from mall.orders.holding import HoldReason
from mall.orders.settings import UNPAID_CLOSE_MIN
from mall.pricing.quote import Lane

ALL_LANES = frozenset(Lane)


def _shop_pay_min() -> int:
    return UNPAID_CLOSE_MIN.get()


@dataclass(frozen=True, slots=True)
class OrderKind:
    """What holds for all orders of one kind. The defaults are those of a normal order.

    `name` is stored with the order and never changes; `label` is for shoppers and staff.

    - Price: only rules in `lanes`, and only of `participants` (by name; None is all of them).
      What isn't shipped costs no freight.
      `may_be_free`: the order may cost nothing; then it is paid at placing, without WeChat.
    - Goods: `needs_shelf`: only what is on the shelf. `takes_from_cart`: what is ordered leaves
      the shopper's cart.
    - Payment: a shopper has `pay_min()` minutes. `places_again`: a payment that comes after
      the close may place the order again, if the shop's policy says so; otherwise it goes back.
    - Hold: such orders are placed on hold for the reason `hold`, which their feature ends.
    - Delivery: `needs_address`; `ships`: goods leave in parcels or at a counter. Of a kind that
      doesn't ship, the feature delivers (`fulfilling.deliver`).
    - Returns: `returnable`, for `return_days()` days after completion (None: the shop's days).
    - `earns`: by default the order counts for rewards.
    """

    name: str
    label: str
    lanes: frozenset[Lane] = ALL_LANES
    participants: frozenset[str] | None = None
    may_be_free: bool = False
    needs_shelf: bool = True
    takes_from_cart: bool = True
    pay_min: Callable[[], int] = _shop_pay_min
    places_again: bool = True
    hold: HoldReason | None = None
    needs_address: bool = True
    ships: bool = True
    returnable: bool = True
    return_days: Callable[[], int] | None = None
    earns: bool = True

    def is_priced_in(self, lane: Lane) -> bool:
        """Whether rules of this lane make the price of such an order."""
        return lane in self.lanes and (self.ships or lane is not Lane.FREIGHT)

    def is_joined_by(self, participant: str) -> bool:
        """Whether this participant may change the price of such an order."""
        return self.participants is None or participant in self.participants


ORDER_KINDS: Registry[OrderKind] = Registry("order kinds", lambda one: one.name)
NORMAL = OrderKind("normal", "普通订单")


def earning_kinds() -> list[str]:
    """The names of the kinds that earn."""
    return [kind.name for kind in ORDER_KINDS.items().values() if kind.earns]


def kind_named(name: str) -> OrderKind:
    """The kind of an order by its stored name. KeyError when its feature isn't installed."""
    return ORDER_KINDS[name]
