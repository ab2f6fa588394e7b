"""Reading a request's JSON and query: unknown fields, and text that no table could hold,
are refused before any handler sees them."""

from __future__ import annotations

import functools
import json
import re
from typing import Any, NoReturn

import marshmallow as ma
from flask import Flask, Request, abort, request
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request

NUL_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""An escaped NUL; a backslash that is itself escaped doesn't make one."""


class WholeBodyRequest(Request):
    """A request whose body is refused when it is too long, never cut off.

    Werkzeug cuts off a body of unknown length (sent in chunks) at the limit. Here such a body
    must be shorter than the limit; else 413.
    """

    def get_data(self, *args: Any, **kwargs: Any) -> Any:
        data = super().get_data(*args, **kwargs)
        limit = self.max_content_length
        if self.content_length is None and limit is not None and len(data) >= limit:
            abort(413)
        return data


class StrictParser(FlaskParser):
    """Refuse unknown fields in the body and in the query string alike."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012
        "json": ma.RAISE,
        "query": ma.RAISE,
        "form": ma.RAISE,
        "files": ma.EXCLUDE,
    }

    def _get_schema(self, argmap: Any, req: Request) -> ma.Schema:
        """One instance a schema class, kept: making one costs more than loading with it."""
        if isinstance(argmap, type) and issubclass(argmap, ma.Schema):
            return _instance(argmap)
        return super()._get_schema(argmap, req)

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The parsed body; 400 for what isn't JSON, 415 for another content type."""
        raw = req.get_data(cache=True)
        if not raw:
            return missing
        if not is_json_request(req):
            abort(415)
        try:
            return parse_json(raw)
        except ValueError:
            abort(400)


@functools.cache
def _instance(schema: type[ma.Schema]) -> ma.Schema:
    return schema()


def read_query(schema: ma.Schema) -> dict[str, Any]:
    """The query string of this request by `schema`; 422 when it doesn't fit."""
    return StrictParser().parse(schema, request, location="query")  # type: ignore[no-any-return]


def parse_json(raw: bytes) -> Any:
    """Strict JSON in UTF-8: no NaN, no lone surrogate, no NUL, bounded depth and digits.

    Raises ValueError. PostgreSQL can't store NUL, and a lone surrogate is no text at all.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deep") from None
    lowered = raw.lower()
    if NUL_ESCAPE.search(lowered):
        raise ValueError("NUL in text")
    if b"\\ud" in lowered:
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # UnicodeEncodeError: a ValueError
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def init_parsing(app: Flask) -> None:
    app.before_request(_refuse_nul)


def _refuse_nul() -> None:
    environ = request.environ
    if "%00" in environ.get("QUERY_STRING", "") or "\0" in environ.get("PATH_INFO", ""):
        abort(400)
