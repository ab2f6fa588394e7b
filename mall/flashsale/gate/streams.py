"""The streams of admitted attempts, as the worker and the reconciler read them.

One client serves a single Redis and a cluster: every command is of one key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from redis import RedisCluster
from redis.exceptions import ResponseError

from mall.flashsale.gate import GROUP, Entry, Shard, gate_client, read_entry
from mall.kernel.redis import RedisError

IDLE_MS = 5_000
"""After so long without a word an entry counts as left behind by a worker that died."""
_CHUNK = 1000
_TIME = "return redis.call('TIME')"


def lengths(shards: Sequence[Shard]) -> list[int | None]:
    """Attempts that wait or are being worked on, by stream; None where the node doesn't answer.

    One round trip a node while all do. Raises RedisError when none does.
    """
    if not shards:
        return []
    pipe = gate_client().pipeline(transaction=False)
    for shard in shards:
        pipe.xlen(shard.stream)
    try:
        return [int(length) for length in pipe.execute()]
    except RedisError:
        found = [_length(shard) for shard in shards]
        if all(length is None for length in found):
            raise
        return found


def _length(shard: Shard) -> int | None:
    try:
        return int(gate_client().xlen(shard.stream))
    except RedisError:
        return None


def entries(shard: Shard) -> Iterator[Entry]:
    """Every entry of a stream, worked on or not, oldest first."""
    client, start = gate_client(), "-"
    while True:
        found: Any = client.xrange(shard.stream, start, "+", _CHUNK)
        yield from (read_entry(shard, entry_id, fields) for entry_id, fields in found)
        if len(found) < _CHUNK:
            return
        start = f"({found[-1][0].decode()}"


def oldest_wait_s(shard: Shard) -> float:
    """How long the oldest entry has waited, by the clock of its server; 0 for an empty stream."""
    client: Any = gate_client()
    found = client.xrange(shard.stream, "-", "+", 1)
    if not found:
        return 0.0
    seconds, micros = client.eval(_TIME, 1, shard.stream)
    now_ms = int(seconds) * 1000 + int(micros) // 1000
    return max(0, now_ms - read_entry(shard, *found[0]).admitted_ms) / 1000


def read_new(shard: Shard, consumer: str, count: int) -> list[Entry]:
    """At most `count` entries that nobody has had yet; none of a stream that is lost."""
    client: Any = gate_client()
    # Left to itself the cluster's client would ask another node where this command's keys
    # stand, always the same one: were that node away, no stream could be read.
    in_cluster = isinstance(gate_client(), RedisCluster)
    home = {"target_nodes": client.get_node_from_key(shard.stream)} if in_cluster else {}
    words = ("GROUP", GROUP, consumer, "COUNT", count, "STREAMS", shard.stream, ">")
    try:
        answer: Any = client.execute_command("XREADGROUP", *words, **home)
    except ResponseError as fault:
        return _lost(fault)
    return [_entry(shard, item) for _, items in answer or () for item in items]


def claim_abandoned(shard: Shard, consumer: str, count: int) -> list[Entry]:
    """At most `count` entries that some worker took and never settled, this one included."""
    try:
        answer: Any = gate_client().xautoclaim(
            shard.stream, GROUP, consumer, min_idle_time=IDLE_MS, start_id="0-0", count=count
        )
    except ResponseError as fault:
        return _lost(fault)
    # Redis 6 answers nothing in the place of an entry that was deleted meanwhile.
    return [_entry(shard, item) for item in answer[1] if item[0] is not None and item[1]]


def _entry(shard: Shard, item: tuple[bytes, dict[bytes, bytes]]) -> Entry:
    return read_entry(shard, *item)


def _lost(fault: ResponseError) -> list[Entry]:
    """The group went with the stream: the reconciler makes both anew. Any other fault is one."""
    if str(fault).startswith("NOGROUP"):
        return []
    raise fault
