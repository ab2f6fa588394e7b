"""The parts of one running simulator, and how a request finds them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import cast

from flask import current_app

from mall.wechat.simulator.credentials import Credentials, ensure_credentials
from mall.wechat.simulator.faults import Faults
from mall.wechat.simulator.settings import SimulatorSettings, read_settings
from mall.wechat.simulator.state import Store
from mall.wechat.simulator.throttling import RecentCalls

EXTENSION = "wechat_simulator"
NONCE_LIFE_S = 900


@dataclass
class NonceMemory:
    """Which (serial, nonce) pairs were seen; long enough to cover the clock tolerance."""

    _seen: dict[tuple[str, str], float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def first_use(self, serial: str, nonce: str, now: float) -> bool:
        with self._lock:
            if len(self._seen) > 10_000:
                self._seen = {pair: at for pair, at in self._seen.items() if at > now}
            fresh = self._seen.get((serial, nonce), 0.0) <= now
            self._seen[serial, nonce] = now + NONCE_LIFE_S
            return fresh

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()


@dataclass
class Simulator:
    """One account: credentials, memory, ordered faults."""

    credentials: Credentials
    store: Store
    faults: Faults
    start_mall_url: str
    nonces: NonceMemory = field(default_factory=NonceMemory)
    refund_calls: RecentCalls = field(default_factory=RecentCalls)

    @property
    def settings(self) -> SimulatorSettings:
        return read_settings(self.store)

    @property
    def mall_url(self) -> str:
        return (self.settings.mall_url or self.start_mall_url).rstrip("/")

    def now(self) -> float:
        """The simulated world's clock, unix seconds; signatures use the real one."""
        return time.time() + self.settings.clock_offset_s


def open_simulator(state_dir: Path, mall_url: str) -> Simulator:
    credentials = ensure_credentials(state_dir)
    store = Store(credentials.file("simulator.sqlite3"))
    return Simulator(credentials, store, Faults(store), mall_url)


def simulator() -> Simulator:
    """The simulator that serves the current request."""
    return cast(Simulator, current_app.extensions[EXTENSION])
