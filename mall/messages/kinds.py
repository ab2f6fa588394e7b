"""The kinds of messages: which template, and what its fields say.

Which template, and which of its keys holds what, is a setting of each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from mall.kernel.clock import SHOP_ZONE
from mall.kernel.registry import Registry
from mall.messages.settings import ORDER_SHIPPED_TEMPLATE
from mall.settings import MessageTemplate, Setting
from mall.shipping import queries as shipping
from mall.shipping.rules import describe_goods

ORDER_SHIPPED = "order_shipped"


@dataclass(frozen=True)
class Content:
    """What WeChat is to send: template key → value, and the page that it opens."""

    data: Mapping[str, str]
    page: str | None


@dataclass(frozen=True)
class Kind:
    """One kind of message. `write` reads the state at the time of sending.

    One that would reach the shopper later than `good_for` after it was wanted isn't sent.
    """

    name: str
    template: Setting[MessageTemplate]
    write: Callable[[Session, MessageTemplate, str], Content]
    good_for: timedelta | None = None


def _order_shipped(session: Session, template: MessageTemplate, order_no: str) -> Content:
    parcels = shipping.shipments_of_order(session, order_no)
    last = parcels[-1]
    several = f"等 {len(parcels)} 个包裹" if len(parcels) > 1 else ""
    values = {
        "order_no": order_no,
        "carrier": last.carrier_name + several,
        "tracking": last.tracking_no,
        "goods": describe_goods((line.name, line.quantity) for p in parcels for line in p.lines),
        "shipped_at": last.created_at.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M"),
    }
    return Content(template.data(values), template.page_for(order_no=order_no))


KINDS: Registry[Kind] = Registry("message kinds", lambda one: one.name)
"""Features add their own."""
SHIPPED_MESSAGE = Kind(ORDER_SHIPPED, ORDER_SHIPPED_TEMPLATE, _order_shipped)


def templates() -> dict[str, str]:
    """Template id → kind, of those that the merchant has set up."""
    named = ((kind.template.get().template_id, name) for name, kind in KINDS.items().items())
    return {template_id: name for template_id, name in named if template_id}
