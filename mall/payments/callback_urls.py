"""Where WeChat calls us back. `callbacks` has the routes."""

from __future__ import annotations

from typing import Literal

from mall.config import current_config

PREFIX = "/callbacks/wechat"


def notify_url(kind: Literal["pay", "refund", "transfer"]) -> str:
    """The full address of a callback route, as it goes into a request to WeChat."""
    return f"{current_config().public_base_url.rstrip('/')}{PREFIX}/{kind}"
