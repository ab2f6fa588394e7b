"""flask-smorest's Api with our error shape and document settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cached_property
from threading import Lock
from typing import Any

import marshmallow as ma
from flask import Flask, Response, current_app, json
from flask_smorest import Api
from flask_smorest import Blueprint as SmorestBlueprint
from flask_swagger_ui import get_swaggerui_blueprint
from werkzeug.routing import BaseConverter, ValidationError

from mall.kernel.errors import NotAuthenticated, NotPermitted, ValidationFailed
from mall.kernel.http.access import RULE_ATTRIBUTE, SELF, Rule, View
from mall.kernel.http.error_codes import (
    CODES_KEY,
    HOOKS_KEY,
    ErrorCode,
    declared_errors,
    errors_of,
    fails,
    keep_errors,
    known_errors,
    responses_of,
)
from mall.kernel.http.errors import EVERYWHERE
from mall.kernel.http.parsing import StrictParser
from mall.kernel.http.schemas import MAX_ID, ErrorSchema, Id, Schema


class IdConverter(BaseConverter):
    """`<id:address_id>` in a path: a 64-bit id. What can't be one is 404, not an SQL error."""

    regex = "[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        number = int(value)
        if number > MAX_ID:
            raise ValidationError
        return number


class Blueprint(SmorestBlueprint):
    """A feature's routes. Their access rule is shown in the document as its security, their
    errors as `x-error-codes` and as responses."""

    ARGUMENTS_PARSER = StrictParser()
    fails = staticmethod(fails)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_document_errors)

    def operations(self) -> Iterator[Mapping[str, Any]]:
        """What each operation says of itself."""
        for by_method in self._docs.values():
            yield from (said for method, said in by_method.items() if method != "parameters")

    @staticmethod
    def query_doc(schema: type[Schema]) -> Callable[[View], View]:
        """Document the query of a view that reads it itself (`read_query`), when it must."""

        def decorate(view: View) -> View:
            doc = deepcopy(getattr(view, "_apidoc", {}))
            said = doc.setdefault("arguments", {})
            said.setdefault("parameters", []).append(
                {"in": "query", "required": True, "schema": schema}
            )
            said.setdefault("responses", {})[422] = "UNPROCESSABLE_ENTITY"
            view._apidoc = doc  # type: ignore[attr-defined]
            return view

        return decorate

    def _store_endpoint_docs(self, endpoint: str, obj: Any, *args: Any, **kwargs: Any) -> None:
        rule: Rule | None = getattr(obj, RULE_ATTRIBUTE, None)
        schemes = {"shopper": "shopperToken", "staff": "staffToken"}
        doc = getattr(obj, "_apidoc", {})
        # What a generated client calls its function.
        manual = {"operationId": f"{self.name}_{endpoint}", **doc.get("manual_doc", {})}
        if rule and rule.kind in schemes:
            manual = {"security": [{schemes[rule.kind]: []}], **manual}
        obj._apidoc = {**doc, "manual_doc": manual, "endpoint": f"{self.name}.{endpoint}"}
        fails(*_codes_of_rule(rule))(obj)
        if schemas_read_by(obj):
            fails(ValidationFailed.code)(obj)
        super()._store_endpoint_docs(endpoint, obj, *args, **kwargs)


def _codes_of_rule(rule: Rule | None) -> list[str]:
    if rule is None or rule.kind not in ("shopper", "staff"):
        return []
    any_staff = rule.permission in (None, SELF)
    return [NotAuthenticated.code, *([] if any_staff else [NotPermitted.code])]


def _document_errors(
    doc: dict[str, Any], doc_info: dict[str, Any], *, api: MallApi, app: Flask, **_: Any
) -> dict[str, Any]:
    """Show the errors of one operation: the list for programs, and a response for each status."""
    errors = declared_errors(app)[doc_info["endpoint"]]
    doc["x-error-codes"] = [one.shown() for one in errors]
    doc.setdefault("responses", {}).update(
        responses_of(errors, api.everywhere, api.spec.components)
    )
    return doc


def schemas_read_by(view: View) -> list[tuple[str, ma.Schema]]:
    """From where ("json", "query", …) and by which schemas a view reads its requests."""
    said = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    return [
        (one["in"], schema() if isinstance(schema, type) else schema)
        for one in said
        if isinstance(one, dict) and (schema := one.get("schema")) is not None
        if not isinstance(schema, dict)
    ]


