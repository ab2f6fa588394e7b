"""Configuration of rate limits: how often somebody may ask."""

from __future__ import annotations

from dataclasses import dataclass

from mall.config.checks import is_limit
from mall.config.declaring import Kind, text


@dataclass(frozen=True, kw_only=True)
class LimitConfig:
    """Each "count/period"; empty switches it off."""

    limit_shopper_login: str = text(
        "MALL_LIMIT_SHOPPER_LOGIN",
        "600/minute",
        kind=Kind.PROTECTION,
        doc="logins of shoppers from one network address (many may share one); empty = any",
        checks=[is_limit],
    )
    limit_staff_login: str = text(
        "MALL_LIMIT_STAFF_LOGIN",
        "30/minute",
        kind=Kind.PROTECTION,
        doc="logins of staff, tried from one network address; empty = any",
        checks=[is_limit],
    )
    limit_phone_code: str = text(
        "MALL_LIMIT_PHONE_CODE",
        "10/minute",
        kind=Kind.PROTECTION,
        doc="phone codes of one shopper; empty = any",
        checks=[is_limit],
    )
    limit_pickup_code: str = text(
        "MALL_LIMIT_PICKUP_CODE",
        "60/minute",
        kind=Kind.PROTECTION,
        doc="pick-up codes tried by one clerk; empty = any",
        checks=[is_limit],
    )
    limit_till_code: str = text(
        "MALL_LIMIT_TILL_CODE",
        "300/minute",
        kind=Kind.PROTECTION,
        doc="codes for a till drawn by one shopper, or tried by one clerk; empty = any",
        checks=[is_limit],
    )
    limit_mission_code: str = text(
        "MALL_LIMIT_MISSION_CODE",
        "10/minute",
        kind=Kind.PROTECTION,
        doc="codes of hidden missions tried by one shopper; empty = any",
        checks=[is_limit],
    )
