"""Who can give what: granters by kind. Features add them to `GRANTERS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry
from mall.rewards.errors import RewardUnknown


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One part of a reward: `count` of `what` (an id of the kind, or "")."""

    kind: str
    what: str
    count: int


Reward = tuple[Part, ...]


class Granter(Protocol):
    """A feature that can give one kind of thing. None of these may call WeChat or commit."""

    @property
    def kind(self) -> str:
        """Stable and unique among the granters."""
        ...

    def check(self, session: Session, part: Part) -> None:
        """Raise RewardUnknown when this can't be given."""
        ...

    def give(self, session: Session, user_id: int, part: Part) -> list[str]:
        """Give it, or raise a MallError; what was given, each as `take_back` wants it."""
        ...

    def take_back(self, session: Session, receipt: str) -> bool:
        """Take one thing back; False when the shopper has used it already."""
        ...


GRANTERS: Registry[Granter] = Registry("reward granters", lambda one: one.kind)


def granter_of(kind: str) -> Granter:
    """Who gives this kind. Raises RewardUnknown."""
    granter = GRANTERS.get(kind)
    if granter is None:
        raise RewardUnknown(param="reward")
    return granter


def read_reward(stored: Iterable[Mapping[str, Any]]) -> Reward:
    """A reward from its JSON, in an order that is the same for all: it orders the locks."""
    return tuple(sorted(Part(part["kind"], part["what"], part["count"]) for part in stored))


def check(session: Session, reward: Reward) -> None:
    """Raises RewardUnknown when a part of it can't be given."""
    for part in reward:
        granter_of(part.kind).check(session, part)
