"""`python -m mall.runtime.clean`: remove `var/`, and what PostgreSQL keeps elsewhere under root."""

from __future__ import annotations

import shutil
import sys

from mall.runtime.environment import is_running
from mall.runtime.layout import Layout
from mall.runtime.postgres import EmbeddedPostgres


def main() -> int:
    layout = Layout.default()
    if is_running(layout):
        print("a mall runs here: stop it first", file=sys.stderr)  # noqa: T201
        return 1
    if layout.postgres.exists():
        EmbeddedPostgres(layout.postgres).remove()
    shutil.rmtree(layout.var, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
