"""The view's scripts. A server that doesn't know one (any more) is given its text."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from redis.exceptions import NoScriptError

from mall.boards.view.entries import members_key, ranks_key
from mall.kernel.redis import RedisClient


class Script:
    """A Lua text beside this module, called by its SHA-1 with the two keys of a board."""

    def __init__(self, name: str) -> None:
        self.text = (Path(__file__).parent / f"{name}.lua").read_text(encoding="utf-8")
        self.sha = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()

    def __call__(self, client: RedisClient, board_id: int, *args: bytes | str | int) -> Any:
        """Run it. Every script may be run twice: a retry after a lost answer is safe."""
        keys = (members_key(board_id), ranks_key(board_id))
        try:
            return client.evalsha(self.sha, 2, *keys, *args)
        except NoScriptError:
            return client.eval(self.text, 2, *keys, *args)


PUSH, BEGIN, FINISH, READ = Script("push"), Script("begin"), Script("finish"), Script("read")
