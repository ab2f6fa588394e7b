"""Settings in the console: what is in force, changed, put back."""

from __future__ import annotations

import pytest
from flask import Flask

from mall.console.settings import GROUPS
from mall.settings import SETTINGS
from tests.support.console import Browser, text_of
from tests.support.http import Http
from tests.support.staff import make_staff

MINUTES = "orders.unpaid_close_min"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app, make_staff("*"))


def in_force(app: Flask, browser: Browser, name: str) -> tuple[object, int]:
    """The value and the version, as the API says."""
    items = Http(app, browser.cookie).get("/admin/api/v1/settings").get_json()["items"]
    (found,) = [one for one in items if one["name"] == name]
    return found["value"], found["version"]


def test_every_setting_has_its_place(app: Flask, browser: Browser) -> None:
    assert {name.partition(".")[0] for name in SETTINGS.items(app)} == set(GROUPS)
    page = text_of(browser.get("/console/settings"))
    assert [one.label for one in SETTINGS.items(app).values() if one.label not in page] == []


def test_every_dialog_sends_what_it_was_given(app: Flask, browser: Browser) -> None:
    """Each kind of setting can be shown, and its own value sent back."""
    kinds = {one.kind: name for name, one in SETTINGS.items(app).items()}
    assert set(kinds) == {"whole_number", "boolean", "choice", "text", "message_template"}
    for name in kinds.values():
        assert browser.get(f"/console/settings/{name}/change").status_code == 200
        value, version = in_force(app, browser, name)
        form = dict(value) if isinstance(value, dict) else {"value": value}
        form |= {f"fields.{key}": given for key, given in form.pop("fields", {}).items()}
        if isinstance(value, bool):
            form["value"] = str(value).lower()
        answer = browser.post(f"/console/settings/{name}", {**form, "version": str(version)})
        assert answer.status_code == 200, text_of(answer)
        stored, newer = in_force(app, browser, name)
        assert stored == value
        assert newer > version


def test_changed_and_put_back(app: Flask, browser: Browser) -> None:
    default, _ = in_force(app, browser, MINUTES)
    answer = browser.post(f"/console/settings/{MINUTES}", {"value": "45", "version": "0"})
    assert "已生效" in text_of(answer)
    value, version = in_force(app, browser, MINUTES)
    assert value == 45
    slower = browser.post(f"/console/settings/{MINUTES}", {"value": "50", "version": "0"})
    assert (slower.status_code, "setting_changed" in text_of(slower)) == (409, True)
    slower = browser.post(f"/console/settings/{MINUTES}/reset", {"version": "0"})
    assert (slower.status_code, "setting_changed" in text_of(slower)) == (409, True)
    assert in_force(app, browser, MINUTES) == (45, version)
    form = {"version": str(version), "value": "45"}
    answer = browser.post(f"/console/settings/{MINUTES}/reset", form)
    assert "已恢复默认" in text_of(answer)
    assert in_force(app, browser, MINUTES)[0] == default


@pytest.mark.parametrize(
    "form",
    [
        {"value": "0", "version": "0"},
        {"value": "many", "version": "0"},
        {"value": "", "version": "0"},
        {"value": "45"},
        {"value": "45", "version": "first"},
        {"value": "45", "version": "0", "page": "x"},
    ],
)
def test_what_doesn_t_fit(app: Flask, browser: Browser, form: dict[str, str]) -> None:
    before = in_force(app, browser, MINUTES)
    assert browser.post(f"/console/settings/{MINUTES}", form).status_code == 422
    assert in_force(app, browser, MINUTES) == before


def test_a_template_of_messages(app: Flask, browser: Browser) -> None:
    name = next(one.name for one in SETTINGS.items(app).values() if one.kind == "message_template")
    field = SETTINGS.items(app)[name].shape["fields"][0]
    form = {"template_id": "T1", "page": "", f"fields.{field}": "thing1", "version": "0"}
    assert browser.post(f"/console/settings/{name}", form).status_code == 200
    value, version = in_force(app, browser, name)
    assert value == {"template_id": "T1", "fields": {field: "thing1"}, "page": ""}
    refused = browser.post(
        f"/console/settings/{name}", {**form, f"fields.{field}": "{{7*7}}", "version": str(version)}
    )
    assert refused.status_code == 422
    assert in_force(app, browser, name) == (value, version)


def test_a_setting_s_own_permission(app: Flask) -> None:
    """`staff.session_min` needs `staff:write` beside `settings:write`."""
    browser = Browser(app, make_staff("settings:read", "settings:write"))
    page = browser.get("/console/settings").get_data(as_text=True)
    assert f"/console/settings/{MINUTES}/change" in page
    assert "/console/settings/staff.session_min/change" not in page
    answer = browser.post("/console/settings/staff.session_min", {"value": "60", "version": "0"})
    assert answer.status_code == 403


def test_a_setting_that_isn_t_there(app: Flask, browser: Browser) -> None:
    assert browser.get("/console/settings/orders.nothing/change").status_code == 404
    answer = browser.post("/console/settings/orders.nothing", {"value": "1", "version": "0"})
    assert answer.status_code == 404
