"""The trail: each change by staff leaves a row in the transaction of the change.

A row names who, what, before, after and the request. Personal data in before and after is
masked and secrets are blanked by their names; a phone number is masked wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import g, has_request_context
from sqlalchemy import insert
from sqlalchemy.orm import Session

from mall.kernel.http.access import Staff
from mall.kernel.masking import mask_phone, mask_text
from mall.staff.models import AuditEntry

SYSTEM = "system"
"""The actor where no staff member is logged in: commands and jobs."""

PERSONAL_KEYS = frozenset(
    {
        *("receiver", "receiver_name", "receiver_phone", "detail_address", "address", "contact"),
        *("openid", "unionid"),
    }
)
SECRET_KEYS = frozenset({"password", "password_hash", "token", "token_hash", "secret"})
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def record(
    session: Session,
    *,
    action: str,
    target_type: str,
    target_id: int | str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    by: Staff | None = None,
) -> None:
    """Leave a row of what the staff member of this request does.

    `action` is written `thing.verb`. `by` names the actor where the request doesn't yet
    know one (login). Values may be anything that JSON knows, times and amounts.
    """
    row = {**_who(by), "action": action, "target_type": target_type, "target_id": str(target_id)}
    row["before"] = None if before is None else masked(before)
    row["after"] = None if after is None else masked(after)
    session.execute(insert(AuditEntry).values(row))


def record_each(
    session: Session,
    *,
    action: str,
    target_type: str,
    after: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """`record` for several targets at once: `before` and `after` by the target's id."""
    who = _who(None)
    known = before or {}
    rows = [
        {
            **who,
            "action": action,
            "target_type": target_type,
            "target_id": target_id,
            "before": masked(known[target_id]) if target_id in known else None,
            "after": masked(values),
        }
        for target_id, values in after.items()
    ]
    if rows:
        session.execute(insert(AuditEntry), rows)


def _who(by: Staff | None) -> dict[str, Any]:
    actor = by or staff_of_request()
    return {
        "staff_id": actor.staff_id if actor else None,
        "actor": actor.username if actor else SYSTEM,
        "request_id": g.get("request_id"),
    }


def staff_of_request() -> Staff | None:
    """The staff member of this request; None for a shopper, a job or a command."""
    principal = g.get("principal") if has_request_context() else None
    return principal if isinstance(principal, Staff) else None


def masked(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as plain JSON with what is personal masked and what is secret blanked."""
    return {str(key): _shown(str(key).lower(), value) for key, value in values.items()}


def _shown(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        inherited = key if key in PERSONAL_KEYS else None
        return {str(k): _shown(inherited or str(k).lower(), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown(key, item) for item in value]
    if key in SECRET_KEYS or isinstance(value, bytes | memoryview):
        return "[redacted]"
    if value is None or isinstance(value, bool | int | float):
        return value
    return _shown_text(key, value.isoformat() if isinstance(value, date) else str(value))


def _shown_text(key: str, text: str) -> str:
    if "phone" in key:
        return text if "*" in text else mask_phone(text)
    if key in PERSONAL_KEYS:
        return mask_text(text)
    return _PHONE.sub(lambda found: mask_phone(found[0]), text).replace("\0", "")
