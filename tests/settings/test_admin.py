"""Staff look at the settings and change them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from mall.kernel.db import db
from mall.orders.settings import UNPAID_CLOSE_MIN
from mall.staff import queries
from tests.support.http import Http, error_code
from tests.support.settings import store_raw
from tests.support.staff import make_staff

PATH = "/admin/api/v1/settings"
ONE = f"{PATH}/{UNPAID_CLOSE_MIN.name}"


@pytest.fixture
def owner(http: Http) -> Http:
    return http.as_(make_staff("settings:read", "settings:write", username="owner"))


def listed(owner: Http, name: str = UNPAID_CLOSE_MIN.name) -> dict[str, Any]:
    answer = owner.get(PATH)
    assert answer.status_code == 200
    [found] = [one for one in answer.get_json()["items"] if one["name"] == name]
    return dict(found)


def put(owner: Http, value: Any, version: int = 0) -> Any:
    return owner.put(ONE, {"value": value, "version": version})


def test_a_setting_tells_what_fits_and_what_is_in_force(owner: Http) -> None:
    found = listed(owner)
    assert found["type"] == "whole_number"
    assert found["shape"] == {"unit": "分钟", "at_least": 2, "at_most": 1440}
    assert (found["value"], found["default"], found["version"]) == (30, 30, 0)
    assert (found["changed_at"], found["fits"]) == (None, True)
    shape = listed(owner, "messages.order_shipped_template")["shape"]
    assert shape["fields"] == ["order_no", "carrier", "tracking", "goods", "shipped_at"]
    assert shape["placeholders"] == ["order_no"]


def test_change_and_back_to_the_default(app: Flask, owner: Http) -> None:
    assert UNPAID_CLOSE_MIN.get() == 30
    changed = put(owner, 15)
    assert changed.status_code == 200, changed.get_json()
    assert UNPAID_CLOSE_MIN.get() == 15, "on this process at once"
    assert listed(owner) == changed.get_json()
    assert changed.get_json()["value"] == 15
    again = put(owner, 20, changed.get_json()["version"]).get_json()
    assert again["version"] > changed.get_json()["version"]
    back = owner.delete(f"{ONE}?version={again['version']}")
    assert (back.status_code, back.get_json()["value"], back.get_json()["version"]) == (200, 30, 0)
    assert UNPAID_CLOSE_MIN.get() == 30
    assert owner.delete(f"{ONE}?version=0").status_code == 200, "asked again, nothing changes"


def test_each_change_leaves_a_trail(app: Flask, owner: Http) -> None:
    version = put(owner, 15).get_json()["version"]
    owner.delete(f"{ONE}?version={version}")
    wanted = queries.AuditFilter(target_type="setting", target_id=UNPAID_CLOSE_MIN.name)
    reset, update = queries.audit_entries(db.session(), wanted, None, 10).items
    assert (update.actor, update.action) == ("owner", "setting.update")
    assert (update.before, update.after) == ({"value": 30}, {"value": 15})
    assert reset.action == "setting.reset"
    assert (reset.before, reset.after) == ({"value": 15}, {"value": 30})


@pytest.mark.parametrize("value", [0, 1441, "30", 30.5, True, [], {}, 10**400])
def test_what_does_not_fit_is_refused(app: Flask, owner: Http, value: Any) -> None:
    answer = put(owner, value)
    assert (answer.status_code, error_code(answer)) == (422, "setting_invalid")
    assert answer.get_json()["error"]["param"] == "value"
    assert UNPAID_CLOSE_MIN.get() == 30


@pytest.mark.parametrize("body", [{}, {"value": 15}, {"value": None, "version": 0}, {"version": 0}])
def test_a_body_without_value_and_version_is_refused(owner: Http, body: Any) -> None:
    assert owner.put(ONE, body).status_code == 422
    assert owner.delete(ONE).status_code == 422


def test_whoever_looked_at_an_older_version_looks_again(owner: Http) -> None:
    version = put(owner, 15).get_json()["version"]
    for seen in (0, version - 1, version + 1):
        answer = put(owner, 20, seen)
        assert (answer.status_code, error_code(answer)) == (409, "setting_changed")
        assert owner.delete(f"{ONE}?version={seen}").status_code == 409
    assert listed(owner)["value"] == 15
    owner.delete(f"{ONE}?version={version}")
    assert put(owner, 16).get_json()["version"] > version
    assert put(owner, 17, version).status_code == 409, "a version never comes back"


def test_a_setting_that_is_not_there(owner: Http) -> None:
    for name in ("orders.nothing", "x", "orders.unpaid_close_min."):
        answer = owner.put(f"{PATH}/{name}", {"value": 1, "version": 0})
        assert answer.status_code == 404
        assert owner.delete(f"{PATH}/{name}?version=0").status_code == 404


def test_permissions(http: Http, owner: Http) -> None:
    reader = http.as_(make_staff("settings:read"))
    assert reader.get(PATH).status_code == 200
    assert put(reader, 15).status_code == 403
    assert reader.delete(f"{ONE}?version=0").status_code == 403
    assert http.as_(make_staff("settings:write")).get(PATH).status_code == 403


def test_a_setting_with_a_permission_of_its_own_wants_that_one_too(http: Http, owner: Http) -> None:
    body = {"value": 60, "version": 0}
    assert owner.put(f"{PATH}/staff.session_min", body).status_code == 403
    assert owner.delete(f"{PATH}/staff.session_min?version=0").status_code == 403
    head = http.as_(make_staff("settings:write", "staff:write"))
    assert head.put(f"{PATH}/staff.session_min", body).status_code == 200


def test_what_no_longer_fits_is_shown_and_can_be_mended(app: Flask, owner: Http) -> None:
    store_raw(UNPAID_CLOSE_MIN.name, 99_999)
    found = listed(owner)
    assert (found["value"], found["fits"]) == (30, False)
    mended = put(owner, 45, found["version"]).get_json()
    assert (mended["value"], mended["fits"]) == (45, True)
