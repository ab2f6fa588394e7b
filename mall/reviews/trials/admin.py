"""Trials for staff: make them, invite, pick, and offer the best to become promoters."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_staff
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, decode_cursor, id_in, page
from mall.reviews.trials import applying, officers, picking, queries, saving
from mall.reviews.trials.admin_schemas import (
    InvitationsInput,
    InvitedSchema,
    OfficerPageSchema,
    PickedSchema,
    PicksInput,
    PromoterOfferSchema,
    StaffTrialPageSchema,
    StaffTrialSchema,
    TrialApplicationPageSchema,
    TrialApplicationQuery,
    TrialChangeInput,
    TrialInput,
)

blp = Blueprint("trials_admin", __name__, url_prefix="/admin/api/v1", description="体验官试用管理")
_ALL = "/trials"
_ONE = f"{_ALL}/<id:trial_id>"
_SAVED = ("out_of_stock", "campaign_refused", "campaign_warned")


@blp.route(_ALL, methods=["GET"])
@access.staff("trial:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffTrialPageSchema)
def list_trials(query: dict[str, Any]) -> Page[Any]:
    """Every trial, the newest first."""
    found = queries.all_trials(db.session(), id_in(query.get("cursor")), query["limit"])
    return page(found, query["limit"], lambda row: [row.Trial.id])


@blp.route(_ALL, methods=["POST"])
@access.staff("trial:write")
@idempotent
@blp.arguments(TrialInput)
@blp.response(201, StaffTrialSchema)
@blp.fails(*_SAVED, "sku_unknown", "trial_figure_unknown", "trial_units_too_few")
def create_trial(body: dict[str, Any]) -> Any:
    """A further trial; its units are set aside at once."""
    return queries.trial(db.session(), saving.create_trial(body))


@blp.route(_ONE, methods=["GET"])
@access.staff("trial:read")
@blp.response(200, StaffTrialSchema)
@blp.fails("trial_not_found")
def read_trial(trial_id: int) -> Any:
    """One trial."""
    return queries.trial(db.session(), trial_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("trial:write")
@idempotent
@blp.arguments(TrialChangeInput)
@blp.response(200, StaffTrialSchema)
@blp.fails("trial_not_found", "trial_closed", "trial_changed", "trial_sku_fixed")
@blp.fails("trial_units_too_few", *_SAVED, "trial_figure_unknown")
def change_trial(body: dict[str, Any], trial_id: int) -> Any:
    """Other terms. Who was picked keeps the days that were said then."""
    saving.change_trial(trial_id, body)
    return queries.trial(db.session(), trial_id)


@blp.route(f"{_ONE}/closing", methods=["POST"])
@access.staff("trial:write")
@blp.response(200, StaffTrialSchema)
@blp.fails("trial_not_found")
def close_trial(trial_id: int) -> Any:
    """Nobody is picked any more; units without a shopper go back on the shelf."""
    saving.close_trial(trial_id)
    return queries.trial(db.session(), trial_id)


@blp.route(f"{_ONE}/applications", methods=["GET"])
@access.staff("trial:read")
@blp.arguments(TrialApplicationQuery, location="query")
@blp.response(200, TrialApplicationPageSchema)
def list_applications(query: dict[str, Any], trial_id: int) -> Page[Any]:
    """Who applied, the first first, each with the figures by which staff pick."""
    after, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.applications(
        db.session(), trial_id, status=query.get("status"), after=after, limit=limit
    )
    return page(found, limit, lambda one: [one["application"].id])


@blp.route(f"{_ONE}/picks", methods=["POST"])
@access.staff("trial:write")
@idempotent
@blp.arguments(PicksInput)
@blp.response(200, PickedSchema)
@blp.fails("trial_not_found", "trial_application_not_found", "trial_closed", "trial_full")
@blp.fails("trial_state_conflict")
def pick(body: dict[str, list[int]], trial_id: int) -> dict[str, int]:
    """Pick applicants, all or none, never more than there are units."""
    return {"picked": picking.pick(trial_id, body["application_ids"])}


@blp.route(f"{_ONE}/invitations", methods=["POST"])
@access.staff("trial:write")
@idempotent
@blp.arguments(InvitationsInput)
@blp.response(200, InvitedSchema)
@blp.fails("trial_not_found", "trial_closed")
def invite(body: dict[str, list[int]], trial_id: int) -> dict[str, int]:
    """Invite shoppers to apply; each is told once."""
    return {"invited": applying.invite(trial_id, body["user_ids"])}


@blp.route("/trial-officers", methods=["GET"])
@access.staff("trial:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, OfficerPageSchema)
def list_officers(query: dict[str, Any]) -> dict[str, Any]:
    """Records of trials, the most first, beside what the shop asks for an offer."""
    limit = query["limit"]
    after = decode_cursor(query.get("cursor"), (int, int))
    found = officers.best(db.session(), None if after is None else (after[0], after[1]), limit)
    cut = page(found, limit, lambda one: [one["done"], one["user_id"]])
    asked = officers.thresholds()
    return {"items": cut.items, "next_cursor": cut.next_cursor, "thresholds": asked}


@blp.route("/trial-officers/<id:user_id>/promoter-offer", methods=["POST"])
@access.staff("trial:offer")
@blp.response(200, PromoterOfferSchema)
@blp.fails("trial_record_thin", "account_closed")
def offer_promoter(user_id: int) -> dict[str, Any]:
    """Offer one of the best to become a promoter; they are told, and apply themselves. Again is
    once."""
    return {"offered_at": officers.offer(current_staff().staff_id, user_id)}
