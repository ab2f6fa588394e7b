"""The load: `wrk`, which costs a few µs a request; without it the client of our own, which
costs so much more that the ratios come out too small."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import load

CONNECTIONS = 64
HERE = Path(__file__).parent
BODY = b'{"units":1,"address_id":"77"}'


@dataclass(frozen=True, slots=True)
class Attempt:
    """One prepared request: each shopper attempts once."""

    token: str
    key: str
    item_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What one run saw. `refused` answers were 4xx or 5xx, `broken` ones never came."""

    requests: int
    seconds: float
    refused: int
    broken: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


class RanDry(RuntimeError):
    """The server answered so fast that all prepared attempts were used up before the end."""


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def get(port: int, path: str, seconds: float) -> LoadResult:
    """The same GET over and over."""
    if not has_wrk():
        return _own(port, [load.request_bytes("GET", path)], seconds)
    return _wrk(port, path, seconds, "get.lua", [])


def attempt(
    port: int, path: str, attempts: list[Attempt], seconds: float, scratch: Path
) -> LoadResult:
    """Each attempt once; `ITEM` in the path is its item. RanDry when they don't last."""
    if not has_wrk():
        return _own(port, list(requests_of(path, attempts)), seconds, once=True)
    file = scratch / "attempts.txt"
    file.write_text("\n".join(f"{p.token} {p.key} {p.item_id} {p.user_id}" for p in attempts))
    return _wrk(port, path, seconds, "attempt.lua", [str(file), path])


def _wrk(port: int, path: str, seconds: float, script: str, args: list[str]) -> LoadResult:
    done = subprocess.run(
        [
            *("wrk", "-t", "1", "-c", str(CONNECTIONS), "--timeout", "30s"),
            *("-d", f"{max(1, round(seconds))}s"),
            *("-s", str(HERE / script), f"http://127.0.0.1:{port}{path}", "--", *args),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if told["again"]:
        raise RanDry("this machine is faster than the prepared attempts lasted")
    return LoadResult(
        told["requests"],
        told["us"] / 1e6,
        told["refused"],
        told["broken"],
        told["p50_us"] / 1000,
        told["p99_us"] / 1000,
    )


def requests_of(path: str, attempts: Iterable[Attempt]) -> Iterator[bytes]:
    for one in attempts:
        headers = {
            "Flash-Pass": one.token,
            "Flash-Device": "bench-device",
            "Idempotency-Key": one.key,
            "X-Shopper": str(one.user_id),
        }
        yield load.request_bytes("POST", path.replace("ITEM", str(one.item_id)), headers, BODY)


def _own(port: int, requests: list[bytes], seconds: float, *, once: bool = False) -> LoadResult:
    """With `once` no request is sent twice: the load ends early when all were sent, and its
    rate is right all the same."""
    outcome = load.run(port, requests, connections=CONNECTIONS, seconds=seconds, once=once)
    refused = sum(count for status, count in outcome.statuses.items() if status >= 400)
    return LoadResult(
        len(outcome.latencies),
        outcome.seconds,
        refused,
        0,
        outcome.percentile(0.5) * 1000,
        outcome.percentile(0.99) * 1000,
    )
