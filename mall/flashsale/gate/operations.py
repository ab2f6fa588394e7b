"""What is done at a gate that is there: pausing and closing, releasing, settling, looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from mall.flashsale.gate.keys import GROUP, GateLocation, Shard, TicketId, route_key
from mall.flashsale.gate.records import CODES, Entry
from mall.flashsale.gate.scripts import MOVE, RELEASE, SETTLE, STATE
from mall.flashsale.gate.store import GateClient, gate_client, run_id

GateState = Literal["open", "paused", "closed", "ended"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an admitted attempt. `note`: the order's number, or the reason's code."""

    entry: Entry
    state: Literal["ordered", "failed"]
    note: str


@dataclass(frozen=True, slots=True)
class Figures:
    """One part of a gate, as it stands."""

    run_id: str
    epoch: int
    state: GateState
    left: int
    queued: int
    seq: int
    current: bool
    """Written by the server that runs now; if not, attempts find the gate closed."""


def set_state(where: GateLocation, state: GateState) -> int:
    """Open, pause, close or end the gate of an item; how many of its parts were there."""
    client = gate_client()
    return sum(int(STATE(client, [shard.gate], state)) for shard in where.parts)


def release(where: GateLocation, user_id: int, ticket: str) -> bool:
    """Give a ticket's units and its shopper's allowance back.

    True once; False for a ticket that holds nothing, or that this gate doesn't know: then
    its units were counted as free when the gate was loaded.
    """
    named = TicketId.parse(ticket)
    if named is None or named.item_id != where.item_id or named.shard >= where.splits:
        return False
    keys = where.shard(named.shard).keys
    return bool(RELEASE(gate_client(), keys, user_id, named.epoch, named.seq))


def settle(shard: Shard, outcomes: Sequence[Outcome]) -> int:
    """Write down what became of these attempts and take them from the stream.

    A failed one gives its units back. Doing it twice changes nothing; returns how many
    tickets changed.
    """
    if not outcomes:
        return 0
    args: list[bytes | str | int] = [GROUP]
    for one in outcomes:
        entry = one.entry
        args += [entry.entry_id, entry.user_id, entry.ticket.epoch, entry.ticket.seq]
        args += [CODES[one.state], one.note]
    return int(SETTLE(gate_client(), shard.keys, *args))


def figures(where: GateLocation) -> tuple[Figures | None, ...]:
    """How each part of the gate stands; None for one that is missing."""
    client = gate_client()
    return tuple(_figures(client, shard) for shard in where.parts)


def _figures(client: GateClient, shard: Shard) -> Figures | None:
    names = ["run", "epoch", "state", "left", "queued", "seq"]
    found = cast("list[bytes | None]", client.hmget(shard.gate, names))
    if None in found:
        return None
    run, epoch, state, left, queued, seq = (str(one, "ascii") for one in found if one is not None)
    current = run == run_id(client, shard.gate)
    return Figures(
        run, int(epoch), cast(GateState, state), int(left), int(queued), int(seq), current
    )


def drop(where: GateLocation) -> None:
    """Forget an item that has ended. The session's own counts go with the last that expires."""
    client = gate_client()
    for shard in where.parts:
        client.unlink(shard.gate, shard.held, shard.stream)
    client.delete(route_key(where.item_id))


def balance(where: GateLocation) -> int:
    """Share what is left evenly over the parts of a split item when one has run dry.

    Units on their way are in no part, so never in two. A kill between the two steps leaves
    fewer than there are, which reconciling finds.
    """
    parts = figures(where)
    if where.splits == 1 or any(one is None for one in parts):
        return 0
    there = [one for one in parts if one is not None]
    if min(one.left for one in there) > 0:
        return 0
    client, moved = gate_client(), 0
    each, more = divmod(sum(one.left for one in there), where.splits)
    wanted = [each + (number < more) for number in range(where.splits)]
    surplus = [one.left - want for one, want in zip(there, wanted, strict=True)]
    pool = 0
    for shard, one, over in zip(where.parts, there, surplus, strict=True):
        if over > 0 and MOVE(client, [shard.gate], one.epoch, -over):
            pool += over
    for shard, one, over in zip(where.parts, there, surplus, strict=True):
        given = min(-over, pool) if over < 0 else 0
        if given and MOVE(client, [shard.gate], one.epoch, given):
            pool, moved = pool - given, moved + given
    return moved
