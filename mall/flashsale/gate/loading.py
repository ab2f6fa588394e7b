"""Writing the gates of a session from a plain description: at arming, and after a loss.

Everything is first written to staging keys, in chunks, and then swapped in part by part: an
attempt never meets a gate that is half written.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from redis.exceptions import ResponseError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from mall.flashsale.gate.keys import GROUP, GateLocation, Shard, pack_route, route_key
from mall.flashsale.gate.records import HeldTicket, pack
from mall.flashsale.gate.scripts import SWAP
from mall.flashsale.gate.store import GateClient, gate_client, run_id

KEPT_AFTER_END_MS = 86_400_000
STAGED_S = 3600
_CHUNK = 1000
_UNLIMITED = 1 << 31
_TIME = "redis.replicate_commands() return redis.call('TIME')"
Audience = Literal["all", "new_customers"]
Holder = tuple[int, Sequence[HeldTicket]]
Holders = Callable[[int], Iterable[Holder]]


@dataclass(frozen=True, slots=True)
class ItemPlan:
    """One item's gate. `left`: units that may still be admitted."""

    item_id: int
    left: int
    limit: int
    audience: Audience = "all"
    splits: int = 1


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """The gates of a session. Times are by PostgreSQL's clock; `limit` is over all items."""

    session_id: int
    epoch: int
    starts_at: datetime
    ends_at: datetime
    limit: int | None
    state: Literal["open", "paused"]
    items: tuple[ItemPlan, ...]

    def where(self, item: ItemPlan) -> GateLocation:
        """Where this item's gate lies."""
        return GateLocation(item.item_id, self.session_id, self.limit is not None, item.splits)


def no_holders(_: int) -> Iterable[Holder]:
    """The holders of an item that nobody has bought yet."""
    return ()


def load(session: Session, plan: SessionPlan, holders: Holders = no_holders) -> bool:
    """Write the gates of all items of a session and put them in place.

    `holders(item_id)` gives each shopper once, with the tickets to remember; those in the
    stream are among them as queued. Streams stay as they are. False when this Redis already
    holds a gate of a later epoch: then that gate stays. Raises RedisError half-way: then
    each part is either the old one or the new one, and loading again is safe.
    """
    if not plan.items:
        return True
    client, token = gate_client(), b":" + secrets.token_hex(4).encode()
    totals: Counter[int] = Counter()
    parts: list[tuple[ItemPlan, list[_Part]]] = []
    for item in plan.items:
        written = _write_holders(client, plan.where(item), token, holders(item.item_id), totals)
        parts.append((item, written))
    if plan.limit is not None:
        _put_session_totals(client, plan, totals, token)
    placed = [_put_in_place(session, client, plan, *one) for one in parts]
    return all(placed)


@dataclass(slots=True)
class _Part:
    """One part of an item while it is in its staging key."""

    shard: Shard
    staged: bytes
    queued: int = 0
    chunk: dict[str, bytes] = field(default_factory=dict)

    def flush(self, client: GateClient) -> None:
        _write_chunk(client, self.staged, self.chunk)
        self.chunk = {}


def _write_holders(
    client: GateClient,
    where: GateLocation,
    token: bytes,
    holders: Iterable[Holder],
    totals: Counter[int],
) -> list[_Part]:
    """Write the records to staging keys; `totals` learns what each shopper holds, if it matters."""
    parts = [_Part(shard, shard.held + token) for shard in where.parts]
    for user_id, tickets in holders:
        part = parts[where.shard_of(user_id).number]
        part.chunk[str(user_id)] = pack(tickets)
        part.queued += sum(one.units for one in tickets if one.state == "queued")
        if where.session_limited:
            totals[user_id] += sum(one.holds for one in tickets)
        if len(part.chunk) >= _CHUNK:
            part.flush(client)
    for part in parts:
        part.flush(client)
    return parts


def _write_chunk(client: GateClient, key: bytes, chunk: dict[str, bytes]) -> None:
    if chunk:
        client.hset(key, mapping=chunk)  # type: ignore[arg-type]
        client.expire(key, STAGED_S)


def _put_session_totals(
    client: GateClient, plan: SessionPlan, totals: Counter[int], token: bytes
) -> None:
    key = plan.where(plan.items[0]).parts[0].session_held
    assert key is not None
    held = [(user_id, units) for user_id, units in totals.items() if units]
    for at in range(0, len(held), _CHUNK):
        chunk = {str(user_id): b"%d" % units for user_id, units in held[at : at + _CHUNK]}
        _write_chunk(client, key + token, chunk)
    if held:
        client.rename(key + token, key)
        client.pexpireat(key, _ms(plan.ends_at) + KEPT_AFTER_END_MS)
    else:
        client.unlink(key)


def _put_in_place(
    session: Session, client: GateClient, plan: SessionPlan, item: ItemPlan, parts: list[_Part]
) -> bool:
    ends_ms = 0
    placed = True
    for part, left in zip(parts, _shared(item.left, len(parts)), strict=True):
        shard = part.shard
        with suppress(ResponseError):  # BUSYGROUP: it is there
            client.xgroup_create(shard.stream, GROUP, "0", mkstream=True)
        ahead_ms = _database_ahead_ms(session, client, shard.gate)
        ends_ms = _ms(plan.ends_at) - ahead_ms
        fields: list[bytes | str | int] = [
            *("session", plan.session_id, "state", plan.state),
            *("starts", _ms(plan.starts_at) - ahead_ms, "ends", ends_ms),
            *("audience", item.audience, "limit", item.limit),
            *("session_limit", plan.limit or _UNLIMITED),
            *("left", left, "queued", part.queued, "seq", 0),
        ]
        keys = [shard.gate, shard.held, shard.stream, part.staged]
        server, expires_ms = run_id(client, shard.gate), ends_ms + KEPT_AFTER_END_MS
        placed &= SWAP(client, keys, plan.epoch, server, expires_ms, *fields) == 1
    where = plan.where(item)
    client.set(route_key(item.item_id), pack_route(where), pxat=ends_ms + KEPT_AFTER_END_MS)
    return placed


def _database_ahead_ms(session: Session, client: GateClient, key: bytes) -> int:
    """By how much PostgreSQL's clock is ahead of that of the server that holds `key`."""
    database = session.scalar(select(func.clock_timestamp()))
    assert database is not None
    seconds, micros = client.eval(_TIME, 1, key)
    return _ms(database) - int(seconds) * 1000 - int(micros) // 1000


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _shared(units: int, parts: int) -> list[int]:
    """`units` over the parts, as evenly as whole units go."""
    each, more = divmod(units, parts)
    return [each + (number < more) for number in range(parts)]
