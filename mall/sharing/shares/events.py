"""Facts about shares: what another shopper did. Each is told once, and within the day's caps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class ShareOpened(Event):
    """Another shopper opened a share: once a sharer and opener, whatever the page.

    `opener_bought`: they had paid for an order before. No reward may stand on this fact alone
    (`mall/compliance`). `day` is the shop day (2026-11-26), `key` is unique to the fact.
    """

    name: ClassVar[str] = "sharing.share_opened"
    sharer_id: int
    opener_id: int
    day: str
    page_kind: str
    page_id: int
    opener_bought: bool
    key: str


@dataclass(frozen=True)
class ShareBroughtShopper(Event):
    """A new shopper's first login came through a share: once a new shopper.

    They may still leave (`ShareShopperLeft`); `sharing.shares.queries.brought_shopper` says how
    `shopper_no`, the row of `share_shoppers`, stands.
    """

    name: ClassVar[str] = "sharing.share_brought_shopper"
    sharer_id: int
    opener_id: int
    day: str
    page_kind: str
    page_id: int
    shopper_no: int
    key: str


@dataclass(frozen=True)
class ShareShopperLeft(Event):
    """A new shopper whom a share brought closed the account soon after: they count no more."""

    name: ClassVar[str] = "sharing.share_shopper_left"
    sharer_id: int
    shopper_no: int


@dataclass(frozen=True)
class ShareTouched(Event):
    """Who never paid for an order opened a share of another shopper: the first time on a shop
    day, whatever counts.

    `open_id` is the row of `share_opens`.
    """

    name: ClassVar[str] = "sharing.share_touched"
    open_id: int
    sharer_id: int
    opener_id: int
