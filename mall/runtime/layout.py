"""Where a mall that runs on one machine keeps its things: all under `var/`.

`MALL_VAR_DIR` moves it, so that several malls can run from one checkout.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Layout:
    """Every path under one `var` directory."""

    var: Path

    @classmethod
    def default(cls) -> Layout:
        given = os.environ.get("MALL_VAR_DIR", "")
        return cls(Path(os.path.abspath(given)) if given else PROJECT / "var")

    @property
    def run(self) -> Path:
        """What only means something while the mall runs."""
        return self.var / "run"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def environment(self) -> Path:
        return self.run / "environment.json"

    @property
    def ready(self) -> Path:
        return self.run / "ready"

    @property
    def metrics(self) -> Path:
        return self.run / "metrics"

    @property
    def logs(self) -> Path:
        return self.var / "log"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def redis(self) -> Path:
        return self.var / "redis"

    @property
    def uploads(self) -> Path:
        return self.var / "uploads"

    @property
    def wechat(self) -> Path:
        return self.var / "wechat"

    @property
    def secrets(self) -> Path:
        return self.var / "secrets.json"

    @property
    def staff_login(self) -> Path:
        return self.var / "staff-login.txt"
