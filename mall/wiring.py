"""The one place that knows every feature: blueprints, participants, handlers, jobs."""

from __future__ import annotations

from flask import Flask

from mall.catalog import admin as catalog_admin
from mall.catalog import admin_taxonomy as catalog_taxonomy
from mall.catalog import jobs as catalog_jobs  # noqa: F401
from mall.catalog import routes as catalog
from mall.config import Settings
from mall.kernel.http import access
from mall.kernel.http.api import MallApi
from mall.payments import admin as payments_admin
from mall.payments import callbacks as payment_callbacks
from mall.payments import jobs as payments_jobs  # noqa: F401
from mall.payments import routes as payments
from mall.staff import admin as staff_admin
from mall.staff.sessions import staff_by_token
from mall.users import jobs as users_jobs  # noqa: F401
from mall.users import routes as users
from mall.users.sessions import shopper_by_token


def wire(app: Flask, api: MallApi, settings: Settings) -> None:
    """Plug every feature into the app."""
    access.init_access(app, shopper_by_token=shopper_by_token, staff_by_token=staff_by_token)
    api.register_blueprint(staff_admin.blp)
    api.register_blueprint(users.blp)
    api.register_blueprint(catalog.blp)
    api.register_blueprint(catalog_admin.blp)
    api.register_blueprint(catalog_taxonomy.blp)
    api.register_blueprint(payments.blp)
    api.register_blueprint(payment_callbacks.blp)
    api.register_blueprint(payments_admin.blp)
