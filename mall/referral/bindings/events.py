"""Facts about bindings. A handler re-reads the binding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class ShopperBound(Event):
    """An invitee belongs to an inviter from now on: once for each row of `referral_bindings`."""

    name: ClassVar[str] = "referral.shopper_bound"
    binding_id: int
    inviter_id: int
    invitee_id: int


@dataclass(frozen=True)
class BindingEnded(Event):
    """A binding holds no more; `reason` is one of `models.REASONS`."""

    name: ClassVar[str] = "referral.binding_ended"
    binding_id: int
    inviter_id: int
    invitee_id: int
    reason: str
