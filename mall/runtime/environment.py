"""The environment of the running mall, for commands that are run by hand beside it.

`mall run` knows things that no shell does: where the embedded servers listen, the
secrets that it drew, the simulator's credentials. It writes them to
`var/run/environment.json`, readable by its user only, and removes the file at its end.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from mall.runtime.layout import Layout

_OURS = ("MALL_", "DATABASE_URL", "REDIS_URL")


def load_environment(layout: Layout | None = None) -> dict[str, str]:
    """The process's own variables, and under them those of the mall that runs here, if any."""
    layout = layout or Layout.default()
    recorded = read_environment(layout) if is_running(layout) else {}
    return recorded | dict(os.environ)


def read_environment(layout: Layout) -> dict[str, str]:
    """What the running mall wrote down; empty if it hasn't yet."""
    try:
        recorded: dict[str, str] = json.loads(layout.environment.read_text())
    except (OSError, ValueError):
        return {}
    return recorded


def write_environment(layout: Layout, environment: Mapping[str, str]) -> None:
    """Write down the mall's own variables; the rest of the shell's environment stays out."""
    ours = {name: value for name, value in environment.items() if name.startswith(_OURS)}
    write_private(layout.environment, json.dumps(ours, indent=1, sort_keys=True) + "\n")


def remove_environment(layout: Layout) -> None:
    for path in (layout.environment, layout.ready):
        with suppress(FileNotFoundError):
            path.unlink()


def is_running(layout: Layout) -> bool:
    """True while a supervisor holds the lock of this directory."""
    try:
        handle = os.open(layout.lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def is_ready(layout: Layout) -> bool:
    """True once the mall that runs here answers; an older one's mark doesn't count."""
    try:
        mark = layout.ready.read_text()
        return mark == layout.lock.read_text() and is_running(layout)
    except OSError:
        return False


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f"{path.name}.draft")
    with suppress(FileNotFoundError):
        draft.unlink()
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    draft.replace(path)
