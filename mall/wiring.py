"""The one place that knows every feature: blueprints, participants, handlers, jobs."""

from __future__ import annotations

from flask import Flask

from mall.config import Settings
from mall.kernel.http import access
from mall.kernel.http.api import MallApi


def wire(app: Flask, api: MallApi, settings: Settings) -> None:
    """Plug every feature into the app."""
    access.init_access(app, shopper_by_token=lambda _: None, staff_by_token=lambda _: None)
