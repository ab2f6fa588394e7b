"""The gate's scripts. A server that doesn't know one (any more) is given its text."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from redis.exceptions import NoScriptError

from mall.flashsale.gate.store import GateClient


class Script:
    """A Lua text beside this module, called by its SHA-1."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / f"{name}.lua").read_text(encoding="utf-8")
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, client: GateClient, keys: list[bytes], *args: bytes | str | int) -> Any:
        """Run it. Every script may be run twice: a retry after a lost answer is safe."""
        try:
            return client.evalsha(self.sha, len(keys), *keys, *args)
        except NoScriptError:
            return client.eval(self.text, len(keys), *keys, *args)


ADMIT, RELEASE, SETTLE = Script("admit"), Script("release"), Script("settle")
SWAP, MOVE, STATE = Script("swap"), Script("move"), Script("state")
