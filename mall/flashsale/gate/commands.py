"""The commands that admission sends to the gate, and how they may fail."""

from __future__ import annotations

from typing import Any, NamedTuple

from redis.connection import parse_url

from mall.flashsale.gate.scripts import ADMIT

TIMEOUT_S = 0.8
"""How long one purchase attempt or poll waits for Redis, for the connection and for the answer."""
Argument = bytes | str | int


class Unavailable(Exception):
    """The gate's Redis gives no answer. The command may have run all the same."""


class ConnectionLost(Unavailable):
    """The connection broke before an answer came. A new connection may be tried at once."""


class ErrorReply(Unavailable):
    """The server answered with an error. The connection is still good."""


class KeyMoved(ErrorReply):
    """Another node of the cluster holds the key now."""


class Command(NamedTuple):
    """One command of Redis. `key` decides which node of a cluster gets it.

    Every command here may be sent twice: the script knows an attempt by its digest.
    """

    key: bytes
    args: tuple[Argument, ...]

    def with_script_text(self) -> Command:
        """The same call for a server that doesn't know the script (any more)."""
        return Command(self.key, ("EVAL", ADMIT.text, *self.args[2:]))


def get(key: bytes) -> Command:
    return Command(key, ("GET", key))


def hget(key: bytes, field: int) -> Command:
    return Command(key, ("HGET", key, field))


def hmget(key: bytes, *fields: str) -> Command:
    return Command(key, ("HMGET", key, *fields))


def admit(keys: list[bytes], *args: Argument) -> Command:
    """`admit.lua` with these keys and arguments."""
    return Command(keys[0], ("EVALSHA", ADMIT.sha, len(keys), *keys, *args))


def answer_of(reply: Any) -> Any:
    """The reply, unless it is an error of the server. Raises ErrorReply or KeyMoved."""
    if isinstance(reply, Exception):
        if str(reply).startswith(("MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN")):
            raise KeyMoved(str(reply))
        raise ErrorReply(str(reply))
    return reply


def options_of(url: str) -> dict[str, Any]:
    """What REDIS_URL says of its server. Raises ValueError."""
    return dict(parse_url(url))  # type: ignore[no-untyped-call]
