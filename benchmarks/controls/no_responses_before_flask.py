"""The mall whose cached public answers are given by Flask's routes only."""

from __future__ import annotations

from typing import Any

from flask import Flask

from mall.kernel.http import cached_responses


def _leave(_app: Flask, _find: Any) -> None:
    """Mount nothing in front of Flask."""


cached_responses.init_cached_responses = _leave  # type: ignore[assignment]

from mall.application import create_app  # noqa: E402
from mall.kernel.http.front import Front  # noqa: E402

app = Front(create_app())
