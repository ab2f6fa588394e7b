"""What the tests of contained processes run in the child: hostile on purpose."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from mall.kernel.contained import Refused


def echo(value: Any) -> Any:
    return value


def refuse(why: str) -> None:
    raise Refused(why)


def fail() -> None:
    raise KeyError("no such thing")


def take_memory() -> int:
    return len(bytes(4 * 1024**3))


def sleep() -> None:
    time.sleep(60)


def loop_in_c() -> int:
    return pow(7, 10**9)


def abort() -> None:
    os.abort()


def exit_silently() -> None:
    os._exit(0)


def stopped() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_server() -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(0.2)


class Thing:
    """Not a plain value."""


def an_object() -> Thing:
    return Thing()


def write_file(path: str) -> None:
    Path(path).write_text("x")


def surroundings() -> dict[str, Any]:
    """What a child that was taken over would find."""
    return {
        "variables": sorted(os.environ),
        "modules": sorted(name for name in sys.modules if name.startswith("mall.")),
        "sockets": [
            fd for fd in range(3, 256) if os.path.exists(f"/proc/self/fd/{fd}") and _is_socket(fd)
        ],
        "parent": os.getppid(),
    }


def _is_socket(fd: int) -> bool:
    return os.readlink(f"/proc/self/fd/{fd}").startswith("socket:")
