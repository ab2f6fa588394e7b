"""Stock: what is sellable, reserved and sold."""

from __future__ import annotations

from mall.inventory import admin, admin_bulk, jobs, routes
from mall.inventory.cli import catalog_group, load_demo_catalogue
from mall.inventory.invariants import INVARIANTS
from mall.kernel.features import Mall


def install(mall: Mall) -> None:
    """Declare the stock. A merchant's sheet brings goods with stock, so its command is here."""
    mall.blueprints(routes.blp, admin.blp, admin_bulk.blp)
    mall.permissions({"stock:read": "查看库存与库存流水", "stock:write": "调整库存"})
    mall.jobs(jobs)
    mall.invariants(*INVARIANTS)
    mall.commands(catalog_group)
    mall.demo("catalogue", load_demo_catalogue)
