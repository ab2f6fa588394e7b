"""The clients of the tour, and what its steps have learnt so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mall.tour.client import Client

Say = Callable[[str], None]


@dataclass
class Story:
    """The clients, and what earlier steps learnt for later ones."""

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
