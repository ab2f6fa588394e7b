"""Every message that may answer a request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from flask import Flask
from marshmallow import ValidationError, fields

from mall.kernel.errors import MallError
from tests.support.shapes import request_fields, request_schemas

_CHINESE = re.compile("[\u4e00-\u9fff]")
_ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]{2,}")
_NUMBERS: list[Any] = [0, -1, 1, 1.5, 10**12, -(10**12), 10**30]
_TEXTS = [
    "",
    " ",
    "?",
    "1",
    "x" * 9,
    "长" * 30_000,
    "a\0",
    "2026-2-30",
    "9999-12-31T23:59:59-08:00",
]
_LISTS: list[Any] = [[], [1, 1], [{}], ["x", "x"], [{"sku_id": 1}] * 2, ["x"] * 1_100]
_OBJECTS: list[Any] = [{}, {"?": 1}, {"x" * 99: {}}, {str(number): 1 for number in range(300)}]
_WRONG: list[Any] = [None, True, *_NUMBERS, *_TEXTS, *_LISTS, *_OBJECTS]


def reads_as_chinese(message: str) -> bool:
    """Chinese, with at most single words that are names or values, such as SKU."""
    return bool(_CHINESE.search(message)) and not _ENGLISH.search(message)


def field_messages(app: Flask) -> Iterator[tuple[str, str]]:
    """Where, and what: of each field and each check of a request."""
    for where, schema in request_schemas(app):
        yield from ((where, str(text)) for text in schema.error_messages.values())
    tried: set[str] = set()
    for where, field in request_fields(app):
        yield from ((where, str(text)) for text in field.error_messages.values())
        same = f"{where.rsplit(' ', 1)[1]} {field!r} {field.validators}"
        if same not in tried:  # two routes may read one schema
            tried.add(same)
            yield from ((where, text) for text in provoked(field))


def provoked(field: fields.Field[Any]) -> Iterator[str]:
    """What a field and its checks say of values that are wrong for most."""
    for check in field.validators:
        for value in _WRONG:
            try:
                check(value)
            except ValidationError as refused:
                yield from texts_in(refused.messages)
            except Exception:
                continue
    for value in _WRONG:
        try:
            field.deserialize(value)
        except ValidationError as refused:
            yield from texts_in(refused.messages)
        except MallError as refused:
            yield refused.message


def texts_in(messages: Any) -> Iterator[str]:
    inner = messages.values() if isinstance(messages, dict) else messages
    for each in inner:
        if isinstance(each, str):
            yield each
        else:
            yield from texts_in(each)


def error_kinds(of: type[MallError] = MallError) -> Iterator[type[MallError]]:
    for kind in of.__subclasses__():
        yield kind
        yield from error_kinds(kind)
