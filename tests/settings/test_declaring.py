"""What fits a setting of each type, and what doesn't."""

from __future__ import annotations

from typing import Any

import pytest

from mall.settings import MessageTemplate, boolean, choice, message_template, text, whole_number

SAID: dict[str, Any] = {"label": "测试", "help": "仅供测试。"}
NUMBER = whole_number("toy.number", default=5, at_least=1, at_most=9, unit="个", **SAID)
SWITCH = boolean("toy.switch", default=False, **SAID)
WAY = choice("toy.way", default="a", choices={"a": "甲", "b": "乙"}, **SAID)
NOTE = text("toy.note", default="", pattern=r"[^<>]*", at_most=5, **SAID)
TEMPLATE = message_template(
    "toy.template",
    default=MessageTemplate(fields={"name": "thing1"}),
    names=("name", "time"),
    placeholders=("id",),
    **SAID,
)
GOOD = {"template_id": "tpl_1-A", "fields": {"name": "thing1"}, "page": "pages/x?id={id}"}


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        *[(NUMBER, value) for value in (1, 9)],
        *[(SWITCH, value) for value in (True, False)],
        *[(WAY, value) for value in ("a", "b")],
        *[(NOTE, value) for value in ("", "你好 ok")],
        *[(TEMPLATE, value) for value in (GOOD, GOOD | {"page": ""})],
    ],
)
def test_what_fits_comes_back_as_it_was(setting: Any, given: Any) -> None:
    assert setting.dump(setting.parse(given)) == given


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        *[(NUMBER, value) for value in (0, 10, "5", 5.0, True, None, [5], 10**400)],
        *[(SWITCH, value) for value in (0, 1, "true", None, {})],
        *[(WAY, value) for value in ("c", "", 1, None, ["a"], {"a": 1})],
        *[(NOTE, value) for value in ("<b>", "123456", "a\0", "\ud800", 1, None, [])],
        *[(TEMPLATE, value) for value in (None, "tpl", [], GOOD | {"more": 1})],
        *[(TEMPLATE, GOOD | {"template_id": value}) for value in ("a b", "x" * 65, 1, None)],
        *[(TEMPLATE, GOOD | {"page": value}) for value in ("/x", "x?{no}", "x?{", "{id", "你", 1)],
        (TEMPLATE, GOOD | {"fields": {}}),
        (TEMPLATE, GOOD | {"fields": {"password": "thing1"}}),
        (TEMPLATE, GOOD | {"fields": {"name": "thing1", "time": "thing1"}}),
        *[(TEMPLATE, GOOD | {"fields": {"name": value}}) for value in ("thing", "1", "", 1, None)],
        *[(TEMPLATE, GOOD | {"fields": value}) for value in (None, "name=thing1", ["name"])],
    ],
)
def test_what_does_not_fit_is_refused(setting: Any, given: Any) -> None:
    with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]"):
        setting.parse(given)


def test_nothing_is_sent_without_a_template_id() -> None:
    assert TEMPLATE.parse({}) == MessageTemplate()


def test_a_template_places_values_and_fills_its_page() -> None:
    template = TEMPLATE.parse(GOOD)
    assert template.data({"name": "枕头", "time": "now"}) == {"thing1": "枕头"}
    assert template.page_for(id=7) == "pages/x?id=7"
    assert MessageTemplate().page_for(id=7) is None


def test_a_default_that_does_not_fit_is_a_fault_of_the_program() -> None:
    with pytest.raises(ValueError, match="1"):
        whole_number("toy.wrong", default=0, at_least=1, at_most=9, unit="个", **SAID)
    with pytest.raises(ValueError, match=r"feature\.setting"):
        boolean("wrong", default=True, **SAID)
