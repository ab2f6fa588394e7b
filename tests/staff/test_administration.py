"""Staff and roles: default deny, nothing granted that isn't held, an admin remains."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from mall.kernel.db import db
from mall.kernel.http.access import PERMISSIONS
from mall.staff.models import AuditEntry
from tests.support.http import Http, error_code
from tests.support.staff import make_staff

STAFF = "/admin/api/v1/staff"
ROLES = "/admin/api/v1/roles"


@pytest.fixture
def admin(app: Flask, http: Http) -> Http:
    return http.as_(make_staff("*", username="boss"))


def make_role(admin: Http, name: str, *permissions: str) -> str:
    reply = admin.post(ROLES, {"name": name, "permissions": list(permissions)})
    assert reply.status_code == 201, reply.text
    return str(reply.get_json()["id"])


def make_member(admin: Http, username: str, *role_ids: str) -> tuple[str, str]:
    body = {"username": username, "display_name": "小张", "role_ids": list(role_ids)}
    reply = admin.post(STAFF, body)
    assert reply.status_code == 201, reply.text
    answer = reply.get_json()
    return answer["staff"]["id"], answer["password"]


def log_in(http: Http, username: str, password: str) -> Http:
    reply = http.post("/admin/api/v1/sessions", {"username": username, "password": password})
    return http.as_(reply.get_json()["token"])


def own_id(http: Http) -> str:
    return str(http.get("/admin/api/v1/me").get_json()["staff"]["id"])


def test_a_member_may_do_what_the_role_says_and_no_more(http: Http, admin: Http) -> None:
    role_id = make_role(admin, "客服", "staff:read")
    _, password = make_member(admin, "zhang", role_id)
    assert len(password) >= 20
    zhang = log_in(http, "zhang", password)
    assert zhang.get(STAFF).status_code == 200
    refused = zhang.post(ROLES, {"name": "x", "permissions": []})
    assert (refused.status_code, error_code(refused)) == (403, "not_permitted")
    admin.put(f"{ROLES}/{role_id}", {"name": "客服", "permissions": ["audit:read"]})
    assert zhang.get(STAFF).status_code == 403  # with the very next request
    assert zhang.get("/admin/api/v1/audit").status_code == 200


def test_nobody_without_a_role_may_do_anything(http: Http, admin: Http) -> None:
    _, password = make_member(admin, "zhang")
    zhang = log_in(http, "zhang", password)
    assert zhang.get("/admin/api/v1/me").status_code == 200
    for path in (STAFF, ROLES, "/admin/api/v1/audit", "/admin/api/v1/permissions"):
        assert zhang.get(path).status_code == 403
        assert http.get(path).status_code == 401


@pytest.mark.parametrize("permission", ["*", "order:fly", "catalog", "order:read "])
def test_unknown_permissions_are_refused(admin: Http, permission: str) -> None:
    reply = admin.post(ROLES, {"name": "x", "permissions": ["order:read", permission]})
    if permission.strip() in PERMISSIONS.items():
        assert reply.get_json()["permissions"] == ["order:read"]
        return
    assert (reply.status_code, error_code(reply)) == (422, "unknown_permission")
    assert len(admin.get(ROLES).get_json()["items"]) == 1


def test_nobody_grants_what_they_lack(http: Http, admin: Http) -> None:
    strong = make_role(admin, "仓库", "stock:write")
    weak = make_role(admin, "人事", "staff:read", "staff:write")
    keeper, _ = make_member(admin, "keeper", strong)
    me, password = make_member(admin, "hrm", weak)
    hr = log_in(http, "hrm", password)
    boss = own_id(admin)
    built_in = admin.get(ROLES).get_json()["items"][0]["id"]
    body = {"display_name": "x", "disabled": False}
    attempts = [
        hr.post(ROLES, {"name": "x", "permissions": ["refund:write"]}),
        hr.put(f"{ROLES}/{weak}", {"name": "人事", "permissions": ["refund:write"]}),
        hr.put(f"{ROLES}/{strong}", {"name": "仓库", "permissions": []}),
        hr.delete(f"{ROLES}/{strong}"),
        hr.put(f"{STAFF}/{me}", {**body, "role_ids": [weak, strong]}),
        hr.put(f"{STAFF}/{me}", {**body, "role_ids": [built_in]}),
        hr.post(STAFF, {"username": "sock", "display_name": "x", "role_ids": [strong]}),
        hr.put(f"{STAFF}/{keeper}", {**body, "disabled": True, "role_ids": []}),
        hr.post(f"{STAFF}/{keeper}/password"),
        hr.post(f"{STAFF}/{boss}/password"),
        hr.put(f"{STAFF}/{boss}", {**body, "disabled": True, "role_ids": []}),
    ]
    assert {error_code(reply) for reply in attempts} == {"beyond_own_permissions"}
    assert {reply.status_code for reply in attempts} == {403}
    assert hr.post(ROLES, {"name": "看", "permissions": ["staff:read"]}).status_code == 201


def test_the_last_active_admin_stays(http: Http, admin: Http) -> None:
    boss = own_id(admin)
    built_in = admin.get(ROLES).get_json()["items"][0]["id"]
    for change in (
        {"role_ids": [built_in], "disabled": True},
        {"role_ids": [], "disabled": False},
    ):
        reply = admin.put(f"{STAFF}/{boss}", {"display_name": "x", **change})
        assert (reply.status_code, error_code(reply)) == (409, "last_admin")
    assert admin.get("/admin/api/v1/me").get_json()["permissions"] == ["*"]
    second, _ = make_member(admin, "second", built_in)
    gone = {"display_name": "x", "role_ids": [built_in], "disabled": True}
    assert admin.put(f"{STAFF}/{second}", gone).status_code == 200
    assert error_code(admin.put(f"{STAFF}/{boss}", gone)) == "last_admin"
    assert admin.put(f"{STAFF}/{second}", {**gone, "disabled": False}).status_code == 200
    assert admin.put(f"{STAFF}/{boss}", gone).status_code == 200
    assert admin.get("/admin/api/v1/me").status_code == 401


def test_the_built_in_role_and_roles_in_use_stay(admin: Http) -> None:
    built_in = admin.get(ROLES).get_json()["items"][0]["id"]
    assert error_code(admin.delete(f"{ROLES}/{built_in}")) == "role_built_in"
    reply = admin.put(f"{ROLES}/{built_in}", {"name": "x", "permissions": []})
    assert error_code(reply) == "role_built_in"
    used = make_role(admin, "客服", "order:read")
    staff_id, _ = make_member(admin, "zhang", used)
    assert error_code(admin.delete(f"{ROLES}/{used}")) == "role_in_use"
    admin.put(f"{STAFF}/{staff_id}", {"display_name": "x", "role_ids": [], "disabled": False})
    assert admin.delete(f"{ROLES}/{used}").status_code == 204


def test_disabling_ends_sessions_and_resetting_too(http: Http, admin: Http) -> None:
    role = make_role(admin, "客服", "order:read")
    staff_id, password = make_member(admin, "zhang", role)
    zhang = log_in(http, "zhang", password)
    renewed = admin.post(f"{STAFF}/{staff_id}/password").get_json()["password"]
    assert zhang.get("/admin/api/v1/me").status_code == 401
    zhang = log_in(http, "zhang", renewed)
    assert zhang.get("/admin/api/v1/me").status_code == 200
    off = {"display_name": "小张", "role_ids": [role], "disabled": True}
    assert admin.put(f"{STAFF}/{staff_id}", off).get_json()["disabled"] is True
    assert zhang.get("/admin/api/v1/me").status_code == 401
    reply = http.post("/admin/api/v1/sessions", {"username": "zhang", "password": renewed})
    assert error_code(reply) == "login_failed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"username": "boss"}, "username_taken"),
        ({"username": "Zhang"}, "validation_failed"),
        ({"username": "zh"}, "validation_failed"),
        ({"username": "zhang\n"}, None),
        ({"role_ids": ["999999"]}, "unknown_role"),
        ({"role_ids": [1]}, "validation_failed"),
        ({"display_name": ""}, "validation_failed"),
        ({"password": "chosen"}, "validation_failed"),
    ],
)
def test_bad_members(admin: Http, change: dict[str, Any], code: str | None) -> None:
    body = {"username": "zhang", "display_name": "小张", "role_ids": [], **change}
    reply = admin.post(STAFF, body)
    assert (None if reply.status_code == 201 else error_code(reply)) == code


def test_two_roles_of_one_name(admin: Http) -> None:
    make_role(admin, "客服")
    other = make_role(admin, "仓库")
    reply = admin.post(ROLES, {"name": "客服", "permissions": []})
    assert (reply.status_code, error_code(reply)) == (409, "role_name_taken")
    reply = admin.put(f"{ROLES}/{other}", {"name": "客服", "permissions": []})
    assert (reply.status_code, error_code(reply)) == (409, "role_name_taken")


def test_unknown_ids(admin: Http) -> None:
    body = {"display_name": "x", "role_ids": [], "disabled": False}
    assert admin.put(f"{STAFF}/999999", body).status_code == 404
    assert admin.post(f"{STAFF}/999999/password").status_code == 404
    assert admin.get(f"{ROLES}/999999").status_code == 404


def test_every_change_leaves_a_row(admin: Http) -> None:
    role = make_role(admin, "客服", "order:read")
    staff_id, password = make_member(admin, "zhang", role)
    reply = admin.put(
        f"{STAFF}/{staff_id}", {"display_name": "老张", "role_ids": [], "disabled": False}
    )
    entries = admin.get("/admin/api/v1/audit", target_type="staff", target_id=staff_id).get_json()
    update, create = entries["items"]
    assert (create["action"], create["before"], create["actor"]) == ("staff.create", None, "boss")
    assert password not in str(entries)
    assert (update["before"]["role_ids"], update["after"]["role_ids"]) == ([role], [])
    assert update["request_id"] == reply.headers["X-Request-ID"]
    assert update["staff_id"] == own_id(admin)


def test_the_trail_is_filtered_and_paged(admin: Http) -> None:
    for number in range(3):
        make_role(admin, f"角色{number}")
    first = admin.get("/admin/api/v1/audit", action="role.create", limit=2).get_json()
    assert [entry["after"]["name"] for entry in first["items"]] == ["角色2", "角色1"]
    rest = admin.get(
        "/admin/api/v1/audit", action="role.create", limit=2, cursor=first["next_cursor"]
    ).get_json()
    assert [entry["after"]["name"] for entry in rest["items"]] == ["角色0"]
    assert rest["next_cursor"] is None
    since = first["items"][0]["created_at"]
    late = admin.get("/admin/api/v1/audit", since=since).get_json()["items"]
    assert [entry["after"]["name"] for entry in late] == ["角色2"]
    early = admin.get("/admin/api/v1/audit", until=since).get_json()["items"]
    assert len(early) == db.session.query(AuditEntry).count() - 1
    assert admin.get("/admin/api/v1/audit", since="yesterday").status_code == 422
    assert admin.get("/admin/api/v1/audit", order="id;drop").status_code == 422


def test_a_refusal_leaves_no_row(admin: Http) -> None:
    admin.post(ROLES, {"name": "x", "permissions": ["order:fly"]})
    assert db.session.scalars(select(AuditEntry.action)).all() == []


def test_the_catalogue_of_permissions(admin: Http) -> None:
    items = admin.get("/admin/api/v1/permissions").get_json()["items"]
    assert {item["name"] for item in items} == set(PERMISSIONS.items())
    assert all(item["description"] for item in items)
