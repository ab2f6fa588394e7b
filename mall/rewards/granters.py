"""Who can give what: granters by kind. Features add them to `GRANTERS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from sqlalchemy.orm import Session

from mall.kernel.registry import Registry
from mall.rewards.errors import RewardNotPriced, RewardUnknown


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """One part of a reward: `count` units of `what` (an id of the kind, or "")."""

    kind: str
    what: str
    count: int


Reward = tuple[Part, ...]


def in_lock_order(parts: Iterable[Part]) -> Reward:
    """Parts in an order that is the same for all: it orders the locks. Ids are numbers, so of two
    the shorter is the lower."""
    return tuple(sorted(parts, key=lambda one: (one.kind, len(one.what), one.what, one.count)))


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Of the units that were due back: how many came, and how many the shopper had spent."""

    taken: int
    debt: int


class Granter(Protocol):
    """A feature that can give one kind of thing. None of these may call WeChat or commit.

    `give` and `take_back` change accounts: what they lock is locked in the order in which the
    rewards call them, so they take no lock that many shoppers share if they can help it.
    """

    @property
    def kind(self) -> str:
        """Stable and unique among the granters."""
        ...

    def check(self, session: Session, part: Part) -> None:
        """Raise RewardUnknown when this can't be given."""
        ...

    def cost_fen(self, session: Session, part: Part) -> int | None:
        """What giving it may cost the shop, in fen, at most; None when nobody can say."""
        ...

    def give(self, session: Session, user_id: int, part: Part) -> str:
        """Give it, or raise a MallError; a receipt, in words of one's own, for `take_back`."""
        ...

    def take_back(self, session: Session, user_id: int, receipt: str, units: int) -> TakenBack:
        """Take `units` back of what a receipt stands for; `taken + debt` is `units`.

        Called for the units of a receipt in one step or in several, never for more than were
        given and never twice for the same: the rewards count them.
        """
        ...


@runtime_checkable
class KnowsGrants(Protocol):
    """A granter that keeps by itself which grant its receipts belong to."""

    def belongs_to(self, session: Session, receipt: str, grant_id: int) -> None:
        """What stands for this receipt was given by this grant. Called once, right after `give`,
        in its transaction."""
        ...


GIVING = "rewards.giving"
"""Hook of error codes (`mall.fails`): what granters refuse in `give`."""
GRANTERS: Registry[Granter] = Registry("reward granters", lambda one: one.kind)


def granter_of(kind: str) -> Granter:
    """Who gives this kind. Raises RewardUnknown."""
    granter = GRANTERS.get(kind)
    if granter is None:
        raise RewardUnknown(param="reward")
    return granter


def read_reward(stored: Iterable[Mapping[str, Any]]) -> Reward:
    """A reward from its JSON, its parts in the order of their locks."""
    return in_lock_order(Part(part["kind"], part["what"], part["count"]) for part in stored)


def write_reward(reward: Reward) -> list[dict[str, Any]]:
    """A reward as JSON, of which `read_reward` makes it again."""
    return [{"kind": part.kind, "what": part.what, "count": part.count} for part in reward]


def check(session: Session, reward: Reward) -> None:
    """Raises RewardUnknown when a part of it can't be given."""
    for part in reward:
        granter_of(part.kind).check(session, part)


def costs_fen(session: Session, reward: Reward) -> list[int]:
    """What each part may cost the shop, in fen. Raises RewardUnknown, RewardNotPriced."""
    costs = [granter_of(part.kind).cost_fen(session, part) for part in reward]
    if None in costs:
        raise RewardNotPriced(param="reward")
    return [cost for cost in costs if cost is not None]


def cost_fen(session: Session, reward: Reward) -> int | None:
    """What a reward may cost the shop at most, in fen; None when nobody can say.

    Raises RewardUnknown.
    """
    total = 0
    for part in reward:
        cost = granter_of(part.kind).cost_fen(session, part)
        if cost is None:
            return None
        total += cost
    return total