class MallApi(Api):
    """Api whose documented default error is ours; handlers live in `errors.py`.

    The document is made when it is first asked for: to make it takes longer than all else of an
    app, and workers and commands never show it.
    """

    ERROR_SCHEMA = ErrorSchema

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.codes_of_hooks: Mapping[str, Sequence[str]] = {}
        """What features add to operations of others, by hook."""
        self.hooks: set[str] = set()
        """Those that an operation names."""
        self._to_document: list[Blueprint] = []
        self._making = Lock()
        super().__init__(*args, **kwargs)

    def register_blueprint(self, blp: Blueprint, **options: Any) -> None:
        """Its routes, and what each may answer. Raises RuntimeError for an unknown error code."""
        assert self._app is not None
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blp.name] = self
        self._app.register_blueprint(blp, **options)
        for said in blp.operations():
            keep_errors(self._app, said["endpoint"], self._errors_of(said))
        self._to_document.append(blp)

    def _errors_of(self, said: Mapping[str, Any]) -> list[ErrorCode]:
        hooks = said.get(HOOKS_KEY, ())
        self.hooks.update(hooks)
        added = [code for hook in hooks for code in self.codes_of_hooks.get(hook, ())]
        return errors_of((*said.get(CODES_KEY, ()), *added), self.known_errors, said["endpoint"])

    @cached_property
    def known_errors(self) -> dict[str, ErrorCode]:
        """Every code, when the first blueprint is registered: by then all are imported."""
        return known_errors()

    @cached_property
    def everywhere(self) -> list[ErrorCode]:
        """What any address may answer."""
        return errors_of(EVERYWHERE, self.known_errors, "every operation")

    def _openapi_json(self) -> Response:
        """The document without blanks, which would be half of it."""
        text = json.dumps(self._document(), separators=(",", ":"))
        return current_app.response_class(text, mimetype="application/json")

    def _document(self) -> dict[str, Any]:
        with self._making:
            while self._to_document:
                blp = self._to_document[0]
                blp.register_views_in_doc(
                    self, self._app, self.spec, name=blp.name, parameters=None
                )
                self.spec.tag({"name": blp.name, "description": blp.description})
                del self._to_document[0]
            document: dict[str, Any] = self.spec.to_dict()
            return document

    def _register_error_handlers(self) -> None:
        """The one error shape is registered by `init_errors`, for every kind of failure."""


def _portable_pattern(_: Any, field: Any, *, ret: dict[str, Any], **__: Any) -> dict[str, str]:
    """A pattern as every language reads it: Python matches from the start and ends with \\Z."""
    pattern = ret.get("pattern")
    if not isinstance(pattern, str):
        return {}
    body = pattern.removesuffix("\\Z")
    end = "$" if body != pattern else ""
    return {"pattern": f"{'' if body.startswith('^') else '^'}{body}{end}"}


DESCRIPTION = """小程序商城接口。金额单位为分，时间为 UTC，编号均为字符串。

出错时返回统一结构，程序按 `error.code` 判断。每个接口的 `x-error-codes` 列出它自己的错误码；
任何接口都可能返回的错误码列在文档顶层的 `x-error-codes`。"""


def init_api(app: Flask) -> MallApi:
    """Serve the OpenAPI document at /docs/openapi.json and a reader at /docs."""
    app.config.update(
        API_TITLE="Mall",
        API_VERSION="v1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX="/docs",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.url_map.converters["id"] = IdConverter
    bearer = {"type": "http", "scheme": "bearer"}
    api = MallApi(
        app,
        spec_kwargs={
            "info": {"description": DESCRIPTION},
            "components": {"securitySchemes": {"shopperToken": bearer, "staffToken": bearer}},
        },
    )
    api.spec.options["x-error-codes"] = [one.shown() for one in api.everywhere]
    api.register_field(Id, "string", "int64")
    assert api.ma_plugin.converter is not None
    api.ma_plugin.converter.add_attribute_function(_portable_pattern)
    api.register_converter(IdConverter, lambda _: {"type": "string", "format": "int64"})
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/docs/openapi.json"))
    return api
