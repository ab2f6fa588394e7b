"""The shapes that go to and come from the mini-program server API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from mall.wechat.times import rfc3339_millis

Suggestion = Literal["pass", "review", "risky"]


@dataclass(frozen=True)
class MiniSession:
    """Who a login code belongs to. `openid` is an identity within our appid only.

    `session_key` must never leave the server, so it is kept out of the repr.
    """

    openid: str
    session_key: str = field(repr=False)
    unionid: str | None


@dataclass(frozen=True)
class PhoneNumber:
    """A verified number: `country_code` without plus ("86"), `pure_number` without prefix."""

    country_code: str
    pure_number: str = field(repr=False)


@dataclass(frozen=True)
class TextVerdict:
    """WeChat's opinion of a text. `label` 100 is normal; decide on `suggest` alone."""

    suggest: Suggestion
    label: int
    trace_id: str


@dataclass(frozen=True)
class DeliveryCompany:
    """A carrier as WeChat names it; `delivery_id` goes into `Parcel.express_company`."""

    delivery_id: str
    name: str


@dataclass(frozen=True)
class Parcel:
    """One entry of a shipment's list.

    Express needs `tracking_no` and `express_company`. `item_desc` is what was sent, cut to
    120 characters. `receiver_contact` is a masked phone whose last four digits show
    (`138****0000`); SF Express insists on it.
    """

    item_desc: str
    tracking_no: str | None = None
    express_company: str | None = None
    receiver_contact: str | None = None

    def body(self) -> dict[str, Any]:
        entry: dict[str, Any] = {"item_desc": self.item_desc[:120]}
        if self.tracking_no is not None:
            entry["tracking_no"] = self.tracking_no
        if self.express_company is not None:
            entry["express_company"] = self.express_company
        if self.receiver_contact is not None:
            entry["contact"] = {"receiver_contact": self.receiver_contact}
        return entry


@dataclass(frozen=True)
class ShippingReport:
    """Shipping information of one payment (发货信息录入).

    `logistics_type` is 1 express, 2 same-city, 3 virtual, 4 self-pickup. One parcel is a
    unified shipment unless `split`; a split one says with `all_delivered` whether more
    will follow. `reported_at` must be aware, and later than that of an earlier report.
    """

    transaction_id: str
    openid: str = field(repr=False)
    logistics_type: Literal[1, 2, 3, 4]
    parcels: tuple[Parcel, ...]
    reported_at: datetime
    split: bool = False
    all_delivered: bool = True

    def body(self) -> dict[str, Any]:
        """The JSON body of `/wxa/sec/order/upload_shipping_info`."""
        body: dict[str, Any] = {
            "order_key": {"order_number_type": 2, "transaction_id": self.transaction_id},
            "logistics_type": self.logistics_type,
            "delivery_mode": 2 if self.split else 1,
            "shipping_list": [parcel.body() for parcel in self.parcels],
            "upload_time": rfc3339_millis(self.reported_at),
            "payer": {"openid": self.openid},
        }
        if self.split:
            body["is_all_delivered"] = self.all_delivered
        return body
