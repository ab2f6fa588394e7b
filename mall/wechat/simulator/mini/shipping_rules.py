"""What a shipping upload must look like, error number by error number."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any

from mall.wechat.simulator.clock import parse_rfc3339
from mall.wechat.simulator.mini.reply import MiniError
from mall.wechat.simulator.state import Doc

EXPRESS, SAME_CITY, VIRTUAL, PICKUP = 1, 2, 3, 4
UNIFIED, SPLIT = 1, 2
MOST_PARCELS = 15
_WITH_MILLISECONDS = re.compile(r".*T\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)")
_MASKED = re.compile(r".*\*.*\d{4}")


def check_upload(body: Doc, carriers: Container[str]) -> None:
    """MiniError with the documented number at the first rule that is broken."""
    _check_key(body.get("order_key"))
    if body.get("logistics_type") not in (EXPRESS, SAME_CITY, VIRTUAL, PICKUP):
        raise MiniError(10060005, "bad logistics_type")
    mode = body.get("delivery_mode")
    if mode not in (UNIFIED, SPLIT):
        raise MiniError(268485224, "bad delivery_mode")
    if mode == SPLIT and body["logistics_type"] != EXPRESS:
        raise MiniError(10060006, "split delivery is for express only")
    if mode == SPLIT and type(body.get("is_all_delivered")) is not bool:
        raise MiniError(10060007, "is_all_delivered missing")
    _check_time(body.get("upload_time"))
    payer = body.get("payer")
    if not isinstance(payer, dict) or not isinstance(payer.get("openid"), str):
        raise MiniError(10060014, "payer.openid missing")
    _check_parcels(body, carriers)


def _check_key(key: Any) -> None:
    if not isinstance(key, dict):
        raise MiniError(268485194, "order_key missing")
    kind = key.get("order_number_type")
    if kind == 1 and not (key.get("mchid") and key.get("out_trade_no")):
        raise MiniError(268485196, "mchid and out_trade_no needed")
    if kind == 2 and not key.get("transaction_id"):
        raise MiniError(268485197, "transaction_id needed")
    if kind not in (1, 2):
        raise MiniError(268485195, "bad order_number_type")


def _check_time(text: Any) -> None:
    if not isinstance(text, str) or not _WITH_MILLISECONDS.fullmatch(text):
        raise MiniError(268485216, "bad upload_time")
    try:
        parse_rfc3339(text)
    except ValueError:
        raise MiniError(268485216, "bad upload_time") from None


def _check_parcels(body: Doc, carriers: Container[str]) -> None:
    parcels = body.get("shipping_list")
    if not isinstance(parcels, list) or not parcels:
        raise MiniError(10060014, "shipping_list missing")
    if body["delivery_mode"] == UNIFIED and len(parcels) != 1:
        raise MiniError(268485228, "unified delivery needs exactly one item")
    if len(parcels) > MOST_PARCELS:
        raise MiniError(10060024, "shipping_list too long")
    for parcel in parcels:
        if not isinstance(parcel, dict):
            raise MiniError(10060014, "bad shipping_list")
        _check_parcel(parcel, body["logistics_type"], carriers)


def _check_parcel(parcel: Doc, logistics_type: int, carriers: Container[str]) -> None:
    description = parcel.get("item_desc")
    if not description:
        raise MiniError(10060008, "item_desc missing")
    if len(str(description)) > 120:
        raise MiniError(10060009, "item_desc too long")
    if logistics_type != EXPRESS:
        return
    number, company = parcel.get("tracking_no"), parcel.get("express_company")
    if not number:
        raise MiniError(268485226, "tracking_no empty")
    if not company:
        raise MiniError(268485227, "express_company empty")
    if len(str(company)) > 128 or company not in carriers:
        raise MiniError(10060025, "express_company unknown or too long")
    if len(str(number)) > 128:
        raise MiniError(10060026, "tracking_no too long")
    contact = parcel.get("contact") or {}
    phones = [contact.get("consignor_contact"), contact.get("receiver_contact")]
    if company == "SF" and not any(phone and _MASKED.fullmatch(str(phone)) for phone in phones):
        raise MiniError(10060014, "contact needed for SF, masked but for the last four digits")
