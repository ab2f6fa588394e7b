"""Staff login, staff, roles and the trail over HTTP."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.limits import address, limited
from mall.kernel.http.paging import Page, PageQuery
from mall.staff import logging_in, members, queries, roles, schemas
from mall.staff.models import AuditEntry, Role

blp = Blueprint(
    "staff_admin", __name__, url_prefix="/admin/api/v1", description="员工登录、角色、操作日志"
)


@blp.route("/sessions", methods=["POST"])
@access.public
@limited("staff_login", by=address)
@blp.arguments(schemas.StaffLoginSchema)
@blp.response(201, schemas.StaffLoginAnswerSchema)
@blp.fails("login_failed")
def log_in(body: dict[str, str]) -> logging_in.StaffLogin:
    """Log in. Five failures lock the account for 15 minutes."""
    return logging_in.log_in(body["username"], body["password"])


@blp.route("/sessions/current", methods=["DELETE"])
@access.staff(access.SELF)
@blp.response(204)
def log_out() -> None:
    """Log out."""
    logging_in.log_out(current_staff().session_id)


@blp.route("/me", methods=["GET"])
@access.staff(access.SELF)
@blp.response(200, schemas.StaffMeSchema)
def me() -> queries.MeView:
    """Who is logged in, and what they may do."""
    staff = current_staff()
    return queries.MeView(
        queries.staff_member(db.session(), staff.staff_id), sorted(staff.permissions)
    )


@blp.route("/me/password", methods=["PUT"])
@access.staff(access.SELF)
@blp.arguments(schemas.PasswordChangeSchema)
@blp.response(204)
@blp.fails("login_failed", "weak_password")
def change_password(body: dict[str, str]) -> None:
    """Change one's own password; every session ends."""
    logging_in.change_password(current_staff(), body["current_password"], body["new_password"])


@blp.route("/permissions", methods=["GET"])
@access.staff("staff:read")
@blp.response(200, schemas.PermissionListSchema)
def list_permissions() -> dict[str, Any]:
    """Every permission that a role may hold."""
    found = access.PERMISSIONS.items().values()
    return {"items": [{"name": one.name, "description": one.label} for one in found]}


@blp.route("/staff", methods=["GET"])
@access.staff("staff:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, schemas.StaffPageSchema)
def list_staff(query: dict[str, Any]) -> Page[queries.StaffView]:
    """Staff members."""
    return queries.staff_members(db.session(), query.get("cursor"), query["limit"])


@blp.route("/staff", methods=["POST"])
@access.staff("staff:write")
@blp.arguments(schemas.NewStaffSchema)
@blp.response(201, schemas.NewStaffAnswerSchema)
@blp.fails("username_taken", "beyond_own_permissions", "unknown_role")
def create_staff(body: dict[str, Any]) -> dict[str, Any]:
    """Make a staff member; the answer holds the password, this once."""
    staff_id, password = members.create_staff(
        current_staff(), body["username"], body["display_name"], body["role_ids"]
    )
    return {"staff": queries.staff_member(db.session(), staff_id), "password": password}


@blp.route("/staff/<id:staff_id>", methods=["GET"])
@access.staff("staff:read")
@blp.response(200, schemas.StaffSchema)
@blp.fails("not_found")
def get_staff(staff_id: int) -> queries.StaffView:
    """One staff member."""
    return queries.staff_member(db.session(), staff_id)


@blp.route("/staff/<id:staff_id>", methods=["PUT"])
@access.staff("staff:write")
@blp.arguments(schemas.StaffChangeSchema)
@blp.response(200, schemas.StaffSchema)
@blp.fails("last_admin", "not_found", "beyond_own_permissions", "unknown_role")
def change_staff(body: dict[str, Any], staff_id: int) -> queries.StaffView:
    """Replace name, roles and state; a disabled one is logged out at once."""
    members.change_staff(
        current_staff(),
        staff_id,
        body["display_name"],
        body["role_ids"],
        disabled=body["disabled"],
    )
    return queries.staff_member(db.session(), staff_id)


@blp.route("/staff/<id:staff_id>/password", methods=["POST"])
@access.staff("staff:write")
@blp.response(201, schemas.NewPasswordSchema)
@blp.fails("not_found", "beyond_own_permissions")
def reset_password(staff_id: int) -> dict[str, str]:
    """Give a random password, shown this once; every session of theirs ends."""
    return {"password": members.reset_password(current_staff(), staff_id)}


@blp.route("/roles", methods=["GET"])
@access.staff("staff:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, schemas.RolePageSchema)
def list_roles(query: dict[str, Any]) -> Page[Role]:
    """Roles."""
    return queries.roles(db.session(), query.get("cursor"), query["limit"])


@blp.route("/roles", methods=["POST"])
@access.staff("staff:write")
@blp.arguments(schemas.RoleInSchema)
@blp.response(201, schemas.RoleSchema)
@blp.fails("role_name_taken", "beyond_own_permissions", "unknown_permission")
def create_role(body: dict[str, Any]) -> Role:
    """Make a role of permissions that one holds oneself."""
    role_id = roles.create_role(current_staff(), body["name"], body["permissions"])
    return queries.role(db.session(), role_id)


@blp.route("/roles/<id:role_id>", methods=["GET"])
@access.staff("staff:read")
@blp.response(200, schemas.RoleSchema)
@blp.fails("not_found")
def get_role(role_id: int) -> Role:
    """One role."""
    return queries.role(db.session(), role_id)


@blp.route("/roles/<id:role_id>", methods=["PUT"])
@access.staff("staff:write")
@blp.arguments(schemas.RoleInSchema)
@blp.response(200, schemas.RoleSchema)
@blp.fails("role_name_taken", "role_built_in", "not_found", "beyond_own_permissions")
@blp.fails("unknown_permission")
def change_role(body: dict[str, Any], role_id: int) -> Role:
    """Replace name and permissions; it works from the next request on."""
    roles.change_role(current_staff(), role_id, body["name"], body["permissions"])
    return queries.role(db.session(), role_id)


@blp.route("/roles/<id:role_id>", methods=["DELETE"])
@access.staff("staff:write")
@blp.response(204)
@blp.fails("role_in_use", "role_built_in", "not_found", "beyond_own_permissions")
def delete_role(role_id: int) -> None:
    """Delete a role that nobody has."""
    roles.delete_role(current_staff(), role_id)


@blp.route("/audit", methods=["GET"])
@access.staff("audit:read")
@blp.arguments(schemas.AuditQuerySchema, location="query")
@blp.response(200, schemas.AuditPageSchema)
def list_audit(query: dict[str, Any]) -> Page[AuditEntry]:
    """The trail, newest first."""
    cursor, limit = query.pop("cursor", None), query.pop("limit")
    return queries.audit_entries(db.session(), queries.AuditFilter(**query), cursor, limit)
