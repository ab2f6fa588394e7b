"""Lock-ups for staff: their offers, and what shoppers locked."""

from __future__ import annotations

from typing import Any

from mall.kernel.db import transaction
from mall.kernel.http import access
from mall.kernel.http.api import Blueprint
from mall.kernel.http.idempotency import idempotent
from mall.kernel.http.paging import Page, PageQuery, id_in, page
from mall.points.lockups import offering, queries
from mall.points.lockups.schemas import (
    LockupBudgetInput,
    LockupOfferCreatedSchema,
    LockupOfferInput,
    LockupPauseInput,
    LockupQuery,
    StaffLockupOfferPageSchema,
    StaffLockupOfferSchema,
    StaffLockupPageSchema,
)

blp = Blueprint(
    "points_lockups_admin", __name__, url_prefix="/admin/api/v1", description="积分锁定管理"
)
_ONE = "/lockup-offers/<id:offer_id>"


@blp.route("/lockup-offers", methods=["GET"])
@access.staff("lockup:read")
@blp.arguments(PageQuery, location="query")
@blp.response(200, StaffLockupOfferPageSchema)
def list_offers(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """Every offer, newest first, with what of its budget is promised and paid."""
    with transaction() as session:
        found = queries.offers(session, before=id_in(query.get("cursor")), limit=query["limit"])
    return page(found, query["limit"], lambda row: [row["id"]])


@blp.route("/lockup-offers", methods=["POST"])
@access.staff("lockup:write")
@idempotent
@blp.arguments(LockupOfferInput)
@blp.response(201, LockupOfferCreatedSchema)
@blp.fails("campaign_warned", "campaign_refused", "lockup_offer_over")
def create_offer(body: dict[str, Any]) -> dict[str, int]:
    """A new offer. Its terms stand once it has opened."""
    return {"id": offering.create_offer(**body)}


@blp.route(_ONE, methods=["GET"])
@access.staff("lockup:read")
@blp.response(200, StaffLockupOfferSchema)
@blp.fails("lockup_offer_not_found")
def read_offer(offer_id: int) -> dict[str, Any]:
    """One offer."""
    return _shown(offer_id)


@blp.route(_ONE, methods=["PUT"])
@access.staff("lockup:write")
@blp.arguments(LockupOfferInput)
@blp.response(200, StaffLockupOfferSchema)
@blp.fails("lockup_offer_not_found", "campaign_warned", "lockup_offer_opened", "campaign_refused")
@blp.fails("lockup_offer_over")
def replace_offer(body: dict[str, Any], offer_id: int) -> dict[str, Any]:
    """Other terms, before it has opened."""
    offering.change_offer(offer_id, **body)
    return _shown(offer_id)


@blp.route(_ONE, methods=["DELETE"])
@access.staff("lockup:write")
@blp.response(204)
@blp.fails("lockup_offer_not_found", "lockup_offer_opened")
def delete_offer(offer_id: int) -> None:
    """Delete one that hasn't opened."""
    offering.delete_offer(offer_id)


@blp.route(f"{_ONE}/budget", methods=["PUT"])
@access.staff("lockup:write")
@blp.arguments(LockupBudgetInput)
@blp.response(200, StaffLockupOfferSchema)
@blp.fails("lockup_offer_not_found", "campaign_warned", "lockup_budget_promised")
@blp.fails("campaign_refused")
def set_budget(body: dict[str, Any], offer_id: int) -> dict[str, Any]:
    """Another budget: not less than what is promised and paid."""
    offering.set_budget(offer_id, body["budget"], accept_warnings=body["accept_warnings"])
    return _shown(offer_id)


@blp.route(f"{_ONE}/pause", methods=["PUT"])
@access.staff("lockup:write")
@blp.arguments(LockupPauseInput)
@blp.response(200, StaffLockupOfferSchema)
@blp.fails("lockup_offer_not_found", "campaign_refused", "campaign_warned")
def pause_offer(body: dict[str, Any], offer_id: int) -> dict[str, Any]:
    """Take no new locks, or take them again. Locks that run go on."""
    offering.pause_offer(offer_id, body["paused"])
    return _shown(offer_id)


@blp.route("/lockups", methods=["GET"])
@access.staff("lockup:read")
@blp.arguments(LockupQuery, location="query")
@blp.response(200, StaffLockupPageSchema)
def list_lockups(query: dict[str, Any]) -> Page[Any]:
    """Locks by shopper, offer and status, newest first."""
    before = id_in(query.get("cursor"))
    with transaction() as session:
        found = queries.lockups(session, query, before=before, limit=query["limit"])
    return page(found, query["limit"], lambda row: [row.id])


def _shown(offer_id: int) -> dict[str, Any]:
    with transaction() as session:
        return queries.offer(session, offer_id)
