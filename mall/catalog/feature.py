"""The catalogue: products, categories, brands, search."""

from __future__ import annotations

from flask import Flask

from mall.catalog import admin, admin_bulk, admin_taxonomy, cache, jobs, routes
from mall.catalog.cached_responses import find_cached_response
from mall.catalog.costs import COST_PERMISSION
from mall.config import Config
from mall.kernel.features import Mall
from mall.kernel.http.cached_responses import init_cached_responses


def install(mall: Mall) -> None:
    """Declare the catalogue; its public pages may be answered before Flask is asked."""
    mall.setup(_answer_before_flask)
    mall.blueprints(routes.blp, admin.blp, admin_taxonomy.blp, admin_bulk.blp)
    mall.permissions(
        {
            "catalog:read": "查看商品、类目、品牌",
            "catalog:write": "编辑商品、类目、品牌，上下架",
            COST_PERMISSION: "查看和修改成本价、毛利",
            "link:write": "生成小程序码与链接",
        }
    )
    mall.jobs(cache, jobs)


def _answer_before_flask(app: Flask, _config: Config) -> None:
    init_cached_responses(app, find_cached_response)
