"""Cursor paging: stable under inserts, page size at most 100.

A cursor is the sort key of the last row, base64 of JSON; a client passes it back as it
got it. `page` reads one row more than asked to know whether more follow.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from marshmallow import fields
from marshmallow.fields import Field

from mall.kernel.errors import ValidationFailed
from mall.kernel.http.schemas import QueryInteger, QuerySchema, Schema

MAX_PAGE = 100
Row = TypeVar("Row")


class PageQuery(QuerySchema):
    """The paging part of a list's query string."""

    cursor = fields.String(metadata={"description": "`next_cursor` of the page before"})
    limit = QueryInteger(at_least=1, at_most=MAX_PAGE, load_default=20)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page; `next_cursor` is None on the last."""

    items: Sequence[Row]
    next_cursor: str | None


def encode_cursor(values: Sequence[int | str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(list(values)).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, kinds: Sequence[type]) -> list[Any] | None:
    """The sort key in a cursor, checked to be of `kinds`; ValidationFailed for a made-up one."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        raise ValidationFailed("翻页参数无效", param="cursor") from None
    fits = (
        isinstance(values, list)
        and len(values) == len(kinds)
        and all(type(v) is kind for v, kind in zip(values, kinds, strict=True))
        and all(abs(v) < 2**63 for v in values if isinstance(v, int))
        and all("\0" not in v for v in values if isinstance(v, str))
    )
    if not fits:
        raise ValidationFailed("翻页参数无效", param="cursor")
    return list(values)


def id_in(cursor: str | None) -> int | None:
    """The id in the cursor of a list that is sorted by id alone; None for the first page."""
    values = decode_cursor(cursor, (int,))
    return int(values[0]) if values else None


def page(rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[int | str]]) -> Page[Row]:
    """Cut `limit + 1` rows into a page; `key` gives the sort key of a row."""
    items = rows[:limit]
    more = len(rows) > limit
    return Page(items, encode_cursor(key(items[-1])) if more else None)


def page_schema(item: type[Schema]) -> type[Schema]:
    """The response shape of a page of `item`s."""
    name = item.__name__.removesuffix("Schema") + "PageSchema"
    shape: dict[str, Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(allow_none=True, required=True),
    }
    return type(name, (Schema,), dict(shape))
