"""Channels for tests, made as staff would make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mall.kernel.db import transaction
from mall.sharing.channels.defining import ChannelDraft, create_channel
from mall.sharing.channels.queries import channel
from tests.support.browsing import make_product
from tests.support.coupons import make_template


@dataclass(frozen=True)
class MadeChannel:
    """A channel, its token, and the coupon template that it offers."""

    id: int
    token: str
    template_id: int | None


def make_channel(*, coupon: dict[str, Any] | None = None, **more: Any) -> MadeChannel:
    """A store's code that leads to a product; `coupon`: the terms of what new shoppers get."""
    template_id = None if coupon is None else make_template(**{"way": "channel", **coupon})
    draft: dict[str, Any] = {
        "name": f"门店海报 {make_product()[0]}",
        "kind": "store",
        "page_kind": "product",
        "page_id": make_product()[0],
        "starts_at": None,
        "ends_at": None,
        "coupon_template_id": template_id,
        "point_id": None,
        "note": "",
        **more,
    }
    channel_id = create_channel(ChannelDraft(**draft))
    with transaction() as session:
        return MadeChannel(channel_id, channel(session, channel_id).token, template_id)
