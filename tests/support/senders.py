"""Processes that send a marketing message each: `python -m tests.support.senders USER COUNT`.

They are forked from one that has loaded the mall, and start together.
"""

from __future__ import annotations

import os
import sys

from mall.application import create_app
from mall.kernel.registry import EXTENSION
from mall.messages.kinds import KINDS
from tests.support.messages import NEWS, send


def main(user_id: int, count: int) -> None:
    app = create_app()
    app.extensions[EXTENSION].setdefault(KINDS, {})[NEWS.name] = NEWS
    gate, opened = os.pipe()
    children = []
    for number in range(count):
        if (pid := os.fork()) == 0:
            os.close(opened)
            os.read(gate, 1)  # until the last writer closes it
            with app.app_context():
                send(NEWS, str(number), user_id)
            os._exit(0)
        children.append(pid)
    os.close(opened)
    statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    sys.exit(max(map(abs, statuses)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
