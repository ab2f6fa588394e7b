"""How a board lies in Redis: two keys with one hash tag, so that a script may touch both in a
cluster.

`ranks` is a sorted set by score. What it holds are not the members' ids but 16 bytes that sort:
of equal scores Redis takes the greatest bytes first, so the earlier moment, then the lower id, are
written as the greater numbers. Scores stay whole numbers that a double holds exactly.
`members` is a hash from a member's id to `<version>|<those bytes>`, without bytes for a member
who has no rank, and to what is known of the view itself: `state`, `run`, `size`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mall.kernel.clock import from_microseconds, to_microseconds

_SORTED = struct.Struct(">QQ")
_HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """One who has a rank; `rank` is None where counting all who are ahead would take too long."""

    rank: int | None
    member_id: int
    score: int
    reached_at: datetime


def members_key(board_id: int) -> str:
    return f"board:{{{board_id}}}:members"


def ranks_key(board_id: int) -> str:
    return f"board:{{{board_id}}}:ranks"


def entry_of(row: Any) -> tuple[str, bytes, int]:
    """What a script is told of a row of `board_scores`: the id, the hash's value, the score."""
    ranked = row.score > 0 and row.excluded_for is None
    packed = sorted_bytes(row.reached_at, row.member_id) if ranked else b""
    return str(row.member_id), b"%d|%s" % (row.version, packed), row.score


def sorted_bytes(reached_at: datetime, member_id: int) -> bytes:
    return _SORTED.pack(_HIGHEST - to_microseconds(reached_at), _HIGHEST - member_id)


def place_of(packed: bytes, score: bytes | float, rank: int) -> Place:
    """One who has a rank, as the view tells it."""
    moment, member = _SORTED.unpack(packed)
    return Place(rank, _HIGHEST - member, int(float(score)), from_microseconds(_HIGHEST - moment))
