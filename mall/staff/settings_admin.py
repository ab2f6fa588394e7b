"""The shop's settings over HTTP."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.settings import store
from mall.settings.store import SettingState
from mall.staff import changing_settings, settings_schemas

blp = Blueprint(
    "settings_admin", __name__, url_prefix="/admin/api/v1/settings", description="商城设置"
)


@blp.route("", methods=["GET"])
@access.staff("settings:read")
@blp.response(200, settings_schemas.SettingListSchema)
def list_settings() -> dict[str, Any]:
    """Every setting: what fits, what is in force, what the default is."""
    return {"items": [_shown(one) for one in store.states(db.session())]}


@blp.route("/<string:name>", methods=["PUT"])
@access.staff("settings:write")
@blp.arguments(settings_schemas.SettingInSchema)
@blp.response(200, settings_schemas.SettingSchema)
@blp.fails("setting_not_found", "setting_changed", "setting_invalid")
def change_setting(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Put a value in force, within two seconds and without a restart."""
    changing_settings.change_setting(current_staff(), name, body["value"], body["version"])
    return _shown(store.state(db.session(), store.declared(name)))


@blp.route("/<string:name>", methods=["DELETE"])
@access.staff("settings:write")
@blp.arguments(settings_schemas.SeenVersionSchema, location="query")
@blp.response(200, settings_schemas.SettingSchema)
@blp.fails("setting_not_found", "setting_changed")
def reset_setting(query: dict[str, Any], name: str) -> dict[str, Any]:
    """Put the default in force again."""
    changing_settings.reset_setting(current_staff(), name, query["version"])
    return _shown(store.state(db.session(), store.declared(name)))


def _shown(state: SettingState) -> dict[str, Any]:
    setting = state.setting
    return {
        "name": setting.name,
        "type": setting.kind,
        "label": setting.label,
        "help": setting.help,
        "shape": setting.shape,
        "permission": setting.permission,
        "value": state.value,
        "default": setting.dump(setting.default),
        "version": state.version,
        "changed_at": state.changed_at,
        "fits": state.fits,
    }
