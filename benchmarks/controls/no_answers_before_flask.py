"""The mall whose cached public answers are given by Flask's routes only."""

from __future__ import annotations

from typing import Any

from flask import Flask

from mall.kernel.http import ready


def _leave(_app: Flask, _find: Any) -> None:
    """Mount nothing in front of Flask."""


ready.init_ready = _leave  # type: ignore[assignment]

from mall.application import create_app  # noqa: E402
from mall.kernel.http.front import Front  # noqa: E402

app = Front(create_app())
