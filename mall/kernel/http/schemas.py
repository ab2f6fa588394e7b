"""Shapes shared by every feature. Unknown fields are refused; ids travel as strings."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from mall.kernel.http.messages import translate
from mall.kernel.http.times import ShopDay
from mall.kernel.money import MAX_FEN
from mall.kernel.seen_text import as_seen, seen_length

translate()  # before any field is made

MAX_ID = 2**63 - 1
MAX_QUANTITY = 9_999


class Schema(ma.Schema):
    """Base of every request and response shape."""

    class Meta:
        unknown = ma.RAISE


class QuerySchema(Schema):
    """Base of every query string; unknown parameters are refused too."""


class Id(fields.Field[int]):
    """A 64-bit id: a string of digits in JSON, an int in Python."""

    default_error_messages = {"invalid": "编号无效"}  # noqa: RUF012

    def _serialize(self, value: int | None, attr: str | None, obj: Any, **_: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        if not isinstance(value, str) or not value.isascii() or not value.isdigit():
            raise self.make_error("invalid")
        number = int(value) if len(value) <= 19 else MAX_ID + 1
        if not 1 <= number <= MAX_ID:
            raise self.make_error("invalid")
        return number


class Text(fields.String):
    """Text of people, as it is seen (`mall.kernel.seen_text`): of at most so many characters,
    of which at least so many are seen. Control characters are refused."""

    def __init__(self, *, at_most: int, at_least: int = 0, **kwargs: Any) -> None:
        checks: list[Callable[[Any], Any]] = [
            text_length(at_least, at_most),
            _no_control_characters,
            partial(_has_seen, at_least),
        ]
        if "validate" in kwargs:
            checks.append(kwargs.pop("validate"))
        super().__init__(validate=checks, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        return as_seen(text)


def _has_seen(at_least: int, text: str) -> None:
    if at_least and seen_length(text) < at_least:
        raise ma.ValidationError(f"至少 {at_least} 个可见字符")


def text_length(at_least: int, at_most: int) -> validate.Length:
    """Bounds of a text's length, with a message for texts."""
    bounds = f"应为 {at_least} 至 {at_most} 个字" if at_least else f"最多 {at_most} 个字"
    return validate.Length(min=at_least, max=at_most, error=bounds)


def _no_control_characters(text: str) -> None:
    if any(ord(character) < 32 and character not in "\n\t\r" for character in text):
        raise ma.ValidationError("含有无效字符")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise ma.ValidationError("含有无效字符")


def whole(at_least: int, at_most: int, **kwargs: Any) -> fields.Integer:
    """A whole number, not a bool, not a string, in a range (both ends allowed)."""
    return StrictInteger(validate=validate.Range(min=at_least, max=at_most), **kwargs)


def fen(**kwargs: Any) -> fields.Integer:
    """An amount in fen: 0 to 100 million yuan."""
    return whole(0, MAX_FEN, **kwargs)


def quantity(**kwargs: Any) -> fields.Integer:
    """A quantity of one SKU: 1 to 9,999."""
    return whole(1, MAX_QUANTITY, **kwargs)


_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


def month(**kwargs: Any) -> fields.String:
    """A month of the shop, written 2026-11."""
    return fields.String(validate=_check_month, metadata={"description": "2026-11"}, **kwargs)


def first_day_of(month: str) -> date:
    """The first day of a month that is written so."""
    return date.fromisoformat(f"{month}-01")


def _check_month(month: str) -> None:
    if not _MONTH.fullmatch(month):
        raise ma.ValidationError("月份无效")


class DaysQuery(QuerySchema):
    """Shop days, both ends with them."""

    first = ShopDay(required=True)
    last = ShopDay(required=True)

    @ma.validates_schema
    def _ordered(self, data: dict[str, date], **_: Any) -> None:
        if not 0 <= (data["last"] - data["first"]).days <= 400:
            raise ma.ValidationError("起止日期须先后有序，最多 400 天", "last")


class StrictInteger(fields.Integer):
    """An integer that takes neither "1" nor 1.0 nor true."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class StrictBoolean(fields.Boolean):
    """`true` or `false`: neither 1 nor "yes"."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class QueryInteger(fields.Integer):
    """An integer of a query string: plain ASCII digits only."""

    def __init__(self, *, at_least: int, at_most: int, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(min=at_least, max=at_most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if (
            not isinstance(value, str)
            or not value.isascii()
            or not value.isdigit()
            or len(value) > 19
        ):
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class ErrorDetail(Schema):
    """What every error looks like."""

    type = fields.String(required=True, metadata={"description": "family of the error"})
    code = fields.String(required=True, metadata={"description": "stable code, for programs"})
    message = fields.String(required=True, metadata={"description": "Chinese, can be shown"})
    param = fields.String(
        allow_none=True, required=True, metadata={"description": "field at fault, if one is"}
    )
    request_id = fields.String(required=True)


class ErrorSchema(Schema):
    error = fields.Nested(ErrorDetail, required=True)
