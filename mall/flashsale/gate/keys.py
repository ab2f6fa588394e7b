"""Where the gate of an item lies in Redis.

All keys of one part of an item carry one hash tag, so that a script may touch them together
in a cluster too: the item's own, the part's own when a hot item is split, or the session's
when its limit counts over all its items.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

GROUP = "orders"
MAX_SPLITS = 64
_TICKET = re.compile(
    r"([1-9][0-9]{0,17})-([0-9]|[1-5][0-9]|6[0-3])-([1-9][0-9]{0,8})-([1-9][0-9]{0,8})", re.ASCII
)


class TicketId(NamedTuple):
    """A ticket's name: its item, the part of it, the gate's epoch, its number in there."""

    item_id: int
    shard: int
    epoch: int
    seq: int

    def __str__(self) -> str:
        return f"{self.item_id}-{self.shard}-{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> TicketId | None:
        """The ticket that `text` names; None when it names none."""
        found = _TICKET.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None


@dataclass(frozen=True)
class GateLocation:
    """What decides an item's keys. Fixed from arming to the end."""

    item_id: int
    session_id: int
    session_limited: bool
    splits: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.splits <= MAX_SPLITS:
            raise ValueError(f"an item is split into 1 to {MAX_SPLITS} parts")
        if self.session_limited and self.splits > 1:
            raise ValueError("a limit over the session's items needs them in one place")

    @cached_property
    def parts(self) -> tuple[Shard, ...]:
        return tuple(Shard(self, number) for number in range(self.splits))

    def shards(self) -> tuple[Shard, ...]:
        return self.parts

    def shard(self, number: int) -> Shard:
        """Part `number`; IndexError when there is no such part."""
        if number < 0:
            raise IndexError(number)
        return self.parts[number]

    def shard_of(self, user_id: int) -> Shard:
        """The part at which this shopper attempts, always the same: the limit is exact there."""
        return self.parts[user_id % self.splits]


class Shard:
    """One part of an item: its keys."""

    __slots__ = ("gate", "held", "number", "session_held", "stream", "where")

    def __init__(self, where: GateLocation, number: int) -> None:
        self.where, self.number = where, number
        tag = _tag(where, number)
        prefix = f"flash:{{{tag}}}:{where.item_id}:"
        self.gate = f"{prefix}gate".encode()
        self.held = f"{prefix}held".encode()
        self.stream = f"{prefix}stream".encode()
        self.session_held = f"flash:{{{tag}}}:held".encode() if where.session_limited else None

    @property
    def keys(self) -> list[bytes]:
        """The keys in the order in which every script takes them."""
        keys = [self.gate, self.held, self.stream]
        return [*keys, self.session_held] if self.session_held else keys


def _tag(where: GateLocation, number: int) -> str:
    if where.session_limited:
        return f"s{where.session_id}"
    return f"i{where.item_id}.{number}" if where.splits > 1 else f"i{where.item_id}"


def route_key(item_id: int) -> bytes:
    """Where a web process learns an item's `GateLocation`."""
    return f"flash:{{i{item_id}}}:route".encode()


def pack_route(where: GateLocation) -> bytes:
    return f"{where.session_id} {int(where.session_limited)} {where.splits}".encode()


def unpack_route(item_id: int, packed: bytes) -> GateLocation:
    session_id, limited, splits = map(int, packed.split())
    return GateLocation(item_id, session_id, bool(limited), splits)
