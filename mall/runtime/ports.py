"""The two ports that a mall listens on, checked before anything starts."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from mall.runtime.errors import RuntimeFault
from mall.runtime.paths import reason


@dataclass(frozen=True)
class Ports:
    """Where web and simulator listen; MALL_HOST, MALL_PORT and MALL_SIMULATOR_PORT change it."""

    host: str
    web: int
    simulator: int

    @classmethod
    def from_env(cls, environment: Mapping[str, str]) -> Ports:
        return cls(
            host=environment.get("MALL_HOST", "").strip() or "127.0.0.1",
            web=_number(environment, "MALL_PORT", 8000),
            simulator=_number(environment, "MALL_SIMULATOR_PORT", 8010),
        )

    def environment(self) -> dict[str, str]:
        """The variables that say the same to a child."""
        return {
            "MALL_HOST": self.host,
            "MALL_PORT": str(self.web),
            "MALL_SIMULATOR_PORT": str(self.simulator),
        }

    @property
    def web_url(self) -> str:
        """How this machine reaches the mall."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "localhost") else self.host  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.web}"

    @property
    def simulator_url(self) -> str:
        return f"http://127.0.0.1:{self.simulator}"

    def check(self, *, with_simulator: bool) -> None:
        """Raise RuntimeFault with one line if a port can't be listened on."""
        _check("MALL_PORT", self.host, self.web)
        if with_simulator:
            if self.simulator == self.web:
                raise RuntimeFault("MALL_PORT and MALL_SIMULATOR_PORT are the same: change one")
            _check("MALL_SIMULATOR_PORT", "127.0.0.1", self.simulator)


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    raw = environment.get(name, "").strip() or str(default)
    if not raw.isascii() or not raw.isdigit() or not 1 <= int(raw) <= 65535:
        raise RuntimeFault(f"{name} must be a port number from 1 to 65535, not {raw!r}")
    return int(raw)


def _check(name: str, host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as fault:
            raise RuntimeFault(_message(name, host, port, fault)) from fault


def _message(name: str, host: str, port: int, fault: OSError) -> str:
    if fault.errno == errno.EADDRINUSE:
        return f"port {port} is in use: stop what listens there, or set {name} to another port"
    if fault.errno == errno.EACCES:
        return f"port {port} needs more rights than you have: set {name} to a port above 1023"
    return f"can't listen on {host} port {port}: {reason(fault)}; see MALL_HOST and {name}"
