"""What a staff member may be refused here."""

from __future__ import annotations

from mall.kernel.errors import Conflict, NotAuthenticated, NotPermitted, ValidationFailed


class LoginFailed(NotAuthenticated):
    """Unknown name, wrong password, disabled or locked: one answer for all of them."""

    code = "login_failed"
    message = "用户名或密码错误；连续失败 5 次，账号锁定 15 分钟"


class WeakPassword(ValidationFailed):
    code = "weak_password"
    message = "新密码至少 10 位，且不能与用户名或原密码相同"


class UsernameTaken(Conflict):
    code = "username_taken"
    message = "用户名已存在"


class RoleNameTaken(Conflict):
    code = "role_name_taken"
    message = "角色名已存在"


class RoleInUse(Conflict):
    code = "role_in_use"
    message = "仍有员工拥有该角色"


class RoleBuiltIn(Conflict):
    """The administrators' role is as it is."""

    code = "role_built_in"
    message = "内置角色不能修改"


class UnknownPermission(ValidationFailed):
    code = "unknown_permission"
    message = "没有这项权限"


class UnknownRole(ValidationFailed):
    code = "unknown_role"
    message = "没有这个角色"


class BeyondOwnPermissions(NotPermitted):
    """Granting, or having power over, what one doesn't hold oneself."""

    code = "beyond_own_permissions"
    message = "不能授予或操作超出自身权限的员工或角色"


class LastAdmin(Conflict):
    """The shop would be left without an active administrator."""

    code = "last_admin"
    message = "至少保留一名在用的超级管理员"
