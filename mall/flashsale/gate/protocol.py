"""Redis' protocol as the press speaks it: commands as ready bytes, and what may go wrong."""

from __future__ import annotations

import re
from typing import Any

from redis.connection import parse_url

from mall.flashsale.gate.scripts import ADMIT

TIMEOUT_S = 0.8
_RUN_ID = re.compile(rb"run_id:([0-9a-f]{40})")


class Down(Exception):
    """The gate's Redis gives no answer. What was asked may have been done."""


class Dropped(Down):
    """The connection broke before any answer came, at once: another one may be tried."""


class Refused(Down):
    """The server answers with an error; the connection is as it was."""


class Moved(Refused):
    """The key is another node's."""


def packed(*args: bytes | str | int) -> bytes:
    """One command in Redis' protocol."""
    return b"*%d\r\n" % len(args) + bulks(*args)


def bulks(*args: bytes | str | int) -> bytes:
    """Arguments of a command whose head says how many there are."""
    parts = []
    for one in args:
        data = one if isinstance(one, bytes) else str(one).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


LEARN_SCRIPT = packed("SCRIPT", "LOAD", ADMIT.text)
ASK_RUN_ID = packed("INFO", "server")


def credentials(options: dict[str, Any]) -> list[bytes]:
    """What a new connection says first: its password and its database, if it has any."""
    said = []
    if options.get("password"):
        user = [options["username"]] if options.get("username") else []
        said.append(packed("AUTH", *user, options["password"]))
    if options.get("db"):
        said.append(packed("SELECT", options["db"]))
    return said


def run_id_in(info: bytes) -> bytes:
    """The server's run id as a ready argument. Raises Down when it shows none."""
    found = _RUN_ID.search(info)
    if found is None:
        raise Down("INFO server shows no run_id")
    return bulks(found[1])


def lacks_script(answer: Exception) -> bool:
    """Whether the server doesn't know the script (any more)."""
    return str(answer).startswith("NOSCRIPT")


def good(answer: Any) -> Any:
    """The answer, unless it is an error of the server. Raises Refused or Moved."""
    if isinstance(answer, Exception):
        if str(answer).startswith(("MOVED", "ASK", "CLUSTERDOWN", "TRYAGAIN")):
            raise Moved(str(answer))
        raise Refused(str(answer))
    return answer


def options_of(url: str) -> dict[str, Any]:
    """What REDIS_URL says of its server. Raises ValueError."""
    return dict(parse_url(url))  # type: ignore[no-untyped-call]
