"""What a request is refused with reads as Chinese, wherever it is said."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import fields, validate

from mall.flashsale.purchase import answers
from mall.kernel.http.errors import OF_STATUS
from mall.kernel.http.labels import LABELS, label_of
from mall.runtime.web_worker import REFUSALS
from tests.support.http import Http
from tests.support.shapes import request_fields
from tests.support.staff import make_staff
from tests.support.wording import error_kinds, field_messages, provoked, reads_as_chinese

MALL = Path(__file__).resolve().parents[2] / "mall"
FOR_OPERATORS = {"config", "runtime", "cli", "wechat", "gate"}


def test_fields_and_their_checks(app: Flask) -> None:
    said = set(field_messages(app))
    assert [one for one in sorted(said) if not reads_as_chinese(one[1])] == []
    texts = {text for _, text in said}
    assert {"必须填写", "不能为空", "应为整数", "不支持该字段", "应为一个对象"} <= texts
    assert len(texts) > 150


def test_what_marshmallow_brings() -> None:
    """Whatever a new schema may use of it: it has no other messages than the translated ones."""
    tables = [
        vars(one).get("default_error_messages", {})
        for name, one in vars(fields).items()
        if _is_a(one, fields.Field) and not name.startswith("_")
    ]
    checks = [one for one in vars(validate).values() if _is_a(one, validate.Validator)]
    texts = [str(text) for table in tables for text in table.values()]
    texts += [
        str(getattr(check, name))
        for check in checks
        for name in vars(check)
        if name.startswith(("message_", "default_message"))
    ]
    assert len(texts) > 40
    assert [text for text in texts if not reads_as_chinese(text)] == []


def _is_a(value: object, kind: type) -> bool:
    return isinstance(value, type) and issubclass(value, kind)


def test_an_english_one_would_be_found() -> None:
    field = fields.Integer(validate=validate.Range(min=1, error="Must be at least {min}."))
    assert not all(map(reads_as_chinese, provoked(field)))
    assert not reads_as_chinese("quantity: 数量 must be whole")


def test_the_length_of_a_text_isnt_told_as_a_number_of_items(app: Flask) -> None:
    wrong = [
        place.where
        for place in request_fields(app)
        for check in place.field.validators
        if isinstance(place.field, fields.String) and isinstance(check, validate.Length)
        if not check.error
    ]
    assert wrong == []


def test_every_field_is_named_in_chinese(app: Flask) -> None:
    """A new field needs its word in mall/kernel/http/labels.py."""
    names = {
        place.where.rsplit(" ", 1)[1]: place.where
        for place in request_fields(app)
        if " files " not in place.where
    }
    assert {where for name, where in names.items() if name not in LABELS} == set()


def test_errors_of_the_features(app: Flask) -> None:
    kinds = [(kind.code, kind.message) for kind in error_kinds()]
    assert [one for one in kinds if not reads_as_chinese(one[1])] == []
    assert len(kinds) > 300
    refusals = [one for one in vars(answers).values() if isinstance(one, answers.Refusal)]
    refusals += answers.BY_CODE.values()
    assert refusals
    assert [one.code for one in refusals if not reads_as_chinese(one.message)] == []


def test_what_is_said_where_it_is_raised(app: Flask) -> None:
    names = {kind.__name__ for kind in error_kinds()} | {"ValidationError"}
    english = [
        f"{path.relative_to(MALL)}:{call.lineno} {text}"
        for path in MALL.rglob("*.py")
        if not FOR_OPERATORS & set(path.relative_to(MALL).parts)
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).rsplit(".", 1)[-1] in names
        for text in _literals(call)
        if not reads_as_chinese(text)
    ]
    assert english == []


def _literals(call: ast.Call) -> list[str]:
    said = [*call.args[:1], *(word.value for word in call.keywords if word.arg == "message")]
    plain = [one.value for one in said if isinstance(one, ast.Constant)]
    parts = [
        "".join(str(part.value) for part in one.values if isinstance(part, ast.Constant))
        for one in said
        if isinstance(one, ast.JoinedStr)
    ]
    return [str(text) for text in [*plain, *parts] if text]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (["quantity"], "数量"),
        (["lines", "0", "quantity"], "商品行第 1 项 › 数量"),
        (["0", "name"], "第 1 项 › 名称"),
        (["choices", "freight", "value"], "所选优惠 › “freight” › 值"),
        (["<b>", "x" * 50, "\u202e"], ""),
        ([], ""),
    ],
)
def test_where_a_fault_is(path: list[str], words: str) -> None:
    assert label_of(path) == words


@pytest.mark.parametrize(
    ("body", "param", "message"),
    [
        ({}, "name", "名称：必须填写"),
        ({"name": 1}, "name", "名称：应为文字"),
        ({"name": "x" * 61, "permissions": []}, "name", "名称：应为 1 至 40 个字"),
        ({"name": "x", "permissions": "x"}, "permissions", "权限：应为列表"),
        ({"name": "x", "permissions": [None]}, "permissions.0", "权限第 1 项：不能为空"),
        ({"name": "x", "permissions": ["x"] * 101}, "permissions", "权限：最多 100 项"),
        ({"name": "x", "permissions": [], "foo": 1}, "foo", "“foo”：不支持该字段"),
        ([], None, "应为一个对象"),
    ],
)
def test_a_refused_body(http: Http, body: object, param: str | None, message: str) -> None:
    answer = http.as_(make_staff("*")).post("/admin/api/v1/roles", body)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "validation_failed")
    assert (error["param"], error["message"]) == (param, message)


def test_gunicorn_refuses_in_the_words_of_the_app() -> None:
    both = OF_STATUS.keys() & REFUSALS.keys()
    assert both == {400, 414, 431, 500}
    assert {status: OF_STATUS[status] for status in both} == {
        status: REFUSALS[status] for status in both
    }
