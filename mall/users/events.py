"""Facts about shoppers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class ShopperRegistered(Event):
    """A shopper logged in for the first time: once for each shopper.

    `first_touch` is what the client said about how they came: an object, a text, or nothing.
    """

    name: ClassVar[str] = "users.shopper_registered"
    user_id: int
    first_touch: dict[str, Any] | str | None


@dataclass(frozen=True)
class ProfileChanged(Event):
    """A shopper's nickname, picture or phone was set; read the shopper for what is there now."""

    name: ClassVar[str] = "users.profile_changed"
    user_id: int
