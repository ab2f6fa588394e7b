"""The kinds of messages: which template, and what its fields say.

A template's keys are the merchant's own choice in WeChat's console, so the settings map our
names to them ("order_no=character_string1").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from mall.config import Config
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.registry import Registry
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
    template_id: Callable[[Config], str]
    write: Callable[[Session, Config, str], Content]
    good_for: timedelta | None = None


def _order_shipped(session: Session, config: Config, order_no: str) -> Content:
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
    page = config.template_order_shipped_page.replace("{order_no}", order_no)
    return Content(placed(values, config.template_order_shipped_fields), page or None)


def placed(values: Mapping[str, str], fields: str) -> dict[str, str]:
    """`values` under the keys of a template, as a setting maps them: "name=key,name=key"."""
    pairs = (pair.split("=") for pair in fields.split(","))
    return {key: values[name] for name, key in pairs}


KINDS: Registry[Kind] = Registry("message kinds", lambda one: one.name)
"""Features add their own."""
SHIPPED_MESSAGE = Kind(ORDER_SHIPPED, lambda s: s.template_order_shipped, _order_shipped)


def templates(config: Config) -> dict[str, str]:
    """Template id → kind, of those that the merchant has set up."""
    named = ((kind.template_id(config), name) for name, kind in KINDS.items().items())
    return {template_id: name for template_id, name in named if template_id}
