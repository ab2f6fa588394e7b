"""The fact about invites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mall.kernel.events import Event


@dataclass(frozen=True)
class InviteChanged(Event):
    """An invite is there, or its state or count of orders has changed: read it anew."""

    name: ClassVar[str] = "referral.invite_changed"
    invite_id: int
    inviter_id: int
    invitee_id: int
