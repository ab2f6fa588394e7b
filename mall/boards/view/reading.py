"""Reading the view: one call of a script. None when it can't be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mall.boards.view.entries import Place, place_of
from mall.boards.view.scripts import READ
from mall.kernel.redis import RedisError, redis_client


@dataclass(frozen=True, slots=True)
class Seen:
    """How many have a rank, the asked one's rank (None without one), and places in their order."""

    size: int
    rank: int | None
    places: tuple[Place, ...]


def member_seen(board_id: int, member_id: int, version: int, around: int) -> Seen | None:
    """A member whom PostgreSQL knows in this version, and so many on each side."""
    return _read(board_id, str(member_id), version, around)


def list_seen(board_id: int, first: int, count: int) -> Seen | None:
    """Part of the list: `count` places, from `first` (0 is rank 1)."""
    return _read(board_id, "", first, count)


def _read(board_id: int, *asked: str | int) -> Seen | None:
    try:
        state, *found = READ(redis_client(), board_id, *asked)
    except RedisError:
        return None
    return _seen(*found) if state == b"ok" else None


def _seen(size: int, rank: int, first: int, flat: list[Any]) -> Seen:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    places = tuple(
        place_of(packed, score, first + number)
        for number, (packed, score) in enumerate(pairs, start=1)
    )
    return Seen(size, rank + 1 if rank >= 0 else None, places)
