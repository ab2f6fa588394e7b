"""Trials for shoppers."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import db
from mall.kernel.http import access
from mall.kernel.http.access import current_shopper
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.orders.placing import Placed
from mall.reviews.trials import accepting, applying, officers, queries
from mall.reviews.trials.schemas import (
    AcceptedSchema,
    AcceptInput,
    AppliedSchema,
    ApplyInput,
    OfficerSchema,
    OwnApplicationPageSchema,
    ShownTrialSchema,
    TrialPageSchema,
)

blp = Blueprint("trials", __name__, url_prefix="/api/v1", description="体验官试用")
_ONE = "/trials/<id:trial_id>"
_APPLICATION = "/trial-applications/<id:application_id>"
_NO_TRIAL, _NO_APPLICATION = "trial_not_found", "trial_application_not_found"


@blp.route("/trials", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, TrialPageSchema)
def list_trials(query: dict[str, Any]) -> Page[Any]:
    """Trials that I can see: those for everybody, and those that I was invited to."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.open_trials(db.session(), current_shopper().user_id, before, limit)
    return page(found, limit, lambda row: [row.Trial.id])


@blp.route(_ONE, methods=["GET"])
@access.shopper
@blp.response(200, ShownTrialSchema)
@blp.fails("trial_not_found")
def read_trial(trial_id: int) -> dict[str, Any]:
    """One trial, and why I may not apply now, if so."""
    return queries.shown_trial(db.session(), current_shopper().user_id, trial_id)


@blp.route(f"{_ONE}/applications", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(ApplyInput)
@blp.response(201, AppliedSchema)
@blp.fails("trial_not_found", "trial_not_open", "trial_not_invited", "trial_not_allowed")
@blp.fails("trial_barred", "trial_applied", "account_closed")
def apply(body: dict[str, str], trial_id: int) -> dict[str, int]:
    """Apply, once a trial."""
    return {"id": applying.apply(current_shopper().user_id, trial_id, body["note"])}


@blp.route(f"{_APPLICATION}/acceptance", methods=["POST"])
@access.shopper
@idempotent
@blp.arguments(AcceptInput)
@blp.response(201, AcceptedSchema)
@blp.fails("trial_application_not_found", "not_found", "trial_state_conflict", "trial_offer_over")
@blp.fails("undeliverable", "account_closed", "nothing_to_pay", "out_of_stock", "price_changed")
@blp.fails("sku_off_shelf", "sku_unknown")
def accept(body: dict[str, int], application_id: int) -> Placed:
    """I was picked: send the unit to this address, for nothing."""
    return accepting.accept(current_shopper().user_id, application_id, body["address_id"])


@blp.route(f"{_APPLICATION}/refusal", methods=["POST"])
@access.shopper
@blp.response(204)
@blp.fails("trial_application_not_found", "trial_state_conflict")
def decline(application_id: int) -> None:
    """I don't want it any more; the unit goes to somebody else. Again is once."""
    accepting.decline(current_shopper().user_id, application_id)


@blp.route("/my/trials", methods=["GET"])
@access.shopper
@blp.arguments(PageQuery, location="query")
@blp.response(200, OwnApplicationPageSchema)
def list_mine(query: dict[str, Any]) -> Page[Any]:
    """My applications, the newest first."""
    before, limit = id_in(query.get("cursor")), query["limit"]
    found = queries.my_applications(db.session(), current_shopper().user_id, before, limit)
    return page(found, limit, lambda row: [row.TrialApplication.id])


@blp.route("/my/trial-record", methods=["GET"])
@access.shopper
@blp.response(200, OfficerSchema)
def read_record() -> dict[str, Any]:
    """My record of trials, and the shop's offer to become a promoter."""
    return officers.own_record(db.session(), current_shopper().user_id)
