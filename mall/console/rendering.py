"""Pages from templates, and how they show times, amounts and personal data."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from flask import g, render_template

from mall.console.menu import may, menu
from mall.console.names import FORM_FIELD
from mall.console.sessions import form_token
from mall.kernel.clock import SHOP_ZONE
from mall.kernel.http.access import current_staff
from mall.kernel.masking import mask_phone, mask_text
from mall.kernel.money import yuan


def render(template: str, **values: Any) -> str:
    """A page for the staff member of this request, or a part of one."""
    return render_template(
        f"console/{template}",
        **_HELPERS,
        menu=menu(),
        staff=current_staff(),
        form_token=form_token(),
        form_token_name=FORM_FIELD,
        request_id=g.get("request_id", ""),
        **values,
    )


def render_outside(template: str, **values: Any) -> str:
    """A page for somebody who isn't logged in."""
    return render_template(
        f"console/{template}", **_HELPERS, request_id=g.get("request_id", ""), **values
    )


def shop_time(moment: datetime | None) -> str:
    """A moment on the shop's clock; a dash for none."""
    return "—" if moment is None else moment.astimezone(SHOP_ZONE).strftime("%Y-%m-%d %H:%M")


def shown(value: Any) -> Any:
    """A cell of a table whose columns aren't known."""
    if isinstance(value, datetime) or value is None:
        return shop_time(value)
    return value


def new_key() -> str:
    """An Idempotency-Key for the button that is rendered with it: pressed twice, done once."""
    return uuid.uuid4().hex


_HELPERS: dict[str, Any] = {
    "yuan": yuan,
    "shop_time": shop_time,
    "shown": shown,
    "mask_phone": mask_phone,
    "mask_text": mask_text,
    "new_key": new_key,
    "may": may,
}
