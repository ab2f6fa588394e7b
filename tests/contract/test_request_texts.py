"""Every text that a request may bring is read as it is seen, or has a form of its own."""

from __future__ import annotations

from flask import Flask
from marshmallow import fields, validate

from mall.kernel.http.schemas import Text
from tests.support.shapes import request_fields


def is_loose(field: fields.Field) -> bool:  # type: ignore[type-arg]
    """A text without a form: hidden marks would be kept, and any length be taken."""
    has_form = any(not isinstance(one, validate.Length) for one in field.validators)
    return type(field) is fields.String and not has_form


def test_no_text_of_a_request_is_loose(app: Flask) -> None:
    loose = [place.where for place in request_fields(app) if is_loose(place.field)]
    # A cursor is our own, signed or decoded, never kept.
    assert [where for where in loose if not where.endswith(" cursor")] == []


def test_a_loose_one_would_be_found() -> None:
    assert is_loose(fields.String())
    assert not is_loose(Text(at_most=5))
