"""Configuration of subscribe messages: which template, what its keys hold, what it opens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mall.config.declaring import Kind, text

_ORDER_SHIPPED = ("order_no", "carrier", "tracking", "goods", "shipped_at")
_COUPON_EXPIRING = ("coupon", "expires_at", "note")
_FLASH_STARTING = ("name", "starts_at", "note")


@dataclass(frozen=True, kw_only=True)
class MessageConfig:
    """Templates and their keys are the merchant's own choice in WeChat's console."""

    template_order_shipped: str = text(
        "MALL_TEMPLATE_ORDER_SHIPPED",
        "",
        kind=Kind.POLICY,
        doc="subscribe-message template id; empty = don't send",
    )
    template_order_shipped_fields: str = text(
        "MALL_TEMPLATE_ORDER_SHIPPED_FIELDS",
        "order_no=character_string1,carrier=thing2,tracking=character_string3",
        kind=Kind.POLICY,
        doc="which key of that template holds order_no, carrier, tracking, goods, shipped_at",
    )
    template_order_shipped_page: str = text(
        "MALL_TEMPLATE_ORDER_SHIPPED_PAGE",
        "",
        kind=Kind.POLICY,
        doc="page that the message opens, for example pages/order?no={order_no}; empty = none",
    )
    template_coupon_expiring: str = text(
        "MALL_TEMPLATE_COUPON_EXPIRING",
        "",
        kind=Kind.POLICY,
        doc="subscribe-message template id; empty = don't send",
    )
    template_coupon_expiring_fields: str = text(
        "MALL_TEMPLATE_COUPON_EXPIRING_FIELDS",
        "coupon=thing1,expires_at=time2,note=thing3",
        kind=Kind.POLICY,
        doc="which key of that template holds coupon, expires_at, note",
    )
    template_coupon_expiring_page: str = text(
        "MALL_TEMPLATE_COUPON_EXPIRING_PAGE",
        "",
        kind=Kind.POLICY,
        doc="page that the message opens, for example pages/coupons; empty = none",
    )
    template_flash_starting: str = text(
        "MALL_TEMPLATE_FLASH_STARTING",
        "",
        kind=Kind.POLICY,
        doc="subscribe-message template id; empty = don't send",
    )
    template_flash_starting_fields: str = text(
        "MALL_TEMPLATE_FLASH_STARTING_FIELDS",
        "name=thing1,starts_at=time2,note=thing3",
        kind=Kind.POLICY,
        doc="which key of that template holds name, starts_at, note",
    )
    template_flash_starting_page: str = text(
        "MALL_TEMPLATE_FLASH_STARTING_PAGE",
        "",
        kind=Kind.POLICY,
        doc="page that the message opens, for example pages/flash?id={session_id}; empty = none",
    )

    def message_faults(self) -> list[str]:
        """What is wrong with these variables."""
        return [
            f"{variable}: must be name=key,name=key…"
            for variable, fields, names in (
                (
                    "MALL_TEMPLATE_ORDER_SHIPPED_FIELDS",
                    self.template_order_shipped_fields,
                    _ORDER_SHIPPED,
                ),
                (
                    "MALL_TEMPLATE_COUPON_EXPIRING_FIELDS",
                    self.template_coupon_expiring_fields,
                    _COUPON_EXPIRING,
                ),
                (
                    "MALL_TEMPLATE_FLASH_STARTING_FIELDS",
                    self.template_flash_starting_fields,
                    _FLASH_STARTING,
                ),
            )
            if not _pairs_of(names).fullmatch(fields)
        ]


def _pairs_of(names: tuple[str, ...]) -> re.Pattern[str]:
    pair = rf"(?:{'|'.join(names)})=[a-z_]+[0-9]+"
    return re.compile(rf"{pair}(?:,{pair})*", re.ASCII)
