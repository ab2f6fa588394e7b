"""What Redis keeps of a shopper, and what an entry of the stream says. Read and written
here and by the scripts, nowhere else.

A shopper's record is their tickets one after another, each 24 bytes and a note:
epoch u32, seq u32, digest 12 bytes, units u16, state u8, length of the note u8, little-endian.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mall.flashsale.gate.keys import Shard, TicketId

TicketState = Literal["queued", "ordered", "failed", "released"]
NEW_CUSTOMER = 1
_STATES: tuple[TicketState, ...] = ("queued", "ordered", "failed", "released")
CODES: dict[TicketState, int] = {state: code for code, state in enumerate(_STATES, 1)}
_TICKET = struct.Struct("<II12sHBB")


@dataclass(frozen=True, slots=True)
class HeldTicket:
    """A ticket in its shopper's record. `note`: the order's number, or why it failed."""

    epoch: int
    seq: int
    digest: bytes
    units: int
    state: TicketState
    note: str = ""

    @property
    def holds(self) -> int:
        """Units that count against the shopper's limit."""
        return self.units if self.state in ("queued", "ordered") else 0


def pack(tickets: Iterable[HeldTicket]) -> bytes:
    """A shopper's record."""
    return b"".join(_packed(one) for one in tickets)


def _packed(one: HeldTicket) -> bytes:
    note = one.note.encode()
    head = _TICKET.pack(one.epoch, one.seq, one.digest, one.units, CODES[one.state], len(note))
    return head + note


def unpack(record: bytes) -> Iterator[HeldTicket]:
    """The tickets of a record, oldest first."""
    at = 0
    while at < len(record):
        epoch, seq, digest, units, state, size = _TICKET.unpack_from(record, at)
        at += _TICKET.size
        note = record[at : at + size].decode()
        at += size
        yield HeldTicket(epoch, seq, digest, units, _STATES[state - 1], note)


def digest_of(key: str, body: bytes) -> bytes:
    """What an attempt is known by: 8 bytes of its Idempotency-Key, 4 of its body.

    64 bits tell the few attempts of one shopper on one item apart; the other 32 only tell
    the shopper that a key was used twice.
    """
    return hashlib.sha256(key.encode()).digest()[:8] + zlib.crc32(body).to_bytes(4, "big")


@dataclass(frozen=True, slots=True)
class Entry:
    """An admitted attempt, as the stream holds it until it is settled."""

    entry_id: bytes
    ticket: TicketId
    user_id: int
    units: int
    address_id: int
    digest: bytes
    flags: int
    admitted_ms: int


def read_entry(shard: Shard, entry_id: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    """An entry of this part's stream. `admitted_ms` is by Redis' clock."""
    return Entry(
        entry_id,
        TicketId(shard.where.item_id, shard.number, int(fields[b"e"]), int(fields[b"s"])),
        user_id=int(fields[b"u"]),
        units=int(fields[b"n"]),
        address_id=int(fields[b"a"]),
        digest=fields[b"k"],
        flags=int(fields[b"f"]),
        admitted_ms=int(entry_id.partition(b"-")[0]),
    )
