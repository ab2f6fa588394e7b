"""Placing orders whose price and stock the caller has settled: a flash sale's, or just one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from mall.catalog.queries import SkuForSale
from mall.kernel.events import publish
from mall.orders.addresses import KeptAddress
from mall.orders.errors import NothingToPay
from mall.orders.events import OrderPlaced
from mall.orders.kinds import OrderKind
from mall.orders.writing import (
    NewOrder,
    OrderContents,
    WrittenOrder,
    contents_of,
    write_orders,
)
from mall.pricing.quote import Quote
from mall.users.addressing import AddressSnapshot


@dataclass(frozen=True, slots=True)
class Draft:
    """An order to be placed for `user_id`, at the price of `quote`.

    It is to be paid until `pay_until` at the latest, if that is sooner than its kind says.
    The quote may have been made for another shopper: drafts that share one quote object
    send its lines once.
    """

    user_id: int
    quote: Quote
    goods: Mapping[int, SkuForSale]
    address: AddressSnapshot | None = field(repr=False)
    kind: OrderKind
    choices: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""
    pay_until: datetime | None = None


def place_batch(session: Session, drafts: Sequence[Draft]) -> list[WrittenOrder]:
    """Write an unpaid order for each draft, in their order, and publish OrderPlaced for each.

    The caller has priced the goods, and reserves their stock under each order's reference
    in the same transaction; participants aren't asked. Raises NothingToPay for a quote that
    costs nothing, unless its kind may be free.
    """
    if any(draft.quote.payable_fen <= 0 and not draft.kind.may_be_free for draft in drafts):
        raise NothingToPay
    contents: dict[int, OrderContents] = {}
    for draft in drafts:
        if id(draft.quote) not in contents:
            contents[id(draft.quote)] = contents_of(draft.quote, draft.goods)
    written = write_orders(session, [_order(draft, contents[id(draft.quote)]) for draft in drafts])
    for draft, order in zip(drafts, written, strict=True):
        publish(session, OrderPlaced(order.order_no, draft.user_id))
    return written


def _order(draft: Draft, contents: OrderContents) -> NewOrder:
    address = draft.address
    return NewOrder(
        user_id=draft.user_id,
        kind=draft.kind,
        choices=draft.choices,
        contents=contents,
        address=KeptAddress.of(address) if address else None,
        region_code=address.region_code if address else "",
        remark=draft.remark,
        pay_min=draft.kind.pay_min(),
        pay_until=draft.pay_until,
    )
