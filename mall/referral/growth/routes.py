"""Being a promoter, for shoppers."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.referral.growth.growing import grow_now, join
from mall.referral.growth.schemas import (
    AcceptanceInput,
    AgreementSchema,
    ApplicationInput,
    StandingSchema,
)
from mall.referral.growth.standing import Standing, standing
from mall.referral.promoters.agreements import accept_agreement, published_agreement
from mall.referral.promoters.applying import leave
from mall.referral.promoters.models import PromoterAgreement

blp = Blueprint("promoter", __name__, url_prefix="/api/v1/promoter", description="推广员")


@blp.route("", methods=["GET"])
@access.shopper
@blp.response(200, StandingSchema)
def read_standing() -> Standing:
    """Where I stand as a promoter, and what is missing for the next step."""
    return _own()


@blp.route("/agreement", methods=["GET"])
@access.shopper
@blp.response(200, AgreementSchema)
@blp.fails("promoters_not_ready")
def read_agreement() -> PromoterAgreement:
    """The newest agreement."""
    return published_agreement(db.session())


@blp.route("/application", methods=["POST"])
@access.shopper
@blp.arguments(ApplicationInput)
@blp.response(200, StandingSchema)
@blp.fails("promoters_not_ready", "promoters_closed", "promoter_agreement_old", "promoter_blocked")
@blp.fails("promoter_too_early", "account_closed", "promoter_changed")
def apply(body: dict[str, Any]) -> Standing:
    """Apply for being a promoter: free, and without any order. Again changes nothing."""
    join(current_shopper().user_id, body["agreement_version"], body["note"])
    return _own()


@blp.route("/agreement", methods=["PUT"])
@access.shopper
@blp.arguments(AcceptanceInput)
@blp.response(200, StandingSchema)
@blp.fails("promoter_not_found", "promoter_agreement_old", "promoter_blocked", "promoter_changed")
@blp.fails("promoters_not_ready", "account_closed")
def accept(body: dict[str, Any]) -> Standing:
    """Accept the newest agreement. Again changes nothing."""
    accept_agreement(current_shopper().user_id, body["agreement_version"])
    return _own()


@blp.route("/growth", methods=["POST"])
@access.shopper
@blp.response(200, StandingSchema)
@blp.fails("promoter_not_found", "promoter_changed")
def grow() -> Standing:
    """Compare me with the growth rules now."""
    grow_now(current_shopper().user_id)
    return _own()


@blp.route("/leaving", methods=["POST"])
@access.shopper
@blp.response(200, StandingSchema)
@blp.fails("promoter_not_found", "promoter_blocked", "promoter_changed")
def leave_promoters() -> Standing:
    """End it, or take an application back. What was earned stays."""
    leave(current_shopper().user_id)
    return _own()


def _own() -> Standing:
    return standing(db.session(), current_shopper().user_id)
