"""The agreement and the levels of promoters, for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.referral.promoters import agreements, levels, listing
from mall.referral.promoters.admin_schemas import (
    PromoterAgreementInput,
    PromoterAgreementPageSchema,
    PromoterAgreementSchema,
    PromoterLevelInput,
    PromoterLevelsSchema,
)
from mall.referral.promoters.models import PromoterAgreement

blp = Blueprint(
    "promoter_setup_admin", __name__, url_prefix="/admin/api/v1", description="推广员协议与等级"
)


@blp.route("/promoter-agreements", methods=["GET"])
@access.staff("promoter:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, PromoterAgreementPageSchema)
def list_agreements(query: dict[str, Any]) -> Page[PromoterAgreement]:
    """Versions of the agreement, newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = listing.agreements(db.session(), before=before, limit=limit)
    return page(found, limit, lambda one: [one.version])


@blp.route("/promoter-agreements", methods=["POST"])
@access.staff("promoter:setup")
@idempotent
@blp.arguments(PromoterAgreementInput)
@blp.response(201, PromoterAgreementSchema)
@blp.fails("promoter_agreement_changed", "promoter_agreement_time_invalid", "campaign_refused")
@blp.fails("campaign_warned")
def publish_agreement(body: dict[str, Any]) -> PromoterAgreement | None:
    """A further version: promoters are asked to accept it."""
    agreements.publish_agreement(**body)
    return agreements.newest_agreement(db.session())


@blp.route("/promoter-levels", methods=["GET"])
@access.staff("promoter:read")
@blp.response(200, PromoterLevelsSchema)
def list_levels() -> Mapping[str, Sequence[Any]]:
    """All levels, the first one first."""
    return {"items": listing.levels(db.session())}


@blp.route("/promoter-levels", methods=["POST"])
@access.staff("promoter:setup")
@idempotent
@blp.arguments(PromoterLevelInput)
@blp.response(201, PromoterLevelsSchema)
@blp.fails("promoter_level_taken")
def create_level(body: dict[str, Any]) -> Mapping[str, Sequence[Any]]:
    """A further level: all of them."""
    levels.create_level(**body)
    return {"items": listing.levels(db.session())}


@blp.route("/promoter-levels/<id:level_id>", methods=["PUT"])
@access.staff("promoter:setup")
@idempotent
@blp.arguments(PromoterLevelInput)
@blp.response(200, PromoterLevelsSchema)
@blp.fails("promoter_level_not_found", "promoter_level_taken")
def change_level(body: dict[str, Any], level_id: int) -> Mapping[str, Sequence[Any]]:
    """Another name or position for a level: all of them."""
    levels.change_level(level_id, **body)
    return {"items": listing.levels(db.session())}
