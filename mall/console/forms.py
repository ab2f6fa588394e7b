"""Forms and filters, read by the schemas of the admin API: the same bounds, the same refusals."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import marshmallow as ma
from flask import request
from marshmallow import fields
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, UnprocessableEntity

from mall.console.names import FORM_FIELD

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_OF_LIST = re.compile(r"(\w+)\.([0-9]{1,3})\.(.+)", re.ASCII)
"""`lines.0.quantity`: the list, the place in it, the field."""


def read_form(schema: ma.Schema) -> dict[str, Any]:
    """What this request's form says, by `schema`. Raises 422 with the first field at fault.

    A field of a list stands as `lines.0.quantity`. Whole numbers are written in digits. An empty
    field is None where the schema allows that, and left out where it isn't required.
    """
    return load_form(schema, _plain(schema, sent_fields()))


def sent_fields() -> MultiDict[str, str]:
    """The fields of this request's form, without what proves it. Raises 400 for NUL, which no
    table holds; JSON with it is refused so, too."""
    sent = MultiDict(request.form)
    sent.pop(FORM_FIELD, None)
    if any("\0" in text for field in sent.items(multi=True) for text in field):
        raise BadRequest
    return sent


def load_form(schema: ma.Schema, given: dict[str, Any]) -> dict[str, Any]:
    """What a form says, by `schema`, where its fields were already made what JSON would bring."""
    return _loaded(schema, given, "form")


def read_filter(schema: ma.Schema) -> dict[str, Any]:
    """What this request's query says, by `schema`; empty fields of a filter narrow nothing."""
    given = {name: value for name, value in request.args.items() if value != ""}
    return _loaded(schema, given, "query")


def in_digits(text: str) -> int | str:
    """The whole number that a text writes; the text as it is when it writes none, so that the
    schema refuses it by its name."""
    return int(text) if _WHOLE.fullmatch(text) else text


def _loaded(schema: ma.Schema, given: dict[str, Any], location: str) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(given)
    except ma.ValidationError as fault:
        _refuse(fault.messages_dict, location)
    return loaded


def _refuse(messages: dict[str, Any], location: str) -> NoReturn:
    """As the parser of the API refuses, so that one place words it."""
    refusal = UnprocessableEntity()
    refusal.data = {"messages": {location: messages}}  # type: ignore[attr-defined]
    raise refusal


def _plain(schema: ma.Schema, sent: MultiDict[str, str]) -> dict[str, Any]:
    """The fields of a form as JSON would bring them."""
    plain: dict[str, Any] = {}
    nested: dict[str, dict[int, MultiDict[str, str]]] = {}
    for name, value in sent.items(multi=True):
        if (of_list := _OF_LIST.fullmatch(name)) is not None:
            rows = nested.setdefault(of_list[1], {})
            rows.setdefault(int(of_list[2]), MultiDict()).add(of_list[3], value)
        elif (found := _value(schema.load_fields.get(name), value)) is not ma.missing:
            plain[name] = found
    for name, rows in nested.items():
        field = schema.load_fields.get(name)
        plain[name] = [_row(field, rows[number]) for number in sorted(rows)]
    return plain


def _row(field: fields.Field[Any] | None, sent: MultiDict[str, str]) -> dict[str, Any]:
    inner = field.inner if isinstance(field, fields.List) else None
    if isinstance(inner, fields.Nested):
        return _plain(inner.schema, sent)
    return dict(sent)


def _value(field: fields.Field[Any] | None, text: str) -> Any:
    if field is None:
        return text  # the schema refuses it by its name
    if text == "" and not (field.required and isinstance(field, fields.String)):
        return None if field.allow_none else ma.missing
    return in_digits(text) if isinstance(field, fields.Integer) else text
