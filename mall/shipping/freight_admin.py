"""Freight templates as the staff keeps them."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, page, page_schema
from mall.shipping import freight_queries, templates
from mall.shipping.freight_queries import AssignedProduct, TemplateView, ZoneTerms
from mall.shipping.freight_schemas import (
    FreightCreatedSchema,
    FreightTemplateCardSchema,
    FreightTemplateInput,
    FreightTemplateProductSchema,
    FreightTemplateProductsInput,
    FreightTemplateSchema,
)
from mall.shipping.models import FreightTemplate
from mall.shipping.templates import TemplateDraft

blp = Blueprint(
    "freight_admin", __name__, url_prefix="/admin/api/v1/freight-templates", description="运费模板"
)
_ONE = "/<id:template_id>"
_CLASH = ("freight_template_name_taken", "freight_default_changed")


def _draft(body: dict[str, Any]) -> TemplateDraft:
    zones = [ZoneTerms(**zone) for zone in body.pop("zones")]
    return TemplateDraft(**body, zones=zones)


@blp.route("", methods=["GET"])
@access.staff("freight:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_schema(FreightTemplateCardSchema))
def list_templates(query: dict[str, Any]) -> Page[FreightTemplate]:
    """Freight templates, the newest first."""
    after = decode_cursor(query.get("cursor"), [int])
    rows = freight_queries.templates(
        db.session(), after_id=after[0] if after else None, limit=query["limit"]
    )
    return page(rows, query["limit"], lambda row: [row.id])


@blp.route("", methods=["POST"])
@access.staff("freight:write")
@blp.arguments(FreightTemplateInput)
@blp.response(201, FreightCreatedSchema)
@blp.fails(*_CLASH, "unknown_region")
def create(body: dict[str, Any]) -> dict[str, int]:
    """A new template. As the default it takes the place of the one before."""
    return {"id": templates.create_template(_draft(body))}


@blp.route(_ONE, methods=["GET"])
@access.staff("freight:read")
@blp.response(200, FreightTemplateSchema)
@blp.fails("freight_template_not_found")
def read(template_id: int) -> TemplateView:
    """One template with its zones."""
    return freight_queries.template(db.session(), template_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("freight:write")
@blp.arguments(FreightTemplateInput)
@blp.response(200, FreightTemplateSchema)
@blp.fails("freight_template_not_found", *_CLASH, "unknown_region")
def replace(body: dict[str, Any], template_id: int) -> TemplateView:
    """Replace a template whole, its zones too."""
    templates.change_template(template_id, _draft(body))
    return freight_queries.template(db.session(), template_id)


@blp.route(_ONE, methods=["DELETE"])
@access.staff("freight:write")
@blp.response(204)
@blp.fails("freight_template_not_found", "freight_template_in_use")
def remove(template_id: int) -> None:
    """Delete a template that no product has."""
    templates.remove_template(template_id)


@blp.route(f"{_ONE}/products", methods=["GET"])
@access.staff("freight:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_schema(FreightTemplateProductSchema))
@blp.fails("freight_template_not_found")
def list_products(query: dict[str, Any], template_id: int) -> Page[AssignedProduct]:
    """The products that have this template of their own."""
    after = decode_cursor(query.get("cursor"), [int])
    rows = freight_queries.products_of(
        db.session(), template_id, after_id=after[0] if after else None, limit=query["limit"]
    )
    return page(rows, query["limit"], lambda row: [row.id])


@blp.route(f"{_ONE}/products", methods=["POST"])
@access.staff("freight:write")
@blp.arguments(FreightTemplateProductsInput)
@blp.response(204)
@blp.fails("freight_template_not_found", "unknown_products")
def assign(body: dict[str, Any], template_id: int) -> None:
    """Give these products this template, whichever they had."""
    templates.assign(template_id, body["product_ids"])


@blp.route(f"{_ONE}/products/<id:product_id>", methods=["DELETE"])
@access.staff("freight:write")
@blp.response(204)
def unassign(template_id: int, product_id: int) -> None:
    """Take the template off a product; the default one holds then."""
    templates.unassign(template_id, product_id)
