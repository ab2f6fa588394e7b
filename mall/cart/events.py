"""Facts about carts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class CartChanged(Event):
    """Lines or quantities of a shopper's cart are others now; read the cart for which."""

    name: ClassVar[str] = "cart.changed"
    user_id: int
