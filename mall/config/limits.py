"""Configuration of rate limits: how often somebody may ask."""

from __future__ import annotations

from dataclasses import dataclass

from mall.config.checks import is_limit
from mall.config.declaring import Kind, text


def _limit(name: str, default: str, doc: str) -> str:
    return text(name, default, kind=Kind.PROTECTION, doc=f"{doc}; empty = any", checks=[is_limit])


@dataclass(frozen=True, kw_only=True)
class LimitConfig:
    """Each "count/period"; empty switches it off."""

    limit_shopper_login: str = _limit(
        "MALL_LIMIT_SHOPPER_LOGIN",
        "600/minute",
        "logins of shoppers from one network address (many may share one)",
    )
    limit_staff_login: str = _limit(
        "MALL_LIMIT_STAFF_LOGIN", "30/minute", "logins of staff, tried from one network address"
    )
    limit_phone_code: str = _limit(
        "MALL_LIMIT_PHONE_CODE", "10/minute", "phone codes of one shopper"
    )
    limit_pickup_code: str = _limit(
        "MALL_LIMIT_PICKUP_CODE", "60/minute", "pick-up codes tried by one clerk"
    )
    limit_till_code: str = _limit(
        "MALL_LIMIT_TILL_CODE",
        "300/minute",
        "codes for a till or a counter, drawn by one shopper or tried by one clerk",
    )
    limit_mission_code: str = _limit(
        "MALL_LIMIT_MISSION_CODE",
        "10/minute",
        "phrases and codes of missions and communities tried by one shopper",
    )
    limit_race_code: str = _limit(
        "MALL_LIMIT_RACE_CODE", "20/minute", "codes of teams tried, or teams made, by one shopper"
    )
