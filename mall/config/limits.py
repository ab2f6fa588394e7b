"""Settings of rate limits: how often somebody may press."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mall.config.declaring import setting

_LIMIT = re.compile(r"[1-9][0-9]{0,8}/(?:second|minute|hour|day)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class LimitConfig:
    """Each "count/period"; empty switches it off."""

    limit_shopper_login: str = setting(
        "MALL_LIMIT_SHOPPER_LOGIN",
        "600/minute",
        doc="logins of shoppers from one network address (many may share one); empty = any",
    )
    limit_staff_login: str = setting(
        "MALL_LIMIT_STAFF_LOGIN",
        "30/minute",
        doc="logins of staff, tried from one network address; empty = any",
    )
    limit_phone_code: str = setting(
        "MALL_LIMIT_PHONE_CODE", "10/minute", doc="phone codes of one shopper; empty = any"
    )
    limit_pickup_code: str = setting(
        "MALL_LIMIT_PICKUP_CODE", "60/minute", doc="pick-up codes tried by one clerk; empty = any"
    )

    def limit_faults(self) -> list[str]:
        """What is wrong with these settings."""
        return [
            f"{variable}: must be like 30/minute (second, minute, hour, day), or empty"
            for variable, limit in (
                ("MALL_LIMIT_SHOPPER_LOGIN", self.limit_shopper_login),
                ("MALL_LIMIT_STAFF_LOGIN", self.limit_staff_login),
                ("MALL_LIMIT_PHONE_CODE", self.limit_phone_code),
                ("MALL_LIMIT_PICKUP_CODE", self.limit_pickup_code),
            )
            if limit and not _LIMIT.fullmatch(limit)
        ]
