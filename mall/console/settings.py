"""设置: what a shop owner decides, in force within two seconds."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import request

from mall.console.forms import in_digits, load_form, sent_fields
from mall.console.names import PREFIX
from mall.console.pages import page_blueprint
from mall.console.rendering import render
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.settings import Setting, store
from mall.settings.store import SettingState
from mall.staff import changing_settings
from mall.staff.settings_schemas import SeenVersionSchema, SettingInSchema

blp = page_blueprint("console_settings", __name__, f"{PREFIX}/settings")
GROUPS = {
    "staff": "员工",
    "users": "会员",
    "approvals": "审批",
    "orders": "订单",
    "shipping": "发货",
    "payments": "支付",
    "aftersales": "售后",
    "messages": "消息",
    "rewards": "奖励",
    "coupons": "优惠券",
    "payouts": "付款给会员",
    "points": "积分",
    "prizes": "实物奖品",
    "sharing": "分享",
    "missions": "任务与签到",
    "flashsale": "秒杀",
    "groupbuy": "拼团",
    "referral": "分销",
    "reviews": "评价",
    "games": "玩法",
}
"""The features that have settings; a setting's name begins with its feature's. One that isn't here
comes last, under its name."""


@blp.get("")
@access.console("settings:read")
def list_settings() -> str:
    """Every setting with its value, by feature."""
    return _list()


@blp.get("/<name>/change")
@access.console("settings:write")
def ask_to_change(name: str) -> str:
    """The dialog: the value in force and what fits."""
    return render("setting.html", one=_state(name))


@blp.post("/<name>")
@access.console("settings:write")
def change_setting(name: str) -> str:
    """Put a value in force; refused when somebody else was faster."""
    setting = store.declared(name)
    form = sent_fields().to_dict()
    value = _value(setting, form)
    body = load_form(
        SettingInSchema(), {**form, "value": value, "version": in_digits(form.get("version", ""))}
    )
    changing_settings.change_setting(current_staff(), name, body["value"], body["version"])
    return _list(done=f"已生效：{setting.label}")


@blp.post("/<name>/reset")
@access.console("settings:write")
def reset_setting(name: str) -> str:
    """Put the default in force again; refused when somebody else was faster."""
    seen = load_form(SeenVersionSchema(), {"version": request.form.get("version", "")})
    changing_settings.reset_setting(current_staff(), name, seen["version"])
    return _list(done=f"已恢复默认：{store.declared(name).label}")


def _value(setting: Setting[Any], form: dict[str, str]) -> Any:
    """The value as JSON would bring it; what it is made of is taken out of the form."""
    if setting.kind == "message_template":
        keys = {name: form.pop(f"fields.{name}", "") for name in setting.shape["fields"]}
        return {
            "template_id": form.pop("template_id", ""),
            "page": form.pop("page", ""),
            "fields": {name: key for name, key in keys.items() if key},
        }
    text = form.pop("value", "")
    if setting.kind == "whole_number":
        return in_digits(text)
    if setting.kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return text


def _state(name: str) -> SettingState:
    with transaction() as session:
        return store.state(session, store.declared(name))


def _list(done: str = "") -> str:
    with transaction() as session:
        states = sorted(store.states(session), key=lambda one: _place(one.setting.name))
    groups = [
        (GROUPS.get(feature, feature), list(ones))
        for feature, ones in groupby(states, key=lambda one: _feature(one.setting.name))
    ]
    return render("settings.html", groups=groups, done=done)


def _feature(name: str) -> str:
    return name.partition(".")[0]


def _place(name: str) -> tuple[int, str]:
    feature, known = _feature(name), list(GROUPS)
    return known.index(feature) if feature in GROUPS else len(known), feature
