"""Uploads of staff, and days that pass over them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from mall.config import current_config
from mall.kernel.db import transaction
from mall.uploads.commands import sweep
from tests.support.aftersales import picture, send_picture
from tests.support.http import Http

PATH = "/api/v1/uploads/"


def own() -> str:
    """What stands before our own addresses, in capitals: hosts don't care."""
    return current_config().public_base_url.rstrip("/").upper()


def sent(staff: Http) -> dict[str, Any]:
    taken = send_picture(staff, picture(), "/admin/api/v1/uploads")
    assert taken.status_code == 201, taken.get_json()
    found: dict[str, Any] = taken.get_json()
    return found


def days_later() -> None:
    with transaction() as session:
        session.execute(text("UPDATE uploads SET expires_at = expires_at - interval '2 days'"))
    sweep()


def there(http: Http, name: str) -> bool:
    return http.get(PATH + name).status_code == 200


def done(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json(silent=True)
