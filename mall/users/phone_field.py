"""The field of every body in which somebody writes a phone number."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields

from mall.kernel.phone_numbers import MAX_WRITTEN, read_phone
from mall.users.settings import PHONES_ABROAD

_DOCUMENTED = {
    "description": "a mobile, or a landline with its area code",
    "maxLength": MAX_WRITTEN,
}


class Phone(fields.String):
    """A number as people paste it (blanks, +86, full-width digits, marks of direction); in Python
    in the one way of `mall.kernel.phone_numbers`.

    Numbers outside the mainland are taken if the shop says so (`users.phones_abroad`).
    `may_be_empty` takes "" for none.
    """

    def __init__(self, *, may_be_empty: bool = False, **kwargs: Any) -> None:
        super().__init__(metadata=_DOCUMENTED, **kwargs)
        self.may_be_empty = may_be_empty

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if self.may_be_empty and not text.strip():
            return ""
        number = read_phone(text)
        if number is None:
            raise ValidationError("请填写正确的手机号或带区号的座机号")
        if not number.is_mainland and not PHONES_ABROAD.get():
            raise ValidationError("暂不支持中国大陆以外的号码")
        return number.written
