"""Staff: accounts, roles, sessions, the audit trail."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.kernel.http.access import AUTHENTICATORS, Authenticator
from mall.settings import SETTINGS
from mall.staff import admin, sessions, settings_admin
from mall.staff.cli import staff_group
from mall.staff.settings import SESSION_MIN


def install(mall: Mall) -> None:
    """Declare the staff's accounts and how their tokens are read."""
    mall.add(SETTINGS, SESSION_MIN)
    mall.blueprints(admin.blp, settings_admin.blp)
    mall.add(AUTHENTICATORS, Authenticator("staff", sessions.staff_by_token))
    mall.permissions(
        {
            "staff:read": "查看员工与角色",
            "staff:write": "管理员工与角色",
            "audit:read": "查看操作日志",
        }
    )
    mall.jobs(sessions)
    mall.commands(staff_group)
