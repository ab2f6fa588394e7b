"""Who plays in the tour, and what they have come to know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mall.tour.client import Client

Say = Callable[[str], None]


@dataclass
class Story:
    """What the tour has come to know on its way."""

    shop: Client
    staff: Client
    wechat: Client
    say: Say
    openid: str = ""
    skus: list[dict[str, Any]] = field(default_factory=list)
    address_id: str = ""
    order: dict[str, Any] = field(default_factory=dict)


def sellable(story: Story, sku_id: str) -> int:
    """The true number, which staff see; shoppers see 99 at most."""
    rows = story.staff.get("/admin/api/v1/stock", sku_ids=sku_id)["items"]
    return int(rows[0]["sellable"]) if rows else 0
