"""Who can give what: granters by kind. Features add them to `GRANTERS`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
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


class Locks(IntEnum):
    """What granters lock, in the order in which everybody takes these locks; orders, too."""

    STOCK = 1
    """Orders that are there, then SKUs."""
    COUPONS = 2
    MONEY = 3
    POINTS = 4
    """The shopper's points account, under which feed, chances and cards are locked."""


def sorted_reward(parts: Iterable[Part]) -> Reward:
    """Parts in an order that is the same for all. Ids are numbers, so of two the shorter is the
    lower."""
    return tuple(sorted(parts, key=lambda one: (one.kind, len(one.what), one.what, one.count)))


def in_lock_order(parts: Iterable[Part]) -> Reward:
    """Parts in the order of what their granters lock. Raises RewardUnknown."""
    return tuple(sorted(sorted_reward(parts), key=lambda one: locks_of(granter_of(one.kind))))


@dataclass(frozen=True, slots=True)
class TakenBack:
    """Of the units that were due back: how many came, and how many the shopper had spent."""

    taken: int
    debt: int


class Granter(Protocol):
    """A feature that can give one kind of thing. None of these may call WeChat or commit.

    `give` and `take_back` change accounts. What they lock comes last of all and is the shopper's
    points account, or nothing that anybody else locks before it, unless they are `LocksFirst`.
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


@runtime_checkable
class LocksFirst(Granter, Protocol):
    """A granter that locks what others lock before a points account: SKUs, coupons, payouts.

    Where several grants are given or taken back in one transaction, all of it is locked before the
    first of them: else a later one would lock it after the account of an earlier one.
    """

    @property
    def locks(self) -> Locks:
        """Which place its locks have."""
        ...

    def lock_to_give(self, session: Session, given: Sequence[tuple[int, Part]]) -> None:
        """What `give` will lock for these shoppers and parts, each sort of it by ascending id."""
        ...

    def lock_to_take(self, session: Session, receipts: Sequence[str]) -> None:
        """What `take_back` will lock for these receipts, each sort of it by ascending id."""
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


def locks_of(granter: Granter) -> Locks:
    """Which place the locks of a granter have among those of others."""
    return granter.locks if isinstance(granter, LocksFirst) else Locks.POINTS


def read_reward(stored: Iterable[Mapping[str, Any]]) -> Reward:
    """A reward from its JSON."""
    return sorted_reward(Part(part["kind"], part["what"], part["count"]) for part in stored)


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
