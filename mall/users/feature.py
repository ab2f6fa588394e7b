"""Shoppers: login, profile, addresses, the regions of addresses."""

from __future__ import annotations

from mall.kernel.features import Mall
from mall.kernel.http.access import AUTHENTICATORS, Authenticator
from mall.settings import SETTINGS
from mall.users import admin, closure_routes, jobs, routes, sessions
from mall.users.cli import load_demo_regions, regions_group
from mall.users.erasing import ERASERS, OWN
from mall.users.invariants import INVARIANTS
from mall.users.settings import SETTINGS as OWN_SETTINGS


def install(mall: Mall) -> None:
    """Declare the shoppers' accounts and how their tokens are read."""
    mall.add(SETTINGS, *OWN_SETTINGS)
    mall.blueprints(routes.blp, closure_routes.blp, admin.blp)
    mall.add(ERASERS, OWN)
    mall.invariants(*INVARIANTS)
    mall.add(AUTHENTICATORS, Authenticator("shopper", sessions.shopper_by_token))
    mall.permissions(
        {
            "shopper:read": "查询用户",
            "shopper:phone": "查看用户完整手机号",
            "shopper:write": "停用、恢复用户",
        }
    )
    mall.jobs(jobs, sessions)
    mall.commands(regions_group)
    mall.demo("regions", load_demo_regions)
