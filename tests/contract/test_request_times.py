"""No request takes a time or a day in any other way than all the others do."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from flask import Flask
from marshmallow import fields

from mall.kernel.http.schemas import Schema
from mall.kernel.http.times import Moment, ShopDay
from tests.support.shapes import fields_of, request_fields

RAW = (fields.DateTime, fields.Date, fields.Time, fields.TimeDelta)
ENDS = re.compile(r"(ends|closes|expires|off)_at|_to|until|_until")
MALL = Path(__file__).resolve().parents[2] / "mall"


def raw(field: fields.Field) -> bool:  # type: ignore[type-arg]
    return isinstance(field, RAW) and not isinstance(field, Moment | ShopDay)


def test_every_time_of_a_request_is_a_moment_or_a_day_of_the_shop(app: Flask) -> None:
    found = list(request_fields(app))
    assert [place.where for place in found if raw(place.field)] == []
    times = [place.where for place in found if isinstance(place.field, Moment | ShopDay)]
    assert len(times) > 90
    assert {where.split(" ")[2] for where in times} == {"json", "query"}


def test_a_raw_one_would_be_found() -> None:
    class Line(Schema):
        at = fields.AwareDateTime()

    class Asked(Schema):
        lines = fields.List(fields.Nested(Line))
        days = fields.Dict(values=fields.Date())
        until = Moment(ends=True)

    found = [place.where for place in fields_of("POST /x json", Asked()) if raw(place.field)]
    assert found == ["POST /x json lines at", "POST /x json days"]


def test_what_says_when_something_ends_takes_the_end_of_a_plain_date(app: Flask) -> None:
    wrong = [
        place.where
        for place in request_fields(app)
        if isinstance(place.field, Moment)
        and place.field.ends != bool(ENDS.search(place.where.rsplit(" ", 1)[1]))
    ]
    assert wrong == []


def test_a_time_that_may_be_left_out_is_one_of_an_answer_only_if_required() -> None:
    """A shape that no route lists (a form that a handler loads) is found by its source: a field of
    an answer is `required`, one of a request that isn't a Moment would have to say so, too."""
    loose = [
        f"{path.relative_to(MALL)}:{call.lineno}"
        for path in MALL.rglob("*.py")
        if path.name != "times.py"
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func)
        in {f"fields.{kind.__name__}" for kind in RAW}
        | {"fields.AwareDateTime", "fields.NaiveDateTime"}
        and not any(word.arg == "required" for word in call.keywords)
    ]
    assert loose == []
