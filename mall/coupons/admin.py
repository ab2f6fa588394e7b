"""Coupons for staff: templates, codes, who holds what."""

from __future__ import annotations

from typing import Any

from flask import Response

from mall.coupons import queries, templates
from mall.coupons.models import CouponBatch, CouponTemplate
from mall.coupons.queries import OwnedCoupon
from mall.coupons.schemas import (
    CouponBatchInSchema,
    CouponBatchPageSchema,
    CouponBatchSchema,
    CouponTemplateInSchema,
    CouponTemplatePageSchema,
    CouponTemplateSchema,
    StaffCouponPageSchema,
    StaffCouponQuery,
    TemplateQuery,
)
from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.exports import SHEETS, SheetQuery, sheet_response
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.staff.audit import record

blp = Blueprint("coupons_admin", __name__, url_prefix="/admin/api/v1", description="优惠券管理")


@blp.route("/coupon-templates", methods=["GET"])
@access.staff("coupon:read")
@blp.arguments(TemplateQuery, location="query")
@blp.response(200, CouponTemplatePageSchema)
def list_templates(query: dict[str, Any]) -> Page[CouponTemplate]:
    """Templates, newest first."""
    with transaction() as session:
        found = queries.templates(
            session,
            way=query.get("way"),
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/coupon-templates", methods=["POST"])
@access.staff("coupon:write")
@idempotent
@blp.arguments(CouponTemplateInSchema)
@blp.response(201, CouponTemplateSchema)
@blp.fails("campaign_warned", "goods_unknown", "campaign_refused")
def create_template(body: dict[str, Any]) -> CouponTemplate:
    """A new template."""
    return templates.create(**body)


@blp.route("/coupon-templates/<id:template_id>", methods=["GET"])
@access.staff("coupon:read")
@blp.response(200, CouponTemplateSchema)
@blp.fails("coupon_template_not_found")
def read_template(template_id: int) -> CouponTemplate:
    """One template, with how many were claimed."""
    with transaction() as session:
        return queries.template(session, template_id)


@blp.route("/coupon-templates/<id:template_id>", methods=["PUT"])
@access.staff("coupon:write")
@blp.arguments(CouponTemplateInSchema)
@blp.response(200, CouponTemplateSchema)
@blp.fails("coupon_template_not_found", "coupon_template_in_use", "coupon_limit_too_small")
@blp.fails("campaign_warned", "goods_unknown", "campaign_refused")
def change_template(body: dict[str, Any], template_id: int) -> CouponTemplate:
    """Change a template; once somebody claimed it, its worth and validity stand."""
    return templates.change(template_id, **body)


@blp.route("/coupon-templates/<id:template_id>", methods=["DELETE"])
@access.staff("coupon:write")
@blp.response(204)
@blp.fails("coupon_template_not_found", "coupon_template_in_use")
def remove_template(template_id: int) -> None:
    """Delete a template that nobody has used yet."""
    templates.remove(template_id)


@blp.route("/coupon-templates/<id:template_id>/batches", methods=["POST"])
@access.staff("coupon:write")
@idempotent
@blp.arguments(CouponBatchInSchema)
@blp.response(201, CouponBatchSchema)
@blp.fails("coupon_template_not_found", "coupon_not_by_code")
def make_batch(body: dict[str, Any], template_id: int) -> CouponBatch:
    """Draw a batch of unique codes."""
    return templates.make_batch(template_id, body["size"], body["note"])


@blp.route("/coupon-templates/<id:template_id>/batches", methods=["GET"])
@access.staff("coupon:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, CouponBatchPageSchema)
@blp.fails("coupon_template_not_found")
def list_batches(query: dict[str, Any], template_id: int) -> Page[CouponBatch]:
    """A template's batches of codes, newest first."""
    with transaction() as session:
        found = queries.batches(
            session, template_id, before=id_in(query.get("cursor")), limit=query["limit"]
        )
    return page(found, query["limit"], lambda row: [row.id])


@blp.route("/coupon-batches/<id:batch_id>/codes", methods=["GET"])
@access.staff("coupon:write")
@blp.arguments(SheetQuery, location="query")
@blp.doc(**SHEETS)
@blp.fails("coupon_batch_not_found")
def export_codes(query: dict[str, Any], batch_id: int) -> Response:
    """The codes of a batch as a sheet; that they were taken is put on record."""
    with transaction() as session:
        rows = queries.code_rows(session, batch_id)
        record(
            session,
            action="coupon_batch.export",
            target_type="coupon_batch",
            target_id=batch_id,
        )
    return sheet_response(query["format"], "coupon-codes", ("兑换码", "已兑换"), rows)


@blp.route("/coupons", methods=["GET"])
@access.staff("coupon:read")
@blp.arguments(StaffCouponQuery, location="query")
@blp.response(200, StaffCouponPageSchema)
def list_coupons(query: dict[str, Any]) -> Page[OwnedCoupon]:
    """Coupons of a shopper, of a template, or all, newest first."""
    with transaction() as session:
        found = queries.coupons(
            session,
            user_id=query.get("user_id"),
            template_id=query.get("template_id"),
            before=id_in(query.get("cursor")),
            limit=query["limit"],
        )
    return page(found, query["limit"], lambda row: [row.coupon.id])
