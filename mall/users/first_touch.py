"""The first touch: what brought a shopper here, as the client told it at registration.

It is opaque to users: kept with the shopper, handed on in `ShopperRegistered`, read by whoever
attributes. It should hold no personal data; closing the account erases it all the same.
"""

from __future__ import annotations

import json
import math
from typing import Any

from marshmallow import ValidationError, fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from mall.users.models import User

FirstTouch = dict[str, Any] | str
MAX_BYTES = 1024
"""Of its JSON text, in UTF-8."""
MAX_DEPTH = 3
"""Objects and lists within each other, the outermost counted."""
_TOO_LARGE = f"来源信息不能超过 {MAX_BYTES} 字节"


class Attribution(fields.Field[FirstTouch]):
    """A JSON object or a text within these bounds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> FirstTouch:
        if not isinstance(value, dict | str):
            raise ValidationError("来源信息应为对象或字符串")
        _check(value, MAX_DEPTH)
        if len(json.dumps(value, ensure_ascii=False).encode()) > MAX_BYTES:
            raise ValidationError(_TOO_LARGE)
        return value


def _check(value: Any, depth_left: int) -> None:
    """Refuse what PostgreSQL can't keep, and what is nested too deep."""
    if isinstance(value, dict | list):
        if not depth_left:
            raise ValidationError(f"来源信息最多嵌套 {MAX_DEPTH} 层")
        for each in value.values() if isinstance(value, dict) else value:
            _check(each, depth_left - 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValidationError("含有无效数字")


def of(session: Session, user_id: int) -> FirstTouch | None:
    """What brought a shopper here, if the client said."""
    return session.scalar(select(User.first_touch).where(User.id == user_id))
